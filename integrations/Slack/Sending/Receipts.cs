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
            SlackOutcome.Limited => new ChatReceipt(false, true, null, answer.Error) { IsPaced = true, RetryAfter = answer.RetryAfter },
            SlackOutcome.NotSent => new ChatReceipt(false, true, null, answer.Error) { IsOutage = true },
            SlackOutcome.Doubtful => new ChatReceipt(false, true, null, answer.Error) { Doubtful = true, IsUnanswered = true },
            _ => new ChatReceipt(false, SlackErrors.IsMendable(answer.Error), null, answer.Error)
            {
                IsOutage = SlackErrors.IsOfTheApp(answer.Error),
                IsRoomGone = SlackErrors.IsOfGoneRoom(answer.Error),
            },
        };
}
