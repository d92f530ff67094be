using System.Text.Json;
using Bot.Access;
using Bot.Cli.Runbooks;
using Bot.Desk;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Testing;

namespace Bot.Cli.DemoData;

/// <summary>
/// A run as it would have gone: the runbook's own test says what the targets answer, the engine plays it on a clock of its own,
/// and the desk journals it fact by fact.
/// </summary>
internal sealed class DemoRun(
    IDesk desk,
    RunbookShelf shelf,
    Definitions definitions,
    NodeLease node,
    IOutputSink output,
    IIdSource ids,
    DemoClock clock,
    DemoChance chance
)
{
    private const int MostShown = 200;

    private RunState? state;

    /// <summary>Null until the run is over.</summary>
    public RunPhase? End => state is { IsOver: true } over ? over.Phase : null;

    /// <summary>Labels of the alert in the runbook's own test.</summary>
    /// <returns>Null where the runbook or its test is not there.</returns>
    public async Task<IReadOnlyDictionary<string, string>?> LabelsAsync(string runbook, CancellationToken cancel) =>
        await CasesAsync(runbook, cancel) is [{ Alert: { } alert }, ..]
            ? alert.GetProperty("labels").Deserialize<Dictionary<string, string>>()
            : null;

    /// <param name="approvers">Who decides what the runbook asks; empty: nobody does.</param>
    public async IAsyncEnumerable<TimeSpan> GoAsync(
        string runbook,
        int incident,
        AlertRow alert,
        Actor by,
        IReadOnlyList<string> approvers,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel = default
    )
    {
        var books = shelf.FindSet(runbook)!;
        var cases = await CasesAsync(runbook, cancel);
        // Mostly it goes as it should.
        var played = approvers.Count == 0 || chance.In(80) ? cases[0] : chance.Of(cases);
        var id = "run-" + ids.NewId();
        var began = clock.GetUtcNow();
        var result = new Simulator(definitions.Actions).Play(books, Of(played, books.Root, incident, alert, by, approvers), id, began);
        var facts = result
            .Events.Where(happened => happened.Fact is not null)
            .Select(happened => (happened.At, Fact: happened.Fact!))
            .ToList();
        await definitions.KeepAsync(books, cancel);
        var started = (RunFact.Started)facts[0].Fact with { Node = node.Name };
        state = RunState.Evolve(id, null, started, began);
        await desk.SubmitAsync(new StartRunWork(id, new RunBeginning([started], state, [], null), by), cancel);
        foreach (var (at, fact) in facts.Skip(1))
        {
            if (began + at - clock.GetUtcNow() is var pause && pause > TimeSpan.Zero)
                yield return pause;
            if (fact is RunFact.Decided decided)
                await DecideAsync(books, decided, cancel);
            // Locks are answered by the desk itself.
            else if (fact is not (RunFact.LocksGranted or RunFact.LocksRefused))
                await AppendAsync(fact is RunFact.TakenOver taken ? taken with { Node = node.Name, From = node.Name } : fact, cancel);
        }
    }

    private async Task AppendAsync(RunFact fact, CancellationToken cancel)
    {
        var wake = fact is RunFact.StepWaits waits ? waits.Remind ?? waits.Until : null;
        var answer = await desk.SubmitAsync(new AppendRunWork(state!, [fact], wake), cancel);
        // A decision came between: it was ours.
        if (answer is JournalAnswer.Changed changed)
            answer = await desk.SubmitAsync(new AppendRunWork(changed.State, [fact], wake), cancel);
        state = answer is JournalAnswer.Appended appended
            ? appended.State
            : throw new InvalidOperationException($"{state!.Id}: {fact.GetType().Name} was refused: {answer.GetType().Name}.");
        if (fact is RunFact.StepEnded { Outputs: { ValueKind: JsonValueKind.Object } outputs } ended)
        {
            foreach (var one in outputs.EnumerateObject())
                output.Write(state.Id, ended.Step, "stdout", Cut($"{one.Name}={one.Value}"));
        }
    }

    private async Task DecideAsync(global::Runbooks.Definition.RunbookSet books, RunFact.Decided decided, CancellationToken cancel)
    {
        var by = new Caller(Actor.Parse(decided.By), Role.Approver, state!.WaitAt(decided.Step)?.From ?? []);
        var made = new DecisionMade(decided.Step, decided.Decision, decided.By, decided.Hash, decided.Reason, decided.Answers);
        var (refusal, _) = await desk.SubmitAsync(new DecideRunWork(state.Id, books, made, by, node.Name), cancel);
        if (refusal is not null)
            throw new InvalidOperationException($"{state.Id}: {refusal}");
    }

    // The case with this alert and these people; targets take their time, people too.
    private TestCase Of(
        TestCase played,
        global::Runbooks.Definition.RunbookDefinition definition,
        int incident,
        AlertRow alert,
        Actor by,
        IReadOnlyList<string> approvers
    )
    {
        var names = played.Clicks.Select(click => click.By).Distinct(StringComparer.Ordinal).ToList();
        var answers = definition
            .ById.Keys.Union(played.Answers.Keys)
            .ToDictionary(
                path => path,
                IReadOnlyList<TestAnswer> (path) =>
                    [.. (played.Answers.GetValueOrDefault(path) ?? [TestAnswer.Nothing]).Select(one => one with { Slow = Slow(one) })],
                StringComparer.Ordinal
            );
        var after = chance.Minutes(1, 6);
        return played with
        {
            Alert = RunAlert.Of(alert),
            Resolves = null,
            Incident = incident,
            StartedBy = by.ToString(),
            Answers = answers,
            Clicks =
                approvers.Count == 0
                    ? []
                    :
                    [
                        .. played.Clicks.Select(click =>
                            click with
                            {
                                By = Actor.User(approvers[names.IndexOf(click.By) % approvers.Count]).ToString(),
                                After = after,
                            }
                        ),
                    ],
            Advance = approvers.Count == 0 ? TimeSpan.Zero : TimeSpan.FromHours(1),
        };
    }

    private TimeSpan Slow(TestAnswer answer) => answer.Fault is null && answer.Slow == TimeSpan.Zero ? chance.Seconds(0.1, 4) : answer.Slow;

    private async Task<IReadOnlyList<TestCase>> CasesAsync(string runbook, CancellationToken cancel)
    {
        if (shelf.All.FirstOrDefault(one => one.Definition?.Name == runbook) is not { Definition: { } definition } shelved)
            return [];
        var file = RunbookFiles.TestOf(shelved.Path);
        if (!File.Exists(file) || TestReader.Read(await File.ReadAllTextAsync(file, cancel), definition).Test is not { } test)
            return [];
        // What a dying process leaves is for tests; and without a decision there is nothing to wait for.
        return
        [
            .. test.Cases.Where(one => one.Alert is not null && !one.Answers.Values.Any(answers => answers.Any(answer => answer.Crashes))),
        ];
    }

    private static string Cut(string text) => text.Length > MostShown ? text[..(MostShown - 1)] + "…" : text;
}
