using System.Text.Json;
using Refit;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Prometheus;

/// <summary>Prometheus' HTTP API, version 1 (https://prometheus.io/docs/prometheus/latest/querying/api/).</summary>
internal interface IPrometheusApi
{
    /// <param name="time">RFC 3339; null: now.</param>
    [Get("/api/v1/query")]
    Task<PrometheusAnswer> QueryAsync(string query, string? time, CancellationToken cancel);

    /// <param name="step">A length of time, as <c>15s</c>, or seconds.</param>
    [Get("/api/v1/query_range")]
    Task<PrometheusAnswer> QueryRangeAsync(string query, string start, string end, string step, CancellationToken cancel);
}

/// <summary>The envelope of every answer, also of a failed one.</summary>
internal sealed record PrometheusAnswer(
    string Status,
    PrometheusData? Data = null,
    string? ErrorType = null,
    string? Error = null,
    List<string>? Warnings = null
)
{
    /// <summary>An answer that is JSON, but not what Prometheus says, is refused: it changes nothing and comes again the same.</summary>
    /// <param name="answer">Null: it was <c>null</c>.</param>
    /// <param name="read">Called with an answer that has data, which need not be of the form that it says.</param>
    public static ActionResult Read(PrometheusAnswer? answer, Func<PrometheusAnswer, ActionResult> read)
    {
        if (answer?.Data is null)
            return NotPrometheus("it holds no data");
        try
        {
            return read(answer);
        }
        catch (Exception fault)
            when (fault
                    is InvalidOperationException
                        or KeyNotFoundException
                        or IndexOutOfRangeException
                        or FormatException
                        or ArgumentException
            )
        {
            // What System.Text.Json says of an element that is not there or of another kind, and .NET of a number that is none.
            return NotPrometheus("its data is not in the form of a query's result");
        }
    }

    /// <summary>What it warns of is told to people, too, since its answer may lack something.</summary>
    public IReadOnlyList<string> TellWarnings(ActionCall call)
    {
        foreach (var warning in Warnings ?? [])
            call.Output($"Prometheus warns: {ForeignWords.Of(warning, call.Mask)}");
        return Warnings ?? [];
    }

    private static ActionResult.Failed NotPrometheus(string because) =>
        new(FailureClass.Refused, $"the answer is not Prometheus's: {because}. Is there a Prometheus at this address?");

    /// <summary>Its own words for a failure, as <c>bad_data: invalid parameter "query"</c>.</summary>
    public static string? Reason(string body) =>
        JsonSerializer.Deserialize<PrometheusAnswer>(body, JsonSerializerOptions.Web) is { Error: { } error } answer
            ? $"{answer.ErrorType}: {error}"
            : null;
}

/// <param name="ResultType"><c>vector</c>, <c>matrix</c>, <c>scalar</c> or <c>string</c>.</param>
internal sealed record PrometheusData(string ResultType, JsonElement Result);
