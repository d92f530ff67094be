using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class UpdateCommand(IDesk desk) : IChatCommand
{
    public string Word => "update";
    public IReadOnlyList<string> Aliases => [];
    public string Usage => "TEXT";
    public string Help => "Says to everybody how it stands";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public static Form Questions { get; } =
        new(
            "Post an update",
            "/incident update",
            "Post",
            [new FormField("text", "How does it stand?", FormFieldKind.LongText) { Positional = true, Required = true }]
        );

    public Form? Form => Questions;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        desk.ApplyAsync(context, new IncidentCommand.PostUpdate(context.Arguments.Text), cancel);
}
