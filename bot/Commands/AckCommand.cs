using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class AckCommand(IDesk desk) : IChatCommand
{
    public string Word => "ack";
    public IReadOnlyList<string> Aliases => ["acknowledge"];
    public string Usage => "";
    public string Help => "Says that somebody is on it; pages stop";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        desk.ApplyAsync(context, new IncidentCommand.Acknowledge(Via: null), cancel);
}
