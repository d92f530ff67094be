using Bot.Access;
using Bot.Incidents;
using Bot.Runs;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

internal sealed class RunCommand(Lazy<IRunDesk> runs, IRunbookShelf shelf, IncidentTable incidents) : IChatCommand
{
    /// <summary>Of the button of a proposal, which may be pressed by several, and long after it was shown: it is started once, while the incident is open.</summary>
    public const string Proposed = "proposed";

    public string Word => "run";
    public string Usage => "RUNBOOK [KEY=VALUE …] | --ask RUNBOOK";
    public string Help => "Starts a runbook; with --ask its inputs are asked for first";
    public Role Needs => Role.Responder;
    public bool InChannel => false;
    public bool TakesAnyOption => true;
    public bool TakesIncident => true;

    public Form? Form =>
        new(
            "Run a runbook",
            "/incident run --ask",
            "Go on",
            [
                new FormField("runbook", "Which one?", FormFieldKind.Choice)
                {
                    Positional = true,
                    Required = true,
                    Choices = [.. shelf.All.Select(one => one.Definition?.Name).OfType<string>()],
                },
            ]
        );

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (name, others) = context.Arguments.Split();
        var asks = context.Arguments.Option("ask");
        if (asks is not null)
            name = $"{asks} {name}".Trim();
        if (name.Length == 0)
            return Replies.Refused("Name a runbook: /incident run restart-web host=web-1");
        var typed = context.Arguments.Options.Where(option => option.Key is not ("ask" or Proposed)).ToList();
        var incident = context.Incident is { } number ? await incidents.FindAsync(number, cancel) : null;
        var proposal = incident?.Proposed.Find(one => one.Runbook == name);
        var isProposed = incident is not null && context.Arguments.Flag(Proposed);
        if (isProposed && incident is { IsOpen: false })
            return Replies.Refused(new Rejection.AlreadyOver(incident.Id, incident.State).Sentence);
        foreach (var pair in others.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                return Replies.Refused($"'{pair}' is no input. Write KEY=VALUE.");
            typed.Add(KeyValuePair.Create(pair[..equals], pair[(equals + 1)..]));
        }

        var definition = shelf.Find(name);
        var questions = RunQuestions.Of(definition);
        var isMissing = questions.Any(question => question.Required && typed.TrueForAll(one => one.Key != question.Name));
        if (typed.Count == 0 && questions.Count > 0 && (asks is not null || context.Origin.Asks || isMissing))
        {
            if (isProposed && proposal is { Run: { } earlier, StartedBy: { } starter })
                return Already(name, earlier, starter);
            var command = $"/incident run {name}" + (isProposed ? $" --{Proposed}" : "");
            var form = RunQuestions.Form($"Run {name}", context.Named(command), "Run", questions) with { About = definition?.Summary };
            var needed = questions.Where(question => question.Required).Select(question => question.Name + "=…");
            return new ChatReply(false, $"/incident run {name} {string.Join(' ', needed)}".TrimEnd(), Form: form);
        }

        var inputs = RunQuestions.Read(questions, typed);
        var start = await runs.Value.StartAsync(name, inputs, context.Incident, null, context.Caller, context.Key, isProposed, cancel);
        return start switch
        {
            RunStart.Started { Before: { } before } started => Already(name, started.Run, before),
            RunStart.Started started => Replies.Said($"Runbook {name} started: {started.Run}"),
            RunStart.NoSuchRunbook none => Replies.Refused(none.Sentence),
            RunStart.NotAllowed not => Replies.Refused(not.Sentence),
            RunStart.Invalid invalid => Replies.Refused(string.Join('\n', invalid.Problems.Select(Sentence))),
            _ => throw new InvalidOperationException($"No answer for {start.GetType().Name}."),
        };
    }

    /// <summary>What starts a proposal, without the incident for which it is started (<see cref="IncidentCard.Named(string, string)"/>).</summary>
    public static CardButton ButtonOf(ProposedRunbook proposed, ButtonStyle style) =>
        new($"Run {proposed.Runbook}", $"/incident run --ask {proposed.Runbook} --{Proposed}", style);

    private static ChatReply Already(string runbook, string run, string by) =>
        Replies.Refused($"Runbook {runbook} was started already, by {by}: {run}. To start another one, type /incident run {runbook}");

    // As in "severity 'x' is not valid. …": a form shows it at the input that it names.
    private static string Sentence(FieldProblem problem)
    {
        const string inputs = "inputs.";
        var name = problem.Field.StartsWith(inputs, StringComparison.Ordinal) ? problem.Field[inputs.Length..] : problem.Field;
        return name + (problem.Value is null ? " is not valid. " : $" '{problem.Value}' is not valid. ") + problem.Fix;
    }
}
