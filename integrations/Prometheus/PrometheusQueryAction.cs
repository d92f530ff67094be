using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Prometheus;

public sealed record PrometheusQueryArguments(
    [Untainted(UntaintedPart.Origin)]
    [HttpAddress(IsBase = true)]
    [Description("Address of Prometheus, or of what speaks its API.")]
        string Url,
    [Description("PromQL.")] string Query,
    [Description("The moment that it is asked for; by default now.")] DateTimeOffset? Time = null,
    [HttpHeaders] [Description("Sent with it, as `Authorization`.")] Dictionary<string, string>? Headers = null
) : TlsArguments;

public sealed record PrometheusQueryResult(
    [Description("`vector`, `scalar` or `string`.")] string Type,
    [Description("The value, if there is exactly one; else nothing.")] double? Value,
    [Description("How many samples there are.")] int Count,
    [Description("At most 1000.")] IReadOnlyList<PrometheusSample> Samples,
    [Description(
        "What Prometheus warns of, as an answer that is not whole: who takes it for proof asks for `len(result.warnings) == 0`, too."
    )]
        IReadOnlyList<string> Warnings
);

public sealed record PrometheusSample(
    [Description("The labels of the series.")] Dictionary<string, string> Labels,
    [Description("The number; `NaN`, `Infinity` and `-Infinity` are texts.")] double Value,
    [Description("The moment of the sample.")] DateTimeOffset At
);

/// <summary><c>prometheus/query@1</c>.</summary>
public sealed class PrometheusQueryAction(Outward outward) : IStepAction
{
    private const int MostSamples = 1000;

    public string Name => "prometheus/query@1";

    public string Summary => "Asks Prometheus for the value of an expression at one moment.";

    public Type Arguments => typeof(PrometheusQueryArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PrometheusQueryResult),
            PrometheusFailures.All,
            """
            uses: prometheus/query@1
            with:
              url: http://prometheus.example.com:9090
              query: sum(rate(http_requests_total{job="shop",code=~"5.."}[5m]))
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"query {with.TextOf("query")} at {SafeAddress.Of(with.TextOf("url"))}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<PrometheusQueryArguments>(ActionJson.Options)!;
        return outward.AskAsync<IPrometheusApi>(
            call,
            arguments.Url,
            arguments.Headers,
            async api =>
                PrometheusAnswer.Read(
                    await api.QueryAsync(arguments.Query, arguments.Time?.ToUniversalTime().ToString("O"), cancel),
                    answer => Read(answer, call)
                ),
            PrometheusAnswer.Reason,
            cancel
        );
    }

    private static ActionResult Read(PrometheusAnswer answer, ActionCall call)
    {
        var data = answer.Data!;
        if (data.ResultType is "matrix")
            return new ActionResult.Failed(
                FailureClass.Refused,
                "the query selects a range of time. Put a function around it, as max_over_time(…), or use prometheus/query-range@1."
            );
        var samples = Samples(data);
        call.Output($"{samples.Count} sample(s)");
        return ActionResult.Success(
            new PrometheusQueryResult(
                data.ResultType,
                samples is [var only] ? only.Value : null,
                samples.Count,
                [.. samples.Take(MostSamples)],
                answer.TellWarnings(call)
            )
        );
    }

    private static List<PrometheusSample> Samples(PrometheusData data) =>
        data.ResultType switch
        {
            "scalar" => [new([], PrometheusValue.Number(data.Result), PrometheusValue.At(data.Result))],
            "vector" =>
            [
                .. data
                    .Result.EnumerateArray()
                    // A native histogram has no one value.
                    .Where(series => series.TryGetProperty("value", out _))
                    .Select(series =>
                    {
                        var pair = series.GetProperty("value");
                        return new PrometheusSample(PrometheusValue.Labels(series), PrometheusValue.Number(pair), PrometheusValue.At(pair));
                    }),
            ],
            "string" => [],
            var other => throw new FormatException($"'{other}' is no type of a result"),
        };
}

internal static class PrometheusFailures
{
    public static IReadOnlyList<FailureCase> All { get; } =
    [
        new(FailureClass.NotSent, "The host is not allowed or not known, nobody listens, or the TLS handshake fails."),
        new(
            FailureClass.Refused,
            "Prometheus does not understand the query, refuses the caller, takes too long itself, or is no Prometheus."
        ),
        new(
            FailureClass.Unknown,
            "No whole answer came in time, or it is larger than 10 MB. Nothing is changed by it: it may be asked again."
        ),
    ];
}
