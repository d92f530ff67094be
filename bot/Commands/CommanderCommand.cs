using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class CommanderCommand(IDesk desk, People people) : IChatCommand
{
    /// <summary>Of a button that may be pressed long after it was shown.</summary>
    public const string Vacant = "vacant";

    public string Word => "commander";
    public IReadOnlyList<string> Aliases => ["lead", "ic"];
    public string Usage => $"[me|@PERSON|release] [--{Vacant}]";
    public string Help => $"Takes the lead, or hands it over; with --{Vacant} only where nobody has it";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var words = context.Arguments.Line;
        if (words.StartsWith("to ", StringComparison.OrdinalIgnoreCase))
            words = words[3..];
        if (words.Equals("release", StringComparison.OrdinalIgnoreCase))
            return await desk.ApplyAsync(context, new IncidentCommand.ReleaseRole(IncidentRole.Commander), cancel);
        return people.TryFind(words, context.Caller, "person", out var person, out var refusal, Role.Responder)
            ? await desk.ApplyAsync(
                context,
                new IncidentCommand.AssignRole(IncidentRole.Commander, person) { IfVacant = context.Arguments.Flag(Vacant) },
                cancel
            )
            : refusal;
    }
}
