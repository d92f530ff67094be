using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class MergeCommand(IDesk desk, Visibility visibility) : IChatCommand
{
    public string Word => "merge";
    public IReadOnlyList<string> Aliases => [];
    public string Usage => "inc-N [--reason TEXT]";
    public string Help => "This one goes on in another incident";
    public Role Needs => Role.Responder;
    public bool InChannel => true;
    public bool NamesAnother => true;

    public Form? Form { get; } =
        new(
            "Merge into another incident",
            "/incident merge",
            "Merge",
            [
                new FormField("into", "Into which incident?", FormFieldKind.Incident)
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
        var into = context.Arguments.Text.ToLowerInvariant();
        if (into.StartsWith("into ", StringComparison.Ordinal))
            into = into[5..];
        if (Log.StreamId.IncidentNumber(into.StartsWith("inc-", StringComparison.Ordinal) ? into : "inc-" + into) is not { } number)
        {
            return Replies.Refused(
                new Rejection.Invalid("into", context.Arguments.Text, "Name the incident that lives on: /incident merge inc-7").Sentence
            );
        }

        return await visibility.FindAsync(context.Caller, number, cancel) is null
            ? Replies.Refused(new Rejection.NoSuchIncident(Log.StreamId.Incident(number).Value).Sentence)
            : await desk.ApplyAsync(context, new IncidentCommand.Merge(number, context.Arguments.Option("reason")), cancel);
    }
}
