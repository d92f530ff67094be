using System.Text.Json;
using Refit;

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
    /// <summary>Its own words for a failure, as <c>bad_data: invalid parameter "query"</c>.</summary>
    public static string? Reason(string body) =>
        JsonSerializer.Deserialize<PrometheusAnswer>(body, JsonSerializerOptions.Web) is { Error: { } error } answer
            ? $"{answer.ErrorType}: {error}"
            : null;
}

/// <param name="ResultType"><c>vector</c>, <c>matrix</c>, <c>scalar</c> or <c>string</c>.</param>
internal sealed record PrometheusData(string ResultType, JsonElement Result);
