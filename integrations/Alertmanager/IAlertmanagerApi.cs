using System.Text.Json;
using Refit;

namespace Integrations.Alertmanager;

/// <summary>Alertmanager's HTTP API, version 2 (its <c>api/v2/openapi.yaml</c>).</summary>
internal interface IAlertmanagerApi
{
    [Post("/api/v2/silences")]
    Task<SilencePosted> PostSilenceAsync([Body] PostableSilence silence, CancellationToken cancel);

    [Get("/api/v2/silence/{id}")]
    Task<GettableSilence> SilenceAsync(string id, CancellationToken cancel);

    [Delete("/api/v2/silence/{id}")]
    Task DeleteSilenceAsync(string id, CancellationToken cancel);

    /// <param name="filter">Matchers that a silence has, as <c>service="shop"</c>.</param>
    [Get("/api/v2/silences")]
    Task<List<GettableSilence>> SilencesAsync([Query(CollectionFormat.Multi)] IEnumerable<string> filter, CancellationToken cancel);
}

/// <summary>A silence as it is made.</summary>
internal sealed record PostableSilence(
    IReadOnlyList<SilenceMatcher> Matchers,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string CreatedBy,
    string Comment
);

internal sealed record SilenceMatcher(string Name, string Value, bool IsRegex, bool IsEqual = true);

internal sealed record SilencePosted(string SilenceID);

internal sealed record GettableSilence(
    string Id,
    SilenceStatus Status,
    IReadOnlyList<SilenceMatcher> Matchers,
    DateTimeOffset EndsAt,
    string CreatedBy,
    string Comment
);

/// <param name="State"><c>active</c>, <c>pending</c> or <c>expired</c>.</param>
internal sealed record SilenceStatus(string State);

internal static class AlertmanagerAnswer
{
    public const string None = "the answer is not Alertmanager's: is there an Alertmanager at this address?";

    /// <summary>It answers a text, or an object with a message where its framework refused the request.</summary>
    public static string? Reason(string body)
    {
        using var answer = JsonDocument.Parse(body);
        return answer.RootElement.ValueKind switch
        {
            JsonValueKind.String => answer.RootElement.GetString(),
            JsonValueKind.Object when answer.RootElement.TryGetProperty("message", out var message) => message.ToString(),
            _ => null,
        };
    }
}
