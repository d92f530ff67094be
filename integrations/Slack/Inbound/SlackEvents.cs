using System.Text.Json;
using Integrations.Slack.Api;
using Integrations.Slack.People;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>What Slack tells of what happened: messages, reactions, channels, groups. The same event may come twice, and in any order.</summary>
internal sealed class SlackEvents(
    IChatInbox inbox,
    IChatDirectory directory,
    SlackPeople people,
    SlackMessages messages,
    SlackHeard heard,
    SlackAnswers answers,
    SlackAfterwards afterwards,
    SlackState state,
    SlackArrivals arrivals,
    SlackReactions reactions
)
{
    /// <param name="outer">The whole <c>event_callback</c>.</param>
    /// <exception cref="UnreadableException">A part without which it means nothing is missing.</exception>
    public async Task HandleAsync(JsonElement outer, CancellationToken cancel)
    {
        if (outer.Text("type") is "app_rate_limited")
        {
            state.Missed(
                outer.Part("minute_rate_limited") is { ValueKind: JsonValueKind.Number } minute
                && minute.TryGetInt64(out var began)
                && began >= 0
                && began < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                    ? DateTimeOffset.FromUnixTimeSeconds(began)
                    : throw UnreadableException.Missing("minute_rate_limited")
            );
            return;
        }

        var inner = outer.Part("event");
        var type = inner.Needed("type");
        arrivals.Event(inner);
        switch (type)
        {
            case "message":
                await MessageAsync(inner, cancel);
                break;
            case "reaction_added" when reactions.Marks(inner.Text("reaction")) && inner.Part("item") is var item:
                if (item.Needed("type") is "message")
                    await BeginMarkAsync(inner.Needed("user"), item.Needed("channel"), item.Needed("ts"), cancel);
                break;
            case "channel_archive" or "channel_deleted" or "group_archive" or "group_deleted":
                await LostAsync(outer, inner, type, cancel);
                break;
            case "channel_id_changed":
                if (await IsRoomAsync(inner.Needed("old_channel_id"), cancel))
                    await inbox.HandleAsync(SlackHeard.Moved(inner.Needed("old_channel_id"), inner.Needed("new_channel_id")), cancel);
                break;
            case "subteam_members_changed":
                // Asked for after the acknowledgement, which must come in time.
                afterwards.Begin(stop => people.RefreshGroupsAsync().WaitAsync(stop));
                break;
            case "user_change":
                BeginToKnow(inner.Part("user").User());
                break;
            case "app_home_opened" when inner.Text("tab") is "home":
                var opener = inner.Needed("user");
                afterwards.Begin(async stop => await answers.ShowHomeAsync(await people.FindAsync(opener, null, stop), null, stop));
                break;
        }
    }

    // Statuses and pictures change all day. Who may do less now, or more, does so on the log, too, which tells the other nodes.
    private void BeginToKnow(SlackUser user)
    {
        if (!people.Changed(user) || directory.UserOf(SlackPlatform.PlatformName, user.Id) is null)
            return;
        afterwards.Begin(async stop =>
        {
            var person = await people.FindAsync(user.Id, user.Name, stop);
            var id = $"met/{user.Id}";
            await inbox.HandleAsync(new ChatInput(SlackPlatform.PlatformName, person, null, new ChatAct.Met(), id), stop);
        });
    }

    private async Task LostAsync(JsonElement outer, JsonElement inner, string type, CancellationToken cancel)
    {
        var channel = inner.Needed("channel");
        if (!await IsRoomAsync(channel, cancel))
            return;
        var id = "event/" + (outer.Text("event_id") ?? inner.Text("event_ts") ?? throw UnreadableException.Missing("event_id"));
        await inbox.HandleAsync(await heard.LostAsync(channel, type, inner.Text("user"), id, cancel), cancel);
    }

    private async Task MessageAsync(JsonElement message, CancellationToken cancel)
    {
        var channel = message.Needed("channel");
        // Only rooms of incidents are listened to; what the app wrote itself is on the log already.
        switch (message.Text("subtype"))
        {
            case "message_changed":
                await ChangedAsync(channel, message, cancel);
                break;
            case "message_deleted":
                if (message.Needed("deleted_ts") is var deleted && await IsFollowedAsync(channel, deleted, cancel))
                    await inbox.HandleAsync(SlackHeard.Deleted(channel, deleted, IsOfApp(message)), cancel);
                break;
            case SlackHeard.MadePublic:
                if (await IsRoomAsync(channel, cancel))
                    await inbox.HandleAsync(await heard.ExposedAsync(channel, message.Message(), cancel), cancel);
                break;
            default:
                var written = message.Message();
                if (heard.IsOfPeople(written) && await IsRoomAsync(channel, cancel))
                    await inbox.HandleAsync(await heard.WroteAsync(channel, written, cancel), cancel);
                break;
        }
    }

    private async Task<bool> IsRoomAsync(string channel, CancellationToken cancel) =>
        await directory.FindIncidentAsync(SlackPlatform.PlatformName, channel, cancel) is not null;

    // Elsewhere only what somebody has put onto a timeline.
    private async Task<bool> IsFollowedAsync(string channel, string message, CancellationToken cancel) =>
        await IsRoomAsync(channel, cancel) || directory.MarkedIn(SlackPlatform.PlatformName, channel, message).Count > 0;

    private async Task ChangedAsync(string channel, JsonElement change, CancellationToken cancel)
    {
        var changed = change.Part("message").Message();
        if (changed.IsStone)
        {
            if (await IsFollowedAsync(channel, changed.Ts, cancel))
                await inbox.HandleAsync(SlackHeard.Deleted(channel, changed.Ts, IsOfApp(change)), cancel);
            return;
        }

        // Without an edit it is Slack's own change: a link's preview came, or its language was recognized.
        if (changed.Edited is not { Ts.Length: > 0 } edit || !await IsFollowedAsync(channel, changed.Ts, cancel))
            return;
        var isOnTimeline = directory.MarkedIn(SlackPlatform.PlatformName, channel, changed.Ts).Count > 0;
        // What apps write is no part of the story until somebody makes it one; our own cards are edited all the time, and tell what is there already.
        if (changed is not { User: not null, BotId: null } && (!isOnTimeline || changed.User == state.BotUser))
            return;
        // Events come in any order, and some only when they are repeated: what it said before is told before that it says something else.
        if (
            change.Part("previous_message") is var previous
            && previous.Text("ts") is { Length: > 0 }
            && previous.Message() is var before
            && heard.IsOfPeople(before)
            && await IsRoomAsync(channel, cancel)
        )
            await inbox.HandleAsync(await heard.WroteAsync(channel, before, cancel), cancel);
        await inbox.HandleAsync(await heard.EditedAsync(channel, changed, edit, cancel), cancel);
    }

    // What it was before is told with most deletions.
    private static bool IsOfApp(JsonElement deletion) => deletion.Part("previous_message").Text("bot_id") is not null;

    // The message has to be asked for, which the acknowledgement does not wait for. The reaction stays at it: what comes to nothing now, and
    // what a kill ends, is read back.
    private async Task BeginMarkAsync(string user, string channel, string ts, CancellationToken cancel)
    {
        if (!await IsRoomAsync(channel, cancel))
            return;
        afterwards.Begin(async stop =>
        {
            var isDone = false;
            try
            {
                isDone = await TryMarkAsync(user, channel, ts, stop);
            }
            finally
            {
                if (!isDone)
                    state.MissedNow();
            }
        });
    }

    private async Task<bool> TryMarkAsync(string user, string channel, string ts, CancellationToken cancel)
    {
        var (message, trouble) = await messages.ReadAsync(channel, ts, cancel);
        if (message is { IsUnread: false })
            await inbox.HandleAsync(await heard.MarkedAsync(channel, message, user, cancel), cancel);
        return trouble is not ({ Retryable: true } or { Doubtful: true });
    }
}
