using Integrations.Slack.Api;
using Integrations.Slack.Inbound;

namespace Integrations.Slack.Sending;

/// <summary>
/// Every call of the running bot goes through here: the pacing knows of each and of what Slack says to its pace, the health page of
/// what goes wrong. What the pace does not let through now is answered as Slack would answer it, without asking Slack.
/// </summary>
internal sealed class SlackCalls(SlackApi api, SlackPacing pacing, SlackState state, TimeProvider time)
{
    /// <summary>A call that can wait: where its method's calls of this minute are used up it is not made.</summary>
    /// <param name="channel">For posts, which are limited by channel.</param>
    /// <param name="priority">How much of the method's limit it may use: the last calls of a minute are kept for what matters more.</param>
    /// <returns><see cref="SlackOutcome.Limited"/> with the time to wait, where it was not made, and as Slack's own answer.</returns>
    public async Task<SlackAnswer<T>> PacedAsync<T>(
        SlackMethod method,
        string? channel,
        CardPriority priority,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse
    {
        var answer = await MadeAsync(method, channel, pacing.Take(method, channel, priority), call, cancel);
        state.Called(method.Name, answer.Outcome, answer.Error);
        return answer;
    }

    /// <summary>A call for somebody who waits: only a 429 of Slack's holds it up.</summary>
    /// <inheritdoc cref="PacedAsync"/>
    public async Task<SlackAnswer<T>> AtOnceAsync<T>(
        SlackMethod method,
        string? channel,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse
    {
        var answer = await MadeAsync(method, channel, pacing.TakeAtOnce(method, channel), call, cancel);
        // That it was not answered is seen by who waits; nobody may ask again for long, so it is not kept as a trouble.
        if (answer.Outcome is SlackOutcome.Ok or SlackOutcome.Refused)
            state.Called(method.Name, answer.Outcome, answer.Error);
        return answer;
    }

    /// <summary>As <see cref="AtOnceAsync"/>, of what is asked again before long: that it was not answered is a trouble until it is.</summary>
    public async Task<SlackAnswer<T>> RegularlyAsync<T>(
        SlackMethod method,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse
    {
        var answer = await MadeAsync(method, null, pacing.TakeAtOnce(method, null), call, cancel);
        state.Called(method.Name, answer.Outcome, answer.Error);
        return answer;
    }

    /// <summary>A call that nobody waits for: it is made when all others leave room for it, however long that takes.</summary>
    /// <returns>Never <see cref="SlackOutcome.Limited"/>.</returns>
    public async Task<SlackAnswer<T>> PatientlyAsync<T>(
        SlackMethod method,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse
    {
        while (true)
        {
            var answer = await PacedAsync(method, null, CardPriority.Progress, call, cancel);
            if (answer.Outcome is not SlackOutcome.Limited)
                return answer;
            await Task.Delay(answer.Pause, time, cancel);
        }
    }

    /// <summary>Makes a call; where somebody has removed the app from a public channel, it goes in again first and makes it once more.</summary>
    /// <param name="room">The channel that it must be in.</param>
    public async Task<SlackAnswer<T>> AsMemberAsync<T>(string room, Func<Task<SlackAnswer<T>>> call, CancellationToken cancel)
        where T : SlackResponse
    {
        var answer = await call();
        if (answer.Error is not SlackErrors.NotInChannel)
            return answer;
        var joined = await AtOnceAsync(SlackMethod.Join, null, () => api.Conversations.Join(new ConversationsJoin(room), cancel), cancel);
        return joined.Outcome switch
        {
            SlackOutcome.Ok => await call(),
            // Nobody is in an archive: that it is one says more. So does what somebody can mend.
            SlackOutcome.Refused when SlackErrors.IsOfGoneRoom(joined.Error) || SlackErrors.IsMendable(joined.Error) => answer with
            {
                Error = joined.Error,
            },
            // It cannot come back by itself, as into a private one: for the app that channel is not there.
            SlackOutcome.Refused => answer with { Error = SlackErrors.NoChannel },
            // Whether the app is in again nobody knows; the call itself has certainly not been made.
            var passing => new SlackAnswer<T>(passing is SlackOutcome.Limited ? passing : SlackOutcome.NotSent, joined.Error)
            {
                RetryAfter = joined.RetryAfter,
            },
        };
    }

    /// <summary>As <see cref="PacedAsync"/>, of a call that wants a member: <see cref="AsMemberAsync"/>.</summary>
    /// <param name="channel">Where the pace is one of each channel's, too; null: of the method alone.</param>
    public Task<SlackAnswer<T>> PacedAsMemberAsync<T>(
        string room,
        SlackMethod method,
        string? channel,
        CardPriority priority,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse => AsMemberAsync(room, () => PacedAsync(method, channel, priority, call, cancel), cancel);

    private async Task<SlackAnswer<T>> MadeAsync<T>(
        SlackMethod method,
        string? channel,
        TimeSpan wait,
        Func<Task<Refit.IApiResponse<T>>> call,
        CancellationToken cancel
    )
        where T : SlackResponse
    {
        if (wait > TimeSpan.Zero)
            return new SlackAnswer<T>(SlackOutcome.Limited, $"{method.Name} waits for its turn: Slack takes {method.PerMinute} a minute")
            {
                RetryAfter = wait,
            };
        var answer = await SlackApi.CallAsync(call(), cancel);
        pacing.Ended(method, channel);
        if (answer.Outcome is SlackOutcome.Limited)
            pacing.Refused(method, channel, answer.Pause);
        return answer;
    }
}
