using System.Net;
using Refit;
using Runbooks.Secrets;

namespace Integrations.Slack.Api;

/// <summary>What is known of a call.</summary>
internal enum SlackOutcome
{
    /// <summary>It was done.</summary>
    Ok,

    /// <summary>Slack refused it; again would be refused again.</summary>
    Refused,

    /// <summary>Not done, too often: again after the time that Slack says.</summary>
    Limited,

    /// <summary>It never left, or Slack said that it did not do it; again any time.</summary>
    NotSent,

    /// <summary>It may have been done: the answer was lost, or Slack itself broke down in it.</summary>
    Doubtful,
}

/// <param name="Error">Slack's own name, or what became of the connection; null when done. Without addresses and secrets.</param>
internal sealed record SlackAnswer<T>(SlackOutcome Outcome, string? Error, T? Value = null)
    where T : SlackResponse
{
    private static readonly TimeSpan NoHint = TimeSpan.FromSeconds(5);

    public bool IsOk => Outcome is SlackOutcome.Ok;

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How long to wait before it is asked again, also where it says nothing of that.</summary>
    public TimeSpan Pause => RetryAfter ?? NoHint;

    /// <summary>What the app is allowed, with commas between, as Slack says it with every answer; null: it did not.</summary>
    public string? Scopes { get; init; }

    /// <summary>Reads status and body. <c>fatal_error</c>: by Slack's own words some of it may have succeeded.</summary>
    public static SlackAnswer<T> Of(IApiResponse<T> response)
    {
        if (response.StatusCode is HttpStatusCode.TooManyRequests)
            return new SlackAnswer<T>(SlackOutcome.Limited, "ratelimited") { RetryAfter = response.Headers?.RetryAfter?.Delta ?? NoHint };
        if (response is { IsSuccessStatusCode: true, Content: { } body })
        {
            return body switch
            {
                { Ok: true } => new SlackAnswer<T>(SlackOutcome.Ok, null, body)
                {
                    Scopes = response.Headers?.TryGetValues("X-OAuth-Scopes", out var scopes) is true ? string.Join(',', scopes) : null,
                },
                { Error: "ratelimited" or "rate_limited" } => new SlackAnswer<T>(SlackOutcome.Limited, body.Error, body)
                {
                    RetryAfter = NoHint,
                },
                { Error: "fatal_error" or "internal_error" or "update_failed" or "request_timeout" } => new SlackAnswer<T>(
                    SlackOutcome.Doubtful,
                    body.Error,
                    body
                ),
                { Error: "service_unavailable" or "team_added_to_org" } => new SlackAnswer<T>(SlackOutcome.NotSent, body.Error, body),
                _ => new SlackAnswer<T>(SlackOutcome.Refused, Words(body, response), body),
            };
        }

        // No answer of the method itself: a proxy's page says that the call did not get through, unless it is about what was sent.
        if (response.IsSuccessStatusCode)
            return new SlackAnswer<T>(SlackOutcome.Doubtful, "an answer that is no JSON");
        var status = response.StatusCode is { } code ? (int)code : 0;
        return new SlackAnswer<T>(
            status switch
            {
                0 or 408 or >= 500 => SlackOutcome.Doubtful,
                400 or 413 => SlackOutcome.Refused,
                _ => SlackOutcome.NotSent,
            },
            $"HTTP {status}"
        );
    }

    // Whatever says it, Slack or what stands before it: the token does not go on.
    private static string Words(SlackResponse body, IApiResponse<T> response) =>
        new SecretMask(response.RequestMessage?.Headers.Authorization is { Parameter: { } token } ? [token] : []).Apply(
            (body.Error ?? "unknown_error")
                + (body.Needed is { } scope ? $": the app lacks the scope {scope}" : "")
                + (body.ResponseMetadata?.Messages is { Count: > 0 } messages ? $": {string.Join("; ", messages)}" : "")
        );
}
