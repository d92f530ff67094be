using System.Collections.Concurrent;
using System.Text.Json;
using Integrations.Slack.Api;
using Integrations.Slack.Blocks;
using Integrations.Slack.People;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>What is acknowledged, and what is done right after it.</summary>
/// <param name="Payload">Slack's own shape; null: an empty acknowledgement.</param>
/// <param name="After">Opening a modal, answering a click: at once, outside of the outbox; null: nothing.</param>
internal sealed record Acknowledgement(object? Payload, Func<CancellationToken, Task>? After = null)
{
    public static Acknowledgement Empty { get; } = new((object?)null);
}

/// <summary>
/// Everything that comes in from Slack, whichever way it came: read, handed to the inbox, answered. A task that ends well means
/// that what follows is on disk and Slack may be told so.
/// </summary>
internal sealed class SlackInbound(
    IChatInbox inbox,
    IChatDirectory directory,
    SlackPeople people,
    SlackMessages messages,
    SlackHeard heard,
    SlackResponder responder,
    SlackState state,
    SlackArrivals arrivals,
    SlackReactions reactions,
    SlackPresses presses
)
{
    private const string Ephemeral = "ephemeral";
    private const int MostError = 150;
    private const int MostTitle = 150;
    private const int MostSuggestions = 100;
    private const int MostSuggestion = 75;
    private const int MostAnswered = 10_000;

    private readonly ConcurrentDictionary<string, bool> answered = new(StringComparer.Ordinal);

    public const string DeclareShortcut = "declare_incident";
    public const string DeclareFromShortcut = "declare_from_message";
    public const string TimelineShortcut = "add_to_timeline";

    public async Task<Acknowledgement> CommandAsync(SlashCommand command, CancellationToken cancel)
    {
        arrivals.Command(command.Command);
        var person = await people.FindAsync(command.UserId, command.UserName, cancel);
        var strangers = await MeetMentionedAsync(command.Text, cancel);
        state.Joined(command.ChannelId, command.UserId);
        var line = $"{command.Command} {people.Read(command.Text)}".TrimEnd();
        var reply = await HandleAsync(person, command.ChannelId, new ChatAct.Typed(line), "command/" + command.TriggerId, cancel);
        if (!reply.Accepted && strangers.Count > 0)
            reply = reply with
            {
                Text = $"{reply.Text} Slack does not say now who {string.Join(", ", strangers)} is: try again in a moment.",
            };
        if (reply.Form is { } form)
            return new Acknowledgement(
                null,
                stop => OpenAsync(person.Id, command.TriggerId, form, command.ChannelId, command.ResponseUrl, reply.Text, null, stop)
            );
        return new Acknowledgement(
            new ResponseMessage
            {
                Text = Fallback(reply),
                Blocks = Blocks(reply),
                ResponseType = Ephemeral,
            }
        );
    }

    public async Task<Acknowledgement> InteractionAsync(JsonElement payload, CancellationToken cancel)
    {
        arrivals.Interaction(payload);
        var user = payload.GetProperty("user");
        var person = await people.FindAsync(user.Text("id")!, user.Text("username") ?? user.Text("name"), cancel);
        var answer = payload.Text("type") switch
        {
            "block_actions" => await PressedAsync(payload, person, cancel),
            "view_submission" => await SubmittedAsync(payload, person, cancel),
            "message_action" => await MessageShortcutAsync(payload, person, cancel),
            "block_suggestion" => new Acknowledgement(new ViewOptions(await SuggestAsync(payload, person, cancel))),
            "shortcut" when payload.Text("callback_id") is DeclareShortcut => await ShortcutAsync(payload, person, cancel),
            // view_closed and what later versions of Slack may send: nothing follows from it.
            _ => Acknowledgement.Empty,
        };
        return answer.After is { } after && payload.Text("trigger_id") is { } trigger
            ? answer with
            {
                After = stop => IsFirst(trigger) ? after(stop) : Task.CompletedTask,
            }
            : answer;
    }

    /// <param name="outer">The whole <c>event_callback</c>.</param>
    public async Task EventAsync(JsonElement outer, CancellationToken cancel)
    {
        if (outer.Text("type") is "app_rate_limited" && outer.TryGetProperty("minute_rate_limited", out var minute))
            state.Missed(DateTimeOffset.FromUnixTimeSeconds(minute.GetInt64()));
        if (!outer.TryGetProperty("event", out var inner))
            return;
        arrivals.Event(inner);
        var id = "event/" + (outer.Text("event_id") ?? inner.Text("event_ts"));
        switch (inner.Text("type"))
        {
            case "message":
                await MessageAsync(inner, cancel);
                break;
            case "reaction_added"
                when reactions.Marks(inner.Text("reaction")) && inner.GetProperty("item") is var item && item.Text("type") is "message":
                await MarkAsync(inner.Text("user")!, item.Text("channel")!, item.Text("ts")!, cancel);
                break;
            case "channel_archive" or "channel_deleted" or "group_archive" or "group_deleted" when inner.Text("channel") is { } channel:
                if (await IsRoomAsync(channel, cancel))
                    await inbox.HandleAsync(await heard.LostAsync(channel, inner.Text("type")!, inner.Text("user"), id, cancel), cancel);
                break;
            case "channel_id_changed" when inner.Text("old_channel_id") is { } old:
                if (await IsRoomAsync(old, cancel))
                    await inbox.HandleAsync(SlackHeard.Moved(old, inner.Text("new_channel_id")!), cancel);
                break;
            case "member_joined_channel":
                state.Joined(inner.Text("channel")!, inner.Text("user")!);
                break;
            case "subteam_members_changed":
                // The question goes on without this event, which is acknowledged in time.
                _ = people.RefreshGroupsAsync();
                break;
            case "app_home_opened" when inner.Text("tab") is "home":
                await HomeAsync(await people.FindAsync(inner.Text("user")!, null, cancel), null, cancel);
                break;
        }
    }

    private async Task<Acknowledgement> PressedAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var action = payload.GetProperty("actions")[0];
        if (Pressed.Read(action) is not { } pressed)
            return Acknowledgement.Empty;
        var channel = payload.TryGetProperty("channel", out var where) ? where.Text("id") : null;
        var id = presses.OfAction(payload, action);
        var reply = await HandleAsync(person, channel, new ChatAct.Typed(pressed.Command) { Asks = pressed.Asks }, id, cancel);
        var address = payload.Text("response_url");
        if (reply.Form is { } form)
            return new Acknowledgement(
                null,
                stop => OpenAsync(person.Id, payload.Text("trigger_id")!, form, channel, address, reply.Text, null, stop)
            );
        if (payload.TryGetProperty("view", out var view) && view.Text("type") is "home")
            return new Acknowledgement(null, stop => HomeAsync(person, reply, stop));
        return new Acknowledgement(null, stop => TellAsync(person.Id, channel, address, reply, stop));
    }

    private async Task<Acknowledgement> SubmittedAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var view = payload.GetProperty("view");
        if (view.Text("callback_id") is not FormViews.CallbackId)
            return Acknowledgement.Empty;
        var origin = FormViews.ReadOrigin(view);
        var answers = await FormViews.AnswersAsync(view, id => NameAsync(id, cancel));
        var line = TypedCommand.From(origin.Command, answers);
        var reply = await HandleAsync(
            person,
            origin.Room,
            new ChatAct.Typed(line) { About = origin.About },
            SlackPresses.OfSubmission(view, line),
            cancel
        );
        // What was answered leads to more questions.
        if (reply.Form is { } more && FormViews.TooMany(more) is { } why)
            reply = new ChatReply(true, $"{why} Type it instead: {reply.Text}");
        else if (reply.Form is { } asked)
            return new Acknowledgement(new ViewUpdate(FormViews.Of(asked, origin.Room, origin.About)));
        if (reply.Accepted)
            return new Acknowledgement(null, stop => TellAsync(person.Id, origin.Room, null, reply, stop));
        if (answers.Count == 0)
            return new Acknowledgement(null, stop => TellAsync(person.Id, origin.Room, null, reply, stop));
        return new Acknowledgement(new ViewErrors(Errors(reply.Text, answers)));
    }

    // Slack may deliver a press twice: it changes nothing then, and must not be answered twice either.
    private bool IsFirst(string trigger)
    {
        if (answered.Count > MostAnswered)
            answered.Clear();
        return answered.TryAdd(trigger, true);
    }

    // Each line of a refusal names its field first: "severity 'x' is not valid. …". One that names none goes on with the line before it.
    private static Dictionary<string, string> Errors(string refusal, IReadOnlyList<KeyValuePair<string, string>> answers)
    {
        var errors = new Dictionary<string, string>();
        var block = answers[0].Key;
        foreach (var line in refusal.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            block = answers.FirstOrDefault(answer => Names(line, answer.Key)).Key ?? block;
            errors[block] = SlackText.Cut(errors.TryGetValue(block, out var before) ? $"{before} {line}" : line, MostError);
        }

        return errors;

        static bool Names(string line, string id) =>
            line.StartsWith(id[(id.IndexOf('.', StringComparison.Ordinal) + 1)..] + " ", StringComparison.OrdinalIgnoreCase);
    }

    private async Task<Acknowledgement> MessageShortcutAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var message = payload.GetProperty("message").Deserialize<HistoryMessage>(SlackJson.Options)!;
        var channel = payload.GetProperty("channel").Text("id")!;
        var address = payload.Text("response_url");
        var trigger = payload.Text("trigger_id")!;
        var line = (await people.LineAsync(channel, message, cancel)) with { Room = channel };
        switch (payload.Text("callback_id"))
        {
            case TimelineShortcut:
                var reply = await HandleAsync(person, channel, new ChatAct.Marked(line), "shortcut/" + payload.Text("trigger_id"), cancel);
                return reply.Form is { } which
                    ? new Acknowledgement(null, stop => OpenAsync(person.Id, trigger, which, channel, address, reply.Text, line, stop))
                    : new Acknowledgement(null, stop => TellAsync(person.Id, channel, address, reply, stop));
            case DeclareFromShortcut:
                var asked = await HandleAsync(
                    person,
                    null,
                    new ChatAct.Typed("/incident declare"),
                    "shortcut/" + payload.Text("trigger_id"),
                    cancel
                );
                return asked.Form is { } form
                    ? new Acknowledgement(
                        null,
                        stop => OpenAsync(person.Id, trigger, Filled(form, line.Text), channel, address, asked.Text, line, stop)
                    )
                    : new Acknowledgement(null, stop => TellAsync(person.Id, channel, address, asked, stop));
            default:
                return Acknowledgement.Empty;
        }
    }

    private async Task<Acknowledgement> ShortcutAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var reply = await HandleAsync(
            person,
            null,
            new ChatAct.Typed("/incident declare"),
            "shortcut/" + payload.Text("trigger_id"),
            cancel
        );
        return reply.Form is { } form
            ? new Acknowledgement(null, stop => OpenAsync(person.Id, payload.Text("trigger_id")!, form, null, null, reply.Text, null, stop))
            : new Acknowledgement(null, stop => TellAsync(person.Id, null, null, reply, stop));
    }

    private async Task<IReadOnlyList<Option>> SuggestAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        if (payload.Text("action_id") is not FormViews.IncidentAction)
            return [];
        var found = await inbox.SuggestIncidentsAsync(SlackPlatform.PlatformName, person, payload.Text("value") ?? "", cancel);
        return [.. found.Take(MostSuggestions).Select(one => new Option(SlackText.Plain(one.Label, MostSuggestion), one.Incident))];
    }

    private static Form Filled(Form form, string text)
    {
        var first = text.Split('\n', 2)[0].Trim();
        return form with
        {
            Fields = [.. form.Fields.Select((field, at) => at == 0 ? field with { Default = SlackText.Cut(first, MostTitle) } : field)],
        };
    }

    private async Task MessageAsync(JsonElement message, CancellationToken cancel)
    {
        var channel = message.Text("channel")!;
        // Only rooms of incidents are listened to; what the app wrote itself is on the log already.
        switch (message.Text("subtype"))
        {
            case "message_changed":
                await ChangedAsync(channel, message, cancel);
                break;
            case "message_deleted" when message.Text("deleted_ts") is { } deleted:
                if (await IsFollowedAsync(channel, deleted, cancel))
                    await inbox.HandleAsync(SlackHeard.Deleted(channel, deleted, IsOfApp(message)), cancel);
                break;
            default:
                var written = message.Deserialize<HistoryMessage>(SlackJson.Options)!;
                if (SlackHeard.IsOfPeople(written) && await IsRoomAsync(channel, cancel))
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
        var changed = change.GetProperty("message").Deserialize<HistoryMessage>(SlackJson.Options)!;
        if (changed.IsStone)
        {
            if (await IsFollowedAsync(channel, changed.Ts, cancel))
                await inbox.HandleAsync(SlackHeard.Deleted(channel, changed.Ts, IsOfApp(change)), cancel);
            return;
        }

        // Without an edit it is Slack's own change: a link's preview came, or its language was recognized.
        if (changed.Edited is not { } edit || !await IsFollowedAsync(channel, changed.Ts, cancel))
            return;
        var isOnTimeline = directory.MarkedIn(SlackPlatform.PlatformName, channel, changed.Ts).Count > 0;
        // What apps write is no part of the story until somebody makes it one; our own cards are edited all the time, and tell what is there already.
        if (changed is not { User: not null, BotId: null } && (!isOnTimeline || changed.User == state.BotUser))
            return;
        // Events come in any order, and some only when they are repeated: what it said before is told before that it says something else.
        if (
            change.TryGetProperty("previous_message", out var previous)
            && previous.Deserialize<HistoryMessage>(SlackJson.Options) is { } before
            && SlackHeard.IsOfPeople(before)
            && await IsRoomAsync(channel, cancel)
        )
            await inbox.HandleAsync(await heard.WroteAsync(channel, before, cancel), cancel);
        await inbox.HandleAsync(await heard.EditedAsync(channel, changed, edit, cancel), cancel);
    }

    // What it was before is told with most deletions.
    private static bool IsOfApp(JsonElement deletion) =>
        deletion.TryGetProperty("previous_message", out var before) && before.Text("bot_id") is not null;

    private async Task MarkAsync(string user, string channel, string ts, CancellationToken cancel)
    {
        if (!await IsRoomAsync(channel, cancel))
            return;
        var (message, trouble) = await messages.ReadAsync(channel, ts, cancel);
        // Not answered: not acknowledged, so that Slack tells it again.
        if (trouble is not null)
            throw new IOException($"The message that was marked could not be read: {trouble}");
        if (message is not null)
            await inbox.HandleAsync(await heard.MarkedAsync(channel, message, user, cancel), cancel);
    }

    /// <param name="said">What came of a press there; null: it was only opened.</param>
    private async Task HomeAsync(ChatPerson person, ChatReply? said, CancellationToken cancel)
    {
        var cards = await inbox.HomeAsync(SlackPlatform.PlatformName, person, cancel);
        if (said is not null)
            cards = [said.Card ?? new Card(said.Accepted ? "Done" : "Not done", said.Text), .. cards];
        await responder.PublishHomeAsync(person.Id, cards, cancel);
    }

    private Task<ChatReply> HandleAsync(ChatPerson person, string? room, ChatAct act, string id, CancellationToken cancel) =>
        inbox.HandleAsync(new ChatInput(SlackPlatform.PlatformName, person, room, act, id), cancel);

    // Whoever is named becomes known, so that a role or a task can be given to them by name. All are asked for at once: somebody waits.
    /// <returns>By name, of whom Slack says nothing at the moment.</returns>
    private async Task<IReadOnlyList<string>> MeetMentionedAsync(string text, CancellationToken cancel)
    {
        var named = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var at = text.IndexOf("<@", StringComparison.Ordinal); at >= 0; at = text.IndexOf("<@", at + 2, StringComparison.Ordinal))
        {
            if (text.IndexOf('>', at) is var end && end < at)
                break;
            var mention = text[(at + 2)..end].Split('|', 2);
            named[mention[0]] = mention is [_, { Length: > 0 } label] ? label : null;
        }

        var met = await Task.WhenAll(named.Select(one => MeetAsync(one.Key, one.Value, cancel)));
        return [.. met.OfType<ChatPerson>().Where(person => person.Standing is ChatStanding.Unknown).Select(person => person.Name)];
    }

    private async Task<string> NameAsync(string id, CancellationToken cancel) =>
        await MeetAsync(id, null, cancel) is { } person
            ? directory.UserOf(SlackPlatform.PlatformName, id) ?? person.Name
            : directory.UserOf(SlackPlatform.PlatformName, id)!;

    /// <param name="label">What they are called where they are named; null: nothing.</param>
    /// <returns>Null: they were known already.</returns>
    private async Task<ChatPerson?> MeetAsync(string id, string? label, CancellationToken cancel)
    {
        if (directory.UserOf(SlackPlatform.PlatformName, id) is not null)
            return null;
        var person = await people.FindAsync(id, label, cancel);
        await HandleAsync(person, null, new ChatAct.Met(), "met/" + id, cancel);
        return person;
    }

    // Who pressed waits for it: where it does not come they are told, also where nothing else of Slack leads back to them.
    private async Task OpenAsync(
        string user,
        string trigger,
        Form form,
        string? room,
        string? address,
        string otherwise,
        ChatLine? about,
        CancellationToken cancel
    )
    {
        var why =
            FormViews.TooMany(form)
            ?? (await responder.OpenAsync(trigger, FormViews.Of(form, room, about), cancel) ? null : "The form could not be shown.");
        if (why is not null)
            await TellAsync(user, room, address, new ChatReply(false, $"{why} Type it instead: {otherwise}"), cancel);
    }

    private async Task TellAsync(string user, string? channel, string? address, ChatReply reply, CancellationToken cancel)
    {
        if (reply.Text.Length > 0)
            await responder.TellAsync(user, channel, address, Fallback(reply), Blocks(reply), cancel);
    }

    private static string Fallback(ChatReply reply) => CardBlocks.Fallback(new ChatMessage("", reply.Text, reply.Card));

    private static IReadOnlyList<Block> Blocks(ChatReply reply) =>
        reply.Card is { } card ? CardBlocks.Of(card) : CardBlocks.Of(reply.Text.Length > 0 ? reply.Text : "Done.");
}
