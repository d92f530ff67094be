using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

/// <summary>What all commands share that move an incident to another state.</summary>
internal abstract class MoveCommand(IDesk desk, string word, IncidentState to, string help, params IReadOnlyList<string> aliases)
    : IChatCommand
{
    public string Word => word;
    public IReadOnlyList<string> Aliases => aliases;
    public string Usage => "[REASON]";
    public string Help => help;
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var reason = context.Arguments.Option("reason") ?? context.Arguments.Text;
        return desk.ApplyAsync(context, new IncidentCommand.Move(to, string.IsNullOrWhiteSpace(reason) ? null : reason), cancel);
    }
}
