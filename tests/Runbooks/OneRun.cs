using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;

namespace Tests.Runbooks;

/// <summary>Drives one run for real, of a runbook of calls of <c>test/moves@1</c>; all around it is made up.</summary>
internal sealed class OneRun : IRunJournal, IStepAction, IScriptRunner, IOutputSink, IRunSurroundings
{
    /// <summary>Why the journal refuses a fact.</summary>
    public const string Because = "somebody has sold the letter e";

    private const string TwoSteps = """
        runbook: r
        steps:
          - { id: first, uses: test/moves@1 }
          - { id: second, uses: test/moves@1 }
        """;

    private readonly Func<RunFact, bool> refuses;
    private readonly string runbook;
    private readonly Func<ActionCall, object> answers;

    /// <param name="answers">Results, or what came instead; of the step <c>first</c> it is "moves", of others "stays", where nothing else is said.</param>
    internal OneRun(Func<RunFact, bool>? refuses = null, string runbook = TwoSteps, Func<ActionCall, object>? answers = null)
    {
        this.refuses = refuses ?? (_ => false);
        this.runbook = runbook;
        this.answers = answers ?? (call => call.Step == "first" ? "moves" : "stays");
    }

    public RunState State { get; private set; } = null!;

    public DriveEnd? End { get; private set; }

    public int Calls { get; private set; }

    /// <summary>How many ends the journal was given at once, at most.</summary>
    public int AtOnce { get; private set; }

    public List<string> Lines { get; } = [];

    /// <summary>Those of them that came as errors.</summary>
    public List<string> Errors { get; } = [];

    public string Name => "test/moves@1";

    public string Summary => "Moves.";

    public Type Arguments => typeof(Nothing);

    public ActionGuide Guide => new(typeof(NoResult), []);

    public bool MayAct => true;

    public StepEffect Effect { get; init; } = StepEffect.Once;

    /// <summary>What each call does, in place of an answer.</summary>
    public Func<ActionCall, CancellationToken, Task<ActionResult>>? Does { get; init; }

    public async Task<RunState> DriveAsync(CancellationToken stop = default)
    {
        var actions = new Dictionary<string, IStepAction>(StringComparer.Ordinal) { [Name] = this };
        var (definition, problems) = new RunbookReader(actions).Read(runbook);
        var (books, _) = RunbookSet.Gather(
            definition.ShouldNotBeNull(string.Join('\n', problems)),
            new Dictionary<string, RunbookDefinition>(StringComparer.Ordinal)
        );
        var driver = new RunDriver(this, actions, this, this, this, TimeProvider.System, () => 0);
        var started = new RunFact.Started("r", "hash", JsonElement.Parse("{}"), null, null, "user:ann", "one", 1, books!.Pinned);
        var beginning = driver.Begin("run-1", started, books);
        State = beginning.State;
        (End, var last) = await driver.DriveAsync(State, books, beginning.Calls, new DriveMail(), CancellationToken.None, stop);
        return last;
    }

    public Task<JournalAnswer> AppendAsync(RunState seen, IReadOnlyList<RunFact> facts, DateTimeOffset? wake, CancellationToken cancel)
    {
        AtOnce = Math.Max(AtOnce, facts.Count(fact => fact is RunFact.StepEnded { Number: > 0 }));
        if (facts.FirstOrDefault(refuses) is { } refused)
            return Task.FromResult<JournalAnswer>(new JournalAnswer.Unwritable(refused, Because));
        State = facts.Aggregate(State, (state, fact) => RunState.Evolve(state.Id, state, fact, TimeProvider.System.GetUtcNow()));
        return Task.FromResult<JournalAnswer>(new JournalAnswer.Appended(State));
    }

    public StepEffect EffectOf(JsonElement with) => Effect;

    public string Describe(JsonElement with) => "moves";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        Calls++;
        if (Does is not null)
            return Does(call, cancel);
        return Task.FromResult(answers(call) is var answer && answer is ActionResult given ? given : ActionResult.Success(answer));
    }

    public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null)
    {
        Lines.Add(text);
        if (stream is StepOutput.Error)
            Errors.Add(text);
    }

    public bool IsGone(string node) => false;

    public Task<string?> AlertStateAsync(JsonElement alert, CancellationToken cancel) => Task.FromResult<string?>(null);

    public Task<ActionResult> RunAsync(ScriptCall call, Func<StepProcess, Task<bool>> started, CancellationToken cancel) =>
        throw new InvalidOperationException("It has no script.");

    public Task<bool> EndLeftoverAsync(ScriptLeftover left, CancellationToken cancel) => Task.FromResult(true);

    private sealed record Nothing;
}
