using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class CommanderCommand(IDesk desk, People people) : IChatCommand
{
    public string Word => "commander";
    public IReadOnlyList<string> Aliases => ["lead", "ic"];
    public string Usage => "[me|@PERSON|release]";
    public string Help => "Takes the lead, or hands it over";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var words = context.Arguments.Text;
        if (words.StartsWith("to ", StringComparison.OrdinalIgnoreCase))
            words = words[3..];
        if (words.Equals("release", StringComparison.OrdinalIgnoreCase))
            return await desk.ApplyAsync(context, new IncidentCommand.ReleaseRole(IncidentRole.Commander), cancel);
        return people.TryFind(words, context.Caller, "person", out var person, out var refusal, Role.Responder)
            ? await desk.ApplyAsync(context, new IncidentCommand.AssignRole(IncidentRole.Commander, person), cancel)
            : refusal;
    }
}
