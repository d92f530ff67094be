using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class MergeCommand(IDesk desk) : IChatCommand
{
    public string Word => "merge";
    public IReadOnlyList<string> Aliases => [];
    public string Usage => "inc-N [--reason TEXT]";
    public string Help => "This one goes on in another incident";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Form? Form { get; } =
        new(
            "Merge into another incident",
            "/incident merge",
            "Merge",
            [
                new FormField("into", "Into which incident?", FormFieldKind.Text)
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
        return Log.StreamId.IncidentNumber(into.StartsWith("inc-", StringComparison.Ordinal) ? into : "inc-" + into) is { } number
            ? await desk.ApplyAsync(context, new IncidentCommand.Merge(number, context.Arguments.Option("reason")), cancel)
            : Replies.Refused(
                new Rejection.Invalid("into", context.Arguments.Text, "Name the incident that lives on: /incident merge inc-7").Sentence
            );
    }
}
