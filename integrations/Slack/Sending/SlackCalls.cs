using Integrations.Slack.Api;
using Integrations.Slack.Inbound;

namespace Integrations.Slack.Sending;

/// <summary>Calls of the outbox: the pacing knows of each and of what Slack says to its pace, the health page of what goes wrong.</summary>
internal sealed class SlackCalls(SlackApi api, SlackPacing pacing, SlackState state)
{
    /// <param name="channel">For posts, which are limited by channel.</param>
    public async Task<SlackAnswer<T>> PacedAsync<T>(
        SlackMethod method,
        string? channel,
        Task<Refit.IApiResponse<T>> call,
        CancellationToken cancel
    )
        where T : SlackResponse
    {
        pacing.Took(method, channel);
        var answer = await SlackApi.CallAsync(call, cancel);
        pacing.Ended(method, channel);
        if (answer.Outcome is SlackOutcome.Limited)
            pacing.Refused(method, channel, answer.RetryAfter ?? TimeSpan.FromSeconds(1));
        state.Called(method.Name, answer.Outcome, answer.Error);
        return answer;
    }

    /// <summary>As <see cref="PacedAsync"/>; where somebody has removed the app from a public channel, it goes in again first.</summary>
    /// <param name="room">The channel that it must be in.</param>
    public async Task<SlackAnswer<T>> AsMemberAsync<T>(
        SlackMethod method,
        string? channel,
        string room,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse
    {
        var answer = await PacedAsync(method, channel, call(), cancel);
        if (answer.Error is not SlackErrors.NotInChannel)
            return answer;
        var joined = await SlackApi.CallAsync(api.Conversations.Join(new ConversationsJoin(room), cancel), cancel);
        return joined.IsOk ? await PacedAsync(method, channel, call(), cancel)
            // Nobody is in an archive: that it is one says more.
            : SlackErrors.IsOfGoneRoom(joined.Error) ? answer with { Error = joined.Error }
            : answer;
    }
}
