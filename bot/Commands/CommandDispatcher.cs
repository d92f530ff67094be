using Bot.Access;
using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

/// <summary>
/// The one way in for what people type or press, whatever the platform: <c>/incident WORD …</c> (or <c>/inc</c>) becomes a
/// command; any other text in an incident's channel is a message there.
/// </summary>
internal sealed class CommandDispatcher(
    CommandSet commands,
    ChatRunbooks runbooks,
    IDesk desk,
    Visibility visibility,
    OpenCalls calls,
    TimeProvider time
)
{
    private static readonly string[] Openers = ["/incident", "/inc"];

    /// <param name="incident">The number of the channel's incident; null outside.</param>
    /// <param name="key">The input's id: the same again gets the first answer.</param>
    public Task<ChatReply> DispatchAsync(Caller caller, string text, int? incident, IdempotencyKey? key, CancellationToken cancel) =>
        DispatchAsync(caller, text, incident, key, CommandOrigin.Unknown, cancel);

    /// <inheritdoc cref="DispatchAsync(Caller, string, int?, IdempotencyKey?, CancellationToken)"/>
    public async Task<ChatReply> DispatchAsync(
        Caller caller,
        string text,
        int? incident,
        IdempotencyKey? key,
        CommandOrigin origin,
        CancellationToken cancel
    )
    {
        var line = text.Trim();
        if (line.Length == 0)
            return Replies.Refused("Type a command, as /incident help, or a message.");
        if (OpenerOf(line) is not { } found)
        {
            return line[0] is '/'
                ? Replies.Refused($"There is no command {line.Split(' ')[0]}. All of mine begin with /incident; see /incident help")
                : await MessageAsync(caller, line, incident, key, cancel);
        }

        var (word, rest) = Cut(line[found.Length..].TrimStart());
        if (word.Length == 0)
            return await TrayAsync(caller, incident, cancel);
        // The bot's own words come first; a runbook's stand beside them.
        if (commands.Find(word) is null && runbooks.AsRun(line[found.Length..]) is { } asRun)
            (word, rest) = Cut(asRun);
        if (commands.Find(word) is not { } command)
        {
            return Replies.Refused(
                commands.Nearest(word) is { } near
                    ? $"There is no command '{word}'. Did you mean /incident {near}?"
                    : $"There is no command '{word}'. See /incident help"
            );
        }

        if (!caller.May(command.Needs))
            return await NotAllowedAsync(command.Needs, cancel);
        var isNamed = false;
        // Outside of a channel the incident can be named first: /incident ack inc-42
        if (
            command.TakesIncident
            && (incident is null || !command.NamesAnother)
            && Cut(rest) is var (first, others)
            && StreamId.IncidentNumber(first.ToLowerInvariant()) is { } named
        )
        {
            incident = named;
            rest = others;
            isNamed = true;
        }

        if (command.InChannel && incident is null)
        {
            return Replies.Refused(
                $"/incident {command.Word} belongs into an incident's channel. Go there, or name it: /incident {command.Word} inc-1 {command.Usage}".TrimEnd()
            );
        }

        // Here for all commands at once: an incident that the caller may not see answers as one that is not there.
        if (incident is { } number && !await visibility.MaySeeAsync(caller, number, cancel))
            return NoSuchIncident(number);
        if (rest.Length == 0 && command.Form is { } form && (origin.Asks || form.NeedsOne || form.Fields.Any(field => field.Required)))
        {
            string Named(string line) => IncidentCard.Named(line, StreamId.Incident(incident!.Value).Value);
            // Its answers may come from anywhere, and when the channel is another incident's: whose they are is said with them.
            var isTheirs = isNamed || (incident is not null && command is { TakesIncident: true, NamesAnother: false });
            return new ChatReply(
                false,
                $"{(isNamed ? Named("/incident " + command.Word) : "/incident " + command.Word)} {command.Usage}",
                Form: isTheirs ? form with { Command = Named(form.Command) } : form
            );
        }

        return await command.RunAsync(
            new CommandContext(caller, incident, Arguments.Parse(rest, commands.OptionsOf(command)), key) { Origin = origin },
            cancel
        );
    }

    /// <summary>As <see cref="IChatCommand.Decides"/>, of what was typed.</summary>
    public bool Decides(string text) =>
        text.Trim() is var line
        && OpenerOf(line) is { } found
        && commands.Find(Cut(line[found.Length..].TrimStart()).First) is { Decides: true };

    private async Task<ChatReply> MessageAsync(Caller caller, string text, int? incident, IdempotencyKey? key, CancellationToken cancel)
    {
        if (incident is not { } number)
            return Replies.Refused("Messages belong into an incident's channel. Commands begin with /incident; see /incident help");
        if (!caller.May(Role.Responder))
            return await NotAllowedAsync(Role.Responder, cancel);
        if (await visibility.FindAsync(caller, number, cancel) is null)
            return NoSuchIncident(number);
        var work = new IncidentWork(number, new IncidentCommand.PostMessage(text), caller.Actor) { Key = key };
        return Replies.Of(await desk.SubmitAsync(work, cancel));
    }

    // What can be done here now: the incident's card in its channel, the open incidents elsewhere.
    private async Task<ChatReply> TrayAsync(Caller caller, int? incident, CancellationToken cancel)
    {
        if (!caller.May(Role.Viewer))
            return await NotAllowedAsync(Role.Viewer, cancel);
        if (incident is { } number)
        {
            return await visibility.FindAsync(caller, number, cancel) is { } state
                ? new ChatReply(true, $"{state.Id} is {state.State.Word()}.", IncidentCard.Of(state, time.GetUtcNow()))
                : NoSuchIncident(number);
        }

        var open = (await visibility.ListAsync(caller, new IncidentQuery(Open: true, Limit: 10), cancel)).Items;
        var text = open.Count == 0 ? "No incident is open." : string.Join('\n', open.Select(IncidentCard.Line));
        var mine = await calls.ForAsync(caller, cancel);
        if (mine.Count > 0)
            text = "YOU ARE CALLED:\n" + string.Join('\n', mine.Select(Line)) + "\n\n" + text;
        return new ChatReply(
            true,
            text,
            new Card("What can be done here", text)
            {
                Buttons =
                [
                    new CardButton("Declare an incident", "/incident declare", ButtonStyle.Primary, commands.Find("declare")?.Form),
                    new CardButton("List incidents", "/incident list"),
                    new CardButton("Help", "/incident help"),
                ],
            }
        );
    }

    private static string Line(OpenCall call) =>
        $"{call.Incident.Id} · call {call.Made} of {call.Limit} to {call.Target} · {call.Incident.Title} · /incident ack {call.Incident.Id}";

    private async Task<ChatReply> NotAllowedAsync(Role needed, CancellationToken cancel)
    {
        var book = await desk.SubmitAsync(new WhoIsWho(), cancel);
        var who = book.Having(needed).Take(5).ToList();
        return Replies.Refused(
            new Rejection.NotAllowed(needed.ToString().ToLowerInvariant(), who.Count == 0 ? null : string.Join(", ", who)).Sentence
        );
    }

    private static ChatReply NoSuchIncident(int number) =>
        Replies.Refused(new Rejection.NoSuchIncident(StreamId.Incident(number).Value).Sentence);

    private static string? OpenerOf(string line) => Array.Find(Openers, opener => Opens(line, opener));

    private static bool Opens(string line, string opener) =>
        line.StartsWith(opener, StringComparison.OrdinalIgnoreCase)
        && (line.Length == opener.Length || char.IsWhiteSpace(line[opener.Length]));

    private static (string First, string Others) Cut(string text)
    {
        var end = 0;
        while (end < text.Length && !char.IsWhiteSpace(text[end]))
            end++;
        return (text[..end], text[end..].Trim());
    }

    private sealed class WhoIsWho : DeskWork<AccessBook>
    {
        public override AccessBook Decide(IDraft draft) => draft.Access;
    }
}
