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
    private const string RunId = "run-test";

    // Beyond this a run does not end: it waits in circles.
    private const int MostMoves = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyDictionary<string, IStepAction> actions;
    private readonly RunbookDefinition definition;
    private readonly TestCase test;
    private readonly VirtualTime clock = new(Simulator.Start);
    private readonly SimulatedLog log;
    private readonly SimulatedTarget target;
    private readonly SecretReader secrets;
    private readonly List<TestClick> clicks;
    private readonly List<CaseProblem> problems = [];
    private SimulatedProcess process;
    private RunDriver driver;
    private TimeSpan advance;
    private int moves;

    public SimulatedCase(IReadOnlyDictionary<string, IStepAction> actions, RunbookDefinition definition, TestCase test)
    {
        (this.actions, this.definition, this.test) = (actions, definition, test);
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
            return Ended([.. wrong.Select(problem => Problem($"It could not start. {problem.Field}: {problem.Fix}"))], null);
        var started = new RunFact.Started(
            definition.Name,
            definition.Hash,
            resolved,
            test.Incident,
            test.Alert,
            test.StartedBy,
            process.Node,
            1
        );
        var facts = driver.Begin(RunId, started, definition, out var go);
        foreach (var fact in facts)
            log.Append(RunId, fact);
        Carry(go);
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
    private void Carry(StepCall? go)
    {
        while (problems.Count == 0)
        {
            log.Wake = null;
            var end = Drive(go);
            go = null;
            if (end is null)
            {
                TakeOver();
                continue;
            }

            if (end is not DriveEnd.Parked || !(Click() || Move()))
                return;
        }
    }

    /// <returns>Null if the process died.</returns>
    private DriveEnd? Drive(StepCall? go)
    {
        var drive = driver.DriveAsync(log.State, definition, go, () => CancellationToken.None, CancellationToken.None);
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
        log.Append(RunId, new RunFact.TakenOver(process.Node, state.Epoch + 1, dead));
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
            if (click.Decision is not { } decision)
            {
                Say(click, null);
                log.Append(RunId, new RunFact.CancelRequested(click.By, click.Reason ?? "cancelled by the test"));
                return true;
            }

            var wait = log.State.Steps[click.Step].Wait!;
            var refusal = Refusal(click, decision, wait);
            Say(click, refusal);
            if (refusal is not null)
                return Click();
            log.Append(RunId, new RunFact.Decided(click.Step, decision, click.By, click.Reason, wait.Hash, click.Answers));
            return true;
        }

        return false;
    }

    private bool IsAsked(TestClick click) =>
        click.Decision is null || log.State.Steps.GetValueOrDefault(click.Step)?.Wait is not (null or { Kind: WaitKind.Time });

    private string? Refusal(TestClick click, RunDecision decision, StepWait wait)
    {
        if (DecisionRule.Refusal(log.State, click.Step, decision, wait.Hash) is { } refusal)
            return refusal;
        if (wait.From.Count > 0 && !wait.From.Intersect(click.Groups, StringComparer.OrdinalIgnoreCase).Any())
            return DecisionRule.NotAmong(wait.From);
        return decision is RunDecision.Approve && click.By == test.StartedBy && definition.Step(click.Step)?.Approve is { Self: false }
            ? DecisionRule.NotSelf
            : null;
    }

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

        var click = clicks.Where(IsAsked).Min(click => click.After) is { } after ? Simulator.Start + after : (DateTimeOffset?)null;
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
