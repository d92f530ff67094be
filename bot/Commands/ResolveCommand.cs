using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class ResolveCommand(IDesk desk) : IChatCommand
{
    private const int MostLeftOver = 20;

    public string Word => "resolve";
    public IReadOnlyList<string> Aliases => ["resolved"];
    public string Usage => "[REASON] [--left TEXT]";
    public string Help => "It is over";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public static Form Questions { get; } =
        new(
            "Resolve the incident",
            "/incident resolve",
            "Resolve",
            [
                new FormField("reason", "What ended it?", FormFieldKind.LongText) { Positional = true },
                new FormField("left", "What is left to do?", FormFieldKind.LongText) { Hint = "One task a line" },
            ]
        );

    public Form? Form => Questions;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var reason = context.Arguments.Option("reason") ?? context.Arguments.Text;
        var left = (context.Arguments.Option("left") ?? "").Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        if (left.Length > MostLeftOver)
            return Task.FromResult(
                Replies.Refused(new Rejection.Invalid("left", $"{left.Length} lines", $"At most {MostLeftOver} tasks.").Sentence)
            );
        return desk.ApplyAsync(
            context,
            new IncidentCommand.Move(IncidentState.Resolved, string.IsNullOrWhiteSpace(reason) ? null : reason, left),
            cancel
        );
    }
}
