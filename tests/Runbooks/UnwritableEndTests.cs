using System.Text.Json;
using Bot.Log;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Tests.Runbooks;

/// <summary>Whatever comes of an attempt is on the log, if need be without what it brought: else its target is called again, and again.</summary>
public sealed class UnwritableEndTests
{
    private const string Because = "somebody has sold the letter e";

    [Fact]
    public async Task An_end_that_the_journal_cannot_write_is_recorded_without_its_outputs()
    {
        var bench = new OneRun(fact => fact is RunFact.StepEnded ended && ended.Outputs?.ToString().Contains("moves") == true);

        (await bench.DriveAsync()).Steps["first"].Outcome.ShouldBe(StepOutcome.Success);

        bench.Calls.ShouldBe(2);
        var first = bench.State.Steps["first"];
        Should
            .Throw<ExpressionException>(() => Values.ToText(KeptValues.Of(first.Outputs, first.Masked, first.Cut, "steps.first.outputs")))
            .Message.ShouldBe($"'steps.first.outputs' cannot be written to the log and was not kept: {Because}");
        bench.Lines.ShouldContain($"the result cannot be written to the log and was not kept: {Because}");
    }

    [Fact]
    public async Task What_follows_from_an_end_and_cannot_be_written_leaves_the_end_on_the_log()
    {
        var bench = new OneRun(fact => fact is RunFact.StepStarted { Step: "second" });

        (await Should.ThrowAsync<InvalidOperationException>(bench.DriveAsync)).Message.ShouldContain(Because);

        bench.Calls.ShouldBe(1);
        bench.State.Steps["first"].Outcome.ShouldBe(StepOutcome.Success);
    }

    [Fact]
    public async Task Of_several_ends_at_once_only_the_one_that_cannot_be_written_loses_its_outputs()
    {
        var bench = new OneRun(
            fact => fact is RunFact.StepEnded ended && ended.Outputs?.ToString().Contains("moves") == true,
            """
            runbook: r
            steps:
              - parallel:
                  - { id: second, uses: test/moves@1 }
                  - { id: first, uses: test/moves@1 }
                  - { id: third, uses: test/moves@1 }
            """
        );

        var steps = (await bench.DriveAsync()).Steps;

        bench.AtOnce.ShouldBe(3);
        bench.Calls.ShouldBe(3);
        steps["first"].Cut.ShouldHaveSingleItem();
        foreach (var other in (string[])["second", "third"])
        {
            steps[other].Cut.ShouldBeEmpty();
            steps[other].Outputs!.Value.GetString().ShouldBe("stays");
        }
    }

    [Fact]
    public void A_fact_without_a_form_is_told_from_a_log_that_is_away()
    {
        var half = new RunFact.StepEnded("s", 1, StepOutcome.Success, null, JsonElement.Parse("""{"a":"\ud800"}"""), null, null);

        Should.Throw<UnwritableFactException>(() => FactCatalog.Write(half)).Message.ShouldContain("surrogate");
        FactCatalog.Write(Shown.Of(half, SecretMask.None, RunRoom.MostOfOne)).Length.ShouldBePositive();
    }

    private sealed class OneRun : IRunJournal, IStepAction, IScriptRunner, IOutputSink, IRunSurroundings
    {
        private const string TwoSteps = """
            runbook: r
            steps:
              - { id: first, uses: test/moves@1 }
              - { id: second, uses: test/moves@1 }
            """;

        private readonly Func<RunFact, bool> refuses;
        private readonly string runbook;

        internal OneRun(Func<RunFact, bool> refuses, string runbook = TwoSteps) => (this.refuses, this.runbook) = (refuses, runbook);

        public RunState State { get; private set; } = null!;

        public int Calls { get; private set; }

        /// <summary>How many ends the journal was given at once, at most.</summary>
        public int AtOnce { get; private set; }

        public List<string> Lines { get; } = [];

        public string Name => "test/moves@1";

        public string Summary => "Moves.";

        public Type Arguments => typeof(Nothing);

        public ActionGuide Guide => new(typeof(NoResult), []);

        public bool MayAct => true;

        public async Task<RunState> DriveAsync()
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
            return (
                await driver.DriveAsync(State, books, beginning.Calls, new DriveMail(), CancellationToken.None, CancellationToken.None)
            ).State;
        }

        public Task<JournalAnswer> AppendAsync(RunState seen, IReadOnlyList<RunFact> facts, DateTimeOffset? wake, CancellationToken cancel)
        {
            AtOnce = Math.Max(AtOnce, facts.Count(fact => fact is RunFact.StepEnded { Number: > 0 }));
            if (facts.FirstOrDefault(refuses) is { } refused)
                return Task.FromResult<JournalAnswer>(new JournalAnswer.Unwritable(refused, Because));
            State = facts.Aggregate(State, (state, fact) => RunState.Evolve(state.Id, state, fact, TimeProvider.System.GetUtcNow()));
            return Task.FromResult<JournalAnswer>(new JournalAnswer.Appended(State));
        }

        public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

        public string Describe(JsonElement with) => "moves";

        public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
        {
            Calls++;
            return Task.FromResult<ActionResult>(ActionResult.Success(call.Step == "first" ? "moves" : "stays"));
        }

        public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null) => Lines.Add(text);

        public bool IsGone(string node) => false;

        public Task<string?> AlertStateAsync(JsonElement alert, CancellationToken cancel) => Task.FromResult<string?>(null);

        public Task<ActionResult> RunAsync(ScriptCall call, Func<StepProcess, Task<bool>> started, CancellationToken cancel) =>
            throw new InvalidOperationException("It has no script.");

        public Task<bool> EndLeftoverAsync(ScriptLeftover left, CancellationToken cancel) => Task.FromResult(true);
    }

    private sealed record Nothing;
}
