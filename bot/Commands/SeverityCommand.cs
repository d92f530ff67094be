using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class SeverityCommand(IDesk desk) : IChatCommand
{
    public string Word => "severity";
    public IReadOnlyList<string> Aliases => ["sev"];
    public string Usage => "1|2|3|4|unset [--reason TEXT]";
    public string Help => "How bad it is; 1 is worst";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public static Form Questions { get; } =
        new(
            "Change the severity",
            "/incident severity",
            "Change",
            [
                new FormField("severity", "Severity", FormFieldKind.Choice)
                {
                    Positional = true,
                    Required = true,
                    Choices = ["sev1", "sev2", "sev3", "sev4", "unset"],
                },
                new FormField("reason", "Why?", FormFieldKind.Text),
            ]
        );

    public Form? Form => Questions;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (word, others) = context.Arguments.Split();
        if (IncidentWords.SeverityFrom(word) is not { } severity)
            return Replies.Refused(new Rejection.Invalid("severity", word, "It is one of 1, 2, 3, 4 or unset.").Sentence);
        var reason = context.Arguments.Option("reason") ?? others;
        return await desk.ApplyAsync(
            context,
            new IncidentCommand.ChangeSeverity(severity, string.IsNullOrWhiteSpace(reason) ? null : reason),
            cancel
        );
    }
}
