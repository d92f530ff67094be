using Integrations.Slack.Api;

namespace Integrations.Slack.Sending;

/// <summary>What Slack's answers mean for the outbox.</summary>
internal static class Receipts
{
    public static ChatReceipt ToReceipt<T>(this SlackAnswer<T> answer, string? id = null)
        where T : SlackResponse =>
        answer.Outcome switch
        {
            SlackOutcome.Ok => ChatReceipt.Done(id),
            SlackOutcome.Limited => new ChatReceipt(false, true, null, answer.Error) { RetryAfter = answer.RetryAfter },
            SlackOutcome.NotSent => new ChatReceipt(false, true, null, answer.Error) { IsOutage = true },
            SlackOutcome.Doubtful => new ChatReceipt(false, true, null, answer.Error) { Doubtful = true },
            _ => new ChatReceipt(false, IsMendable(answer.Error), null, answer.Error) { IsOutage = IsOfTheApp(answer.Error) },
        };

    // A person can mend these, and nothing that waits should be lost until they have.
    private static bool IsMendable(string? error) =>
        error is not null && (IsOfTheApp(error) || error.StartsWith("missing_scope", StringComparison.Ordinal));

    private static bool IsOfTheApp(string? error) =>
        error
            is "invalid_auth"
                or "not_authed"
                or "account_inactive"
                or "token_revoked"
                or "token_expired"
                or "access_denied"
                or "team_disabled";
}
