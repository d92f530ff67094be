using System.Globalization;
using System.Net;
using Octokit;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Integrations.GitHub;

/// <summary>What an answer of GitHub that is no success means.</summary>
internal static class GitHubFailures
{
    // https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
    private static readonly TimeSpan LeastPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    // People read hours and minutes: by the one that is named it is over.
    private static readonly TimeSpan WholeMinute = TimeSpan.FromSeconds(59);

    public static IReadOnlyList<FailureCase> Reading { get; } =
    [
        new(FailureClass.NotSent, "GitHub is not set up, cannot be reached, or the TLS handshake fails."),
        new(FailureClass.Refused, "GitHub says no: no such thing, no right to it, too many requests, or the repository was renamed."),
        new(FailureClass.Unknown, "No whole answer came in time. Nothing is changed by it: it may be asked again."),
    ];

    public static IReadOnlyList<FailureCase> Acting { get; } =
    [
        Reading[0],
        Reading[1],
        new(FailureClass.Unknown, "The request may have arrived and no whole answer came in time, or it is any 5xx: it may be done."),
    ];

    public static ActionResult.Failed Answered(ApiException fault, ActionCall call, GitHubTransport transport)
    {
        var status = (int)fault.StatusCode;
        // Octokit throws the same for an answer that it cannot read.
        if (status is 0 or (>= 200 and < 300))
            return new(
                call.Effect is StepEffect.Read || transport.HasOnlyLooked ? FailureClass.Refused : FailureClass.Unknown,
                "GitHub's answer cannot be read. Is GitHub:ApiUrl the address of its API?"
            );
        var kind = OutwardHttp.ClassOf(status, call.Effect);
        // A no in the middle of several requests leaves what the earlier ones did.
        return new(
            transport.Acted && call.Effect is StepEffect.Once ? FailureClass.Unknown : kind,
            transport.Prepares && fault is NotFoundException
                ? "the app of GitHub:AppId is not installed for this repository, or there is none of this name (404). Install it there, on its "
                    + "page at GitHub"
                : Words(fault, status, call.Mask, transport.Time)
        )
        {
            Code = status,
        };
    }

    /// <returns>How long GitHub is to be left alone; null: its answer is no less true later.</returns>
    public static TimeSpan? Pause(ApiException fault, TimeProvider time) =>
        fault switch
        {
            RateLimitExceededException limit => Bounded(limit.Reset - time.GetUtcNow()),
            _ when IsLimit(fault) => RetryAfter(fault) ?? LeastPause,
            _ when (int)fault.StatusCode >= 500 => TimeSpan.Zero,
            _ => null,
        };

    // Clocks differ, and a limit is of one hour.
    private static TimeSpan Bounded(TimeSpan said) => TimeSpan.FromTicks(Math.Clamp(said.Ticks, LeastPause.Ticks, LongestPause.Ticks));

    private static bool IsLimit(ApiException fault) =>
        fault is SecondaryRateLimitExceededException or AbuseException
        || (int)fault.StatusCode is 429
        || (fault.StatusCode is HttpStatusCode.Forbidden && RetryAfter(fault) is not null);

    private static string Words(ApiException fault, int status, SecretMask mask, TimeProvider time) =>
        fault switch
        {
            RateLimitExceededException limit =>
                $"GitHub takes no more requests until {limit.Reset.ToUniversalTime():HH:mm} UTC ({limit.Limit} an hour)",
            _ when IsLimit(fault) && RetryAfter(fault) is { } wait =>
                $"GitHub takes no more requests until {(time.GetUtcNow() + wait + WholeMinute).UtcDateTime:HH:mm} UTC: too many came at once",
            _ when IsLimit(fault) => "GitHub takes no more requests for now: too many came at once",
            AuthorizationException =>
                $"GitHub does not know the token ({status}). Is GitHub:Token, or the app's key in GitHub:PrivateKey, still valid?",
            NotFoundException => "GitHub knows no such thing, or the token has no right to see it (404)",
            _ when fault.StatusCode is HttpStatusCode.Forbidden => $"the token may not do this (403): {Said(fault, mask)}",
            _ => $"GitHub's answer was {status}: {Said(fault, mask)}",
        };

    /// <returns>Null: it is not said in seconds.</returns>
    private static TimeSpan? RetryAfter(ApiException fault) =>
        fault.HttpResponse?.Headers.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value
            is { } said
        && ushort.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static string Said(ApiException fault, SecretMask mask)
    {
        var details = fault.ApiError?.Errors?.Select(one => one.Message ?? $"{one.Field} {one.Code}".Trim()).Where(text => text.Length > 0);
        return ForeignWords.Of(string.Join("; ", (string[])[fault.ApiError?.Message ?? fault.Message, .. details ?? []]), mask);
    }
}
