using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class ReopenCommand(IDesk desk) : IChatCommand
{
    public string Word => "reopen";
    public IReadOnlyList<string> Aliases => ["re-open"];
    public string Usage => "REASON";
    public string Help => "It is back";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public static Form Questions { get; } =
        new(
            "Re-open the incident",
            "/incident reopen",
            "Re-open",
            [new FormField("reason", "What came back?", FormFieldKind.Text) { Positional = true, Required = true }]
        );

    public Form? Form => Questions;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        desk.ApplyAsync(context, new IncidentCommand.Reopen(context.Arguments.Option("reason") ?? context.Arguments.Text), cancel);
}
