using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Integrations;

namespace Bot.Commands;

internal sealed class RelateCommand(IDesk desk, Visibility visibility) : IChatCommand
{
    public string Word => "relate";
    public IReadOnlyList<string> Aliases => ["related"];
    public string Usage => "inc-N [--reason TEXT]";
    public string Help => "Another incident has to do with this one; both go on";
    public Role Needs => Role.Responder;
    public bool InChannel => true;
    public bool NamesAnother => true;

    public Form? Form { get; } =
        new(
            "Relate to another incident",
            "/incident relate",
            "Relate",
            [
                new FormField("to", "To which incident?", FormFieldKind.Incident)
                {
                    Positional = true,
                    Required = true,
                    Hint = "inc-7",
                },
                new FormField("reason", "Why?", FormFieldKind.Text),
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (first, others) = context.Arguments.Split();
        if (first.Equals("to", StringComparison.OrdinalIgnoreCase))
            (first, others) = Arguments.Parse(others, CommandOptions.None).Split();
        var word = first.ToLowerInvariant();
        if (StreamId.IncidentNumber(word.StartsWith("inc-", StringComparison.Ordinal) ? word : "inc-" + word) is not { } number)
            return Replies.Refused(new Rejection.Invalid("to", first, "Name the other incident: /incident relate inc-7").Sentence);
        var reason = context.Arguments.Option("reason") ?? others;
        return await visibility.FindAsync(context.Caller, number, cancel) is null
            ? Replies.Refused(new Rejection.NoSuchIncident(StreamId.Incident(number).Value).Sentence)
            : await desk.ApplyAsync(context, new IncidentCommand.Relate(number, string.IsNullOrWhiteSpace(reason) ? null : reason), cancel);
    }
}
