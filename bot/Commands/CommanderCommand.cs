using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class CommanderCommand(IDesk desk) : IChatCommand
{
    public string Word => "commander";
    public IReadOnlyList<string> Aliases => ["lead", "ic"];
    public string Usage => "[me|@PERSON]";
    public string Help => "Takes the lead, or hands it over";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var words = context.Arguments.Text;
        if (words.StartsWith("to ", StringComparison.OrdinalIgnoreCase))
            words = words[3..];
        var person = TypedWords.Person(words.Length == 0 ? "me" : words, context.Caller);
        return desk.ApplyAsync(context, new IncidentCommand.AssignRole(IncidentRole.Commander, person), cancel);
    }
}
