using System.Globalization;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Runbooks.Testing;

/// <summary>One case while it is played.</summary>
internal sealed class SimulatedCase
{
    // Beyond this a run does not end: it waits in circles.
    private const int MostMoves = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyDictionary<string, IStepAction> actions;
    private readonly RunbookSet books;
    private readonly RunbookDefinition definition;
    private readonly TestCase test;
    private readonly string run;
    private readonly DateTimeOffset start;
    private readonly VirtualTime clock;
    private readonly SimulatedLog log;
    private readonly SimulatedTarget target;
    private readonly SecretReader secrets;
    private readonly List<TestClick> clicks;
    private readonly List<CaseProblem> problems = [];
    private SimulatedProcess process;
    private RunDriver driver;
    private TimeSpan advance;
    private int moves;

    public SimulatedCase(
        IReadOnlyDictionary<string, IStepAction> actions,
        RunbookSet books,
        TestCase test,
        string run,
        DateTimeOffset start
    )
    {
        (this.actions, this.books, definition, this.test) = (actions, books, books.Root, test);
        (this.run, this.start) = (run, start);
        clock = new VirtualTime(start);
        log = new SimulatedLog(clock);
        target = new SimulatedTarget(test, clock, log);
        secrets = SimulatedSecrets.Of(
            definition,
            Given(secret: true).ToDictionary(entry => entry.Key, entry => Values.ToText(entry.Value), StringComparer.Ordinal)
        );
        clicks = [.. test.Clicks];
        advance = test.Advance;
        (process, driver) = NewProcess(1);
    }

    public CaseResult Run()
    {
        var (inputs, wrong) = InputResolver.Resolve(
            definition,
            Values.ToJson(new MapValue([.. Given(secret: false)])),
            test.Alert,
            test.Incident
        );
        if (inputs is not { } resolved)
            return Ended([.. wrong.Select(problem => Problem($"It could not start. {problem.Sentence}"))], null);
        var started = new RunFact.Started(
            definition.Name,
            definition.Hash,
            resolved,
            test.Incident,
            test.Alert,
            test.StartedBy,
            process.Node,
            1,
            books.Pinned,
            Bounded: true
        );
        var beginning = driver.Begin(run, started, books);
        foreach (var fact in beginning.Facts)
        {
            log.Append(run, fact);
            if (fact is RunFact.LocksWanted wanted)
                log.Append(run, new RunFact.LocksGranted(wanted.Scope));
        }

        Carry(beginning.Calls);
        if (problems.Count == 0)
            problems.AddRange(Expectations.Compare(test, log, target.Reached));
        foreach (var click in clicks)
            problems.Add(new CaseProblem(click.Line, click.Column, $"'{click.Word}' by {click.By} was never made: {Asked(click)}."));
        return Ended(problems, log.State);
    }

    private IEnumerable<KeyValuePair<string, object?>> Given(bool secret) =>
        (Values.From(test.Inputs) as MapValue ?? MapValue.Empty).Entries.Where(entry =>
            secret == definition.Inputs.Any(input => input.Name == entry.Key && input.Type is InputType.Secret)
        );

    // Carries the run on until it is over, or nothing that the case offers would.
    private void Carry(IReadOnlyList<StepCall> go)
    {
        while (problems.Count == 0)
        {
            log.Wake = null;
            var end = Drive(go);
            go = [];
            if (end is null)
            {
                TakeOver();
                continue;
            }

            // A run that is over goes on only if somebody has it go on from a step.
            if (end is DriveEnd.LetGo || !(Click() || (end is DriveEnd.Parked && Move())))
                return;
        }
    }

    /// <returns>Null if the process died.</returns>
    private DriveEnd? Drive(IReadOnlyList<StepCall> go)
    {
        var drive = driver.DriveAsync(log.State, books, go, new DriveMail(), CancellationToken.None, CancellationToken.None);
        while (!drive.IsCompleted && process.Alive)
        {
            if (++moves > MostMoves)
                return Stuck();
            if (!clock.FireNext() && !drive.Wait(Patience))
                throw new InvalidOperationException(
                    $"The engine waits for something that is no clock, answer or journal in '{test.Name}'."
                );
        }

        if (!process.Alive)
            return null;
        return drive.GetAwaiter().GetResult().End;
    }

    private DriveEnd Stuck()
    {
        problems.Add(Problem($"It does not end: after {log.Elapsed} of the test's clock it still goes on."));
        return DriveEnd.LetGo;
    }

    private void TakeOver()
    {
        clock.Forget();
        var (state, dead) = (log.State, process.Node);
        if (++moves > MostMoves)
            Stuck();
        (process, driver) = NewProcess(state.Epoch + 1);
        log.Append(run, new RunFact.TakenOver(process.Node, state.Epoch + 1, dead));
    }

    private (SimulatedProcess Process, RunDriver Driver) NewProcess(long epoch)
    {
        var fresh = new SimulatedProcess(log, target, test, "test-" + epoch.ToString(CultureInfo.InvariantCulture));
        var simulated = actions.Values.ToDictionary(
            action => action.Name,
            IStepAction (action) => new SimulatedAction(action, fresh, target),
            StringComparer.Ordinal
        );
        return (fresh, new RunDriver(fresh, simulated, fresh, fresh, fresh, clock, () => 0.5) { Secrets = secrets });
    }

    // The first decision that fits what is asked now.
    private bool Click()
    {
        foreach (var click in clicks)
        {
            if (click.After > log.Elapsed || !IsAsked(click))
                continue;
            clicks.Remove(click);
            var made = Made(click);
            var (refusal, fact) = NotAllowed(click) is { } not ? (not, null) : DecisionRule.Decide(books, log.State, made, process.Node);
            Say(click, refusal);
            if (fact is null)
                return Click();
            log.Append(run, fact);
            return true;
        }

        return false;
    }

    private static DecisionMade Made(TestClick click) =>
        new(
            click.Step,
            click.Decision ?? RunDecision.Stop,
            click.By,
            null,
            click.Reason ?? (click.Decision is null ? "cancelled by the test" : null),
            click.Answers
        );

    // Asked, or to be said without being asked: to stop, to skip, that it was done by hand.
    private bool IsAsked(TestClick click) =>
        log.State.WaitAt(click.Step) is not (null or { Kind: WaitKind.Time })
        || DecisionRule.Refusal(books, log.State, Made(click)) is null;

    private string? NotAllowed(TestClick click) =>
        log.State.WaitAt(click.Step) is { From.Count: > 0 } wait
        && !wait.From.Intersect(click.Groups, StringComparer.OrdinalIgnoreCase).Any()
            ? DecisionRule.NotAmong(wait.From)
            : null;

    private void Say(TestClick click, string? refusal) =>
        log.Tell(
            CaseEventKind.Click,
            $"{click.By}: {click.Word}{(click.Step.Length > 0 ? " " + click.Step : "")}" + (refusal is null ? "" : $". Refused: {refusal}")
        );

    // Waits for time cost nothing; a wait for people costs what the case says that they let pass.
    private bool Move()
    {
        if (++moves > MostMoves)
        {
            Stuck();
            return false;
        }

        var click = clicks.Where(IsAsked).Min(click => click.After) is { } after ? start + after : (DateTimeOffset?)null;
        var forPeople = log.State.WaitingFor.Any(waiting => waiting.Wait.Kind is not WaitKind.Time);
        var next = log.Wake is { } wake && (click is null || wake < click) ? wake : click;
        if (next is not { } due)
            return false;
        if (forPeople && due != click)
        {
            var length = due - clock.GetUtcNow();
            if (length > advance)
                return false;
            advance -= length;
        }

        clock.MoveTo(due);
        return true;
    }

    private string Asked(TestClick click) =>
        log.State.Steps.GetValueOrDefault(click.Step) is { } step
            ? $"the step '{click.Step}' is {Words.Of(step.Outcome)}"
            : $"the step '{click.Step}' was not reached";

    private CaseProblem Problem(string message) => new(test.Line, 1, message);

    private CaseResult Ended(IReadOnlyList<CaseProblem> found, RunState? run) =>
        new(test, [.. found.OrderBy(problem => problem.Line)], log.Events, run, target.Reached);
}
