using System.Collections.Concurrent;
using System.Text.Json;
using Integrations.Slack.Blocks;
using Integrations.Slack.People;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>What people press, choose and submit: buttons, menus, forms, shortcuts.</summary>
internal sealed class SlackInteractions(
    IChatInbox inbox,
    SlackPeople people,
    SlackIntroductions introductions,
    SlackAnswers answers,
    SlackArrivals arrivals,
    SlackPresses presses
)
{
    public const string DeclareShortcut = "declare_incident";
    public const string DeclareFromShortcut = "declare_from_message";
    public const string TimelineShortcut = "add_to_timeline";

    private const int MostError = 150;
    private const int MostTitle = 150;
    private const int MostSuggestions = 100;
    private const int MostSuggestion = 75;
    private const int MostAnswered = 10_000;

    private readonly ConcurrentDictionary<string, bool> answered = new(StringComparer.Ordinal);

    /// <exception cref="UnreadableException">A part without which it means nothing is missing.</exception>
    public async Task<Acknowledgement> HandleAsync(JsonElement payload, CancellationToken cancel)
    {
        arrivals.Interaction(payload);
        var user = payload.Part("user");
        var person = await people.FindAsync(user.Needed("id"), user.Text("username") ?? user.Text("name"), cancel);
        var answer = payload.Text("type") switch
        {
            "block_actions" => await PressedAsync(payload, person, cancel),
            "view_submission" => await SubmittedAsync(payload, person, cancel),
            "message_action" => await MessageShortcutAsync(payload, person, cancel),
            "block_suggestion" => new Acknowledgement(new ViewOptions(await SuggestAsync(payload, person, cancel))),
            "shortcut" when payload.Text("callback_id") is DeclareShortcut => await ShortcutAsync(payload, person, cancel),
            null => throw UnreadableException.Missing("type"),
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

    private async Task<Acknowledgement> PressedAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var action = payload.Part("actions") is { ValueKind: JsonValueKind.Array } actions
            ? actions.EnumerateArray().FirstOrDefault()
            : throw UnreadableException.Missing("actions");
        if (Pressed.Read(action) is not { } pressed)
            return Acknowledgement.Empty;
        var place = PlaceOf(payload, person);
        var act = new ChatAct.Typed(pressed.Command) { Asks = pressed.Asks };
        var reply = await HandAsync(person, place.Channel, act, presses.OfAction(payload, action), cancel);
        if (reply.Form is { } form)
        {
            // Without a trigger no form opens, and what to type instead is told.
            var trigger = payload.Text("trigger_id") ?? "";
            return new Acknowledgement(null, stop => answers.OpenAsync(place, trigger, form, reply.Text, null, stop));
        }

        if (payload.Part("view").Text("type") is "home")
            return new Acknowledgement(null, stop => answers.ShowHomeAsync(person, reply, stop));
        return new Acknowledgement(null, stop => answers.TellAsync(place, reply, stop));
    }

    private async Task<Acknowledgement> SubmittedAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var view = payload.Part("view");
        if (view.Text("callback_id") is not FormViews.CallbackId)
            return Acknowledgement.Empty;
        var origin = OriginOf(view);
        var given = await FormViews.AnswersAsync(view, id => introductions.NameAsync(id, cancel));
        var line = TypedCommand.From(origin.Command, given);
        var act = new ChatAct.Typed(line) { About = origin.About };
        var submission = presses.OfSubmission(view, line);
        var reply = await HandAsync(person, origin.Room, act, submission, cancel);
        // The same questions again: not one of them was answered.
        if (reply.Form is { } same && same.Command == origin.Command && given.Count > 0)
            return Refused(submission, new Dictionary<string, string> { [given[0].Key] = "Answer one of these, please." });
        // What was answered leads to more questions.
        if (reply.Form is { } more && FormViews.TooMany(more) is { } why)
            reply = new ChatReply(true, $"{why} Type it instead: {reply.Text}");
        else if (reply.Form is { } asked)
            return new Acknowledgement(new ViewUpdate(FormViews.Of(asked, origin.Room, origin.About)));
        if (!reply.Accepted && given.Count > 0)
            return Refused(submission, Errors(reply.Text, given));
        return new Acknowledgement(null, stop => answers.TellAsync(new AnswerPlace(person.Id, origin.Room, null), reply, stop));
    }

    private Acknowledgement Refused(string submission, Dictionary<string, string> errors)
    {
        presses.Refused(submission);
        return new Acknowledgement(new ViewErrors(errors));
    }

    private static FormViews.Origin OriginOf(JsonElement view)
    {
        try
        {
            return FormViews.ReadOrigin(view.Needed("private_metadata"));
        }
        catch (JsonException e)
        {
            throw new UnreadableException("private_metadata is not what was sent with the form", e);
        }
    }

    // Slack may deliver a press twice: it changes nothing then, and must not be answered twice either.
    private bool IsFirst(string trigger)
    {
        if (answered.Count > MostAnswered)
            answered.Clear();
        return answered.TryAdd(trigger, true);
    }

    // Each line of a refusal names its field first: "severity 'x' is not valid. …", "inputs.replica is 'x': …". One that names none goes on with
    // the line before it.
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

        static bool Names(string line, string id)
        {
            var name = id[(id.IndexOf('.', StringComparison.Ordinal) + 1)..];
            return line.StartsWith(name + " ", StringComparison.OrdinalIgnoreCase)
                || line.StartsWith($"inputs.{name}:", StringComparison.Ordinal)
                || line.StartsWith($"inputs.{name} is '", StringComparison.Ordinal);
        }
    }

    private async Task<Acknowledgement> MessageShortcutAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var shortcut = payload.Text("callback_id");
        if (shortcut is not (TimelineShortcut or DeclareFromShortcut))
            return Acknowledgement.Empty;
        var message = payload.Part("message").Message();
        var channel = payload.Part("channel").Needed("id");
        var trigger = payload.Needed("trigger_id");
        var line = (await people.LineAsync(channel, message, cancel)) with { Room = channel };
        var reply =
            shortcut is TimelineShortcut
                ? await HandAsync(person, channel, new ChatAct.Marked(line), "shortcut/" + trigger, cancel)
                : await HandAsync(person, null, new ChatAct.Typed("/incident declare"), "shortcut/" + trigger, cancel);
        var form = shortcut is DeclareFromShortcut && reply.Form is { } empty ? Filled(empty, line.Text) : reply.Form;
        return AskedOrTold(PlaceOf(payload, person), trigger, form, line, reply);
    }

    private async Task<Acknowledgement> ShortcutAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var trigger = payload.Needed("trigger_id");
        var reply = await HandAsync(person, null, new ChatAct.Typed("/incident declare"), "shortcut/" + trigger, cancel);
        return AskedOrTold(new AnswerPlace(person.Id, null, null), trigger, reply.Form, null, reply);
    }

    private Acknowledgement AskedOrTold(AnswerPlace place, string trigger, Form? form, ChatLine? about, ChatReply reply) =>
        new(
            null,
            stop => form is null ? answers.TellAsync(place, reply, stop) : answers.OpenAsync(place, trigger, form, reply.Text, about, stop)
        );

    private async Task<IReadOnlyList<Option>> SuggestAsync(JsonElement payload, ChatPerson person, CancellationToken cancel)
    {
        var typed = payload.Text("value") ?? "";
        var found = payload.Text("action_id") switch
        {
            FormViews.IncidentAction => (await inbox.SuggestIncidentsAsync(SlackPlatform.PlatformName, person, typed, cancel)).Select(one =>
                (one.Label, Value: one.Incident)
            ),
            FormViews.GroupAction => people.GroupsLike(typed).Select(group => (Label: "@" + group, Value: group)),
            _ => [],
        };
        return [.. found.Take(MostSuggestions).Select(one => new Option(SlackText.Plain(one.Label, MostSuggestion), one.Value))];
    }

    private static Form Filled(Form form, string text)
    {
        var first = text.Split('\n', 2)[0].Trim();
        return form with
        {
            Fields = [.. form.Fields.Select((field, at) => at == 0 ? field with { Default = SlackText.Cut(first, MostTitle) } : field)],
        };
    }

    private static AnswerPlace PlaceOf(JsonElement payload, ChatPerson person) =>
        new(person.Id, payload.Part("channel").Text("id"), payload.Text("response_url"));

    private Task<ChatReply> HandAsync(ChatPerson person, string? room, ChatAct act, string id, CancellationToken cancel) =>
        inbox.HandleAsync(new ChatInput(SlackPlatform.PlatformName, person, room, act, id), cancel);
}
