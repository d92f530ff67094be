using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class SayCommand(IDesk desk) : IChatCommand
{
    public string Word => "say";
    public IReadOnlyList<string> Aliases => ["post"];
    public string Usage => "TEXT";
    public string Help => "Posts a message into the channel";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        desk.ApplyAsync(context, new IncidentCommand.PostMessage(context.Arguments.Text), cancel);
}
