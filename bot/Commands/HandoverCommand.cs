using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

/// <summary>The lead goes to somebody else, with what they must know.</summary>
internal sealed class HandoverCommand(IDesk desk, People people) : IChatCommand
{
    public string Word => "handover";
    public IReadOnlyList<string> Aliases => ["hand-over"];
    public string Usage => "@PERSON [WHAT THEY MUST KNOW]";
    public string Help => "Hands the lead over; the new commander is told how it stands";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public static Form Questions { get; } =
        new(
            "Hand over the lead",
            "/incident handover",
            "Hand over",
            [
                new FormField("person", "To whom?", FormFieldKind.Person) { Positional = true, Required = true },
                new FormField("briefing", "What must they know?", FormFieldKind.LongText)
                {
                    Hint = "What is going on, what was tried, what comes next. They see severity, tasks and runs anyway.",
                },
            ]
        );

    public Form? Form => Questions;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (first, others) = context.Arguments.Split();
        if (first.Equals("to", StringComparison.OrdinalIgnoreCase))
            (first, others) = Arguments.Parse(others, CommandOptions.None).Split();
        if (first.Length == 0)
            return Replies.Refused(new Rejection.Missing("person", "Name somebody: /incident handover @anna").Sentence);
        return people.TryFind(first, context.Caller, "person", out var person, out var refusal, Role.Responder)
            ? await desk.ApplyAsync(
                context,
                new IncidentCommand.AssignRole(IncidentRole.Commander, person, context.Arguments.Option("briefing") ?? others),
                cancel
            )
            : refusal;
    }
}
