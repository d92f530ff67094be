using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class RenameCommand(IDesk desk) : IChatCommand
{
    public string Word => "rename";
    public IReadOnlyList<string> Aliases => ["title"];
    public string Usage => "TITLE";
    public string Help => "Gives it a better title";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Form? Form { get; } =
        new(
            "Rename the incident",
            "/incident rename",
            "Rename",
            [new FormField("title", "New title", FormFieldKind.Text) { Positional = true, Required = true }]
        );

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        desk.ApplyAsync(context, new IncidentCommand.Rename(context.Arguments.Line), cancel);
}
