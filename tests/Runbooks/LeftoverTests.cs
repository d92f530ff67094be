using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;

namespace Tests.Runbooks;

/// <summary>What a script of a dead process has left alive is known to whoever decides on its step.</summary>
public sealed class LeftoverTests
{
    private const string Living = "these live on: 4711 sleep";

    [Fact]
    public async Task Whoever_is_asked_whether_it_happened_is_told_what_lives_on()
    {
        var state = await new TakenOver(Script("once")).DriveAsync();

        var step = state.Steps["work"];
        step.Wait.ShouldNotBeNull().Kind.ShouldBe(WaitKind.Unknown);
        step.Wait.Text.ShouldContain("; " + Living);
    }

    [Fact]
    public async Task A_step_that_is_made_again_beside_it_says_so()
    {
        var state = await new TakenOver(Script("idempotent")).DriveAsync();

        var attempts = state.Steps["work"].Attempts;
        attempts.Count.ShouldBe(2);
        attempts[0].Because.ShouldNotBeNull().ShouldEndWith("; " + Living);
        state.Steps["work"].Outcome.ShouldBe(StepOutcome.Success);
    }

    [Fact]
    public async Task A_script_is_not_made_again_beside_one_that_could_not_be_ended()
    {
        var state = await new TakenOver(Script("idempotent")) { LeftMayAct = true }.DriveAsync();

        var step = state.Steps["work"];
        step.Attempts.ShouldHaveSingleItem();
        step.Wait.ShouldNotBeNull().Kind.ShouldBe(WaitKind.Unknown);
        step.Wait.Text.ShouldContain("; " + Living);
    }

    [Theory]
    [InlineData(true, "the check does not see its effect")]
    [InlineData(false, null)]
    public async Task A_look_does_not_say_that_it_will_not_happen_while_somebody_may_still_act(bool runs, string? asked)
    {
        var remote = new Remote(runs);
        var state = await new TakenOver(
            "{ id: work, uses: test/remote@1, effect: once, check: { uses: test/look@1, with: {}, done-when: 'false', settle: 0s, authoritative: true } }",
            remote,
            new Look()
        ).DriveAsync();

        var step = state.Steps["work"];
        remote.Ended.ShouldBe([new StepProcess("machine", 4710, 1)]);
        if (asked is null)
        {
            step.Attempts.Count.ShouldBe(2);
            step.Outcome.ShouldBe(StepOutcome.Success);
        }
        else
        {
            step.Attempts.ShouldHaveSingleItem();
            step.Wait.ShouldNotBeNull().Text.ShouldContain(asked);
            step.Wait.Text.ShouldContain("4711 sh could not be ended");
        }
    }

    [Fact]
    public async Task What_is_seen_to_have_ended_is_decided_although_its_process_may_only_be_silent()
    {
        var state = await new TakenOver("{ id: work, uses: test/remote@1, effect: once }", new Remote(runs: false))
        {
            IsSilent = true,
        }.DriveAsync();

        var step = state.Steps["work"];
        step.Attempts.ShouldHaveSingleItem().HasEnded.ShouldBeTrue();
        step.Wait.ShouldNotBeNull().Kind.ShouldBe(WaitKind.Unknown);
    }

    [Fact]
    public async Task A_script_that_could_not_be_ended_at_its_time_is_not_made_again_beside_itself()
    {
        var state = await new TakenOver("{ id: work, run: 'true', effect: idempotent, retry: { attempts: 3, delay: 1ms } }")
        {
            CannotBeEnded = true,
        }.DriveAsync();

        var step = state.Steps["work"];
        step.Attempts.Count.ShouldBe(2);
        step.Wait.ShouldNotBeNull().Kind.ShouldBe(WaitKind.Unknown);
        step.Wait.Text.ShouldContain("4720 sh could not be ended");
    }

    [Fact]
    public async Task Who_cannot_look_for_an_earlier_attempt_that_may_still_act_says_so()
    {
        var state = await new TakenOver(
            "{ id: work, uses: test/remote@1, effect: idempotent, i-accept: a test }",
            new Remote(runs: true) { Fails = true }
        ).DriveAsync();

        var step = state.Steps["work"];
        step.Attempts[1].Because.ShouldBe("nobody answers; of attempt 1: 4711 sh could not be ended; what came of attempt 1 nobody knows");
        step.Wait.ShouldNotBeNull().Kind.ShouldBe(WaitKind.Unknown);
    }

    [Fact]
    public async Task What_a_check_says_is_about_the_attempt_whose_answer_was_lost_and_not_about_one_that_got_nowhere()
    {
        var state = await new TakenOver(
            "{ id: work, uses: test/remote@1, effect: idempotent, i-accept: a test, check: { uses: test/look@1, with: {}, done-when: 'true', settle: 0s } }",
            new Remote(runs: false) { Fails = true },
            new Look()
        ).DriveAsync();

        var step = state.Steps["work"];
        step.Outcome.ShouldBe(StepOutcome.Success);
        step.Attempts.Select(attempt => attempt.Outcome).ShouldBe([StepOutcome.Success, StepOutcome.Unknown]);
        step.Attempts[1].Class.ShouldBe(FailureClass.NotSent);
    }

    [Fact]
    public async Task Nothing_is_undone_beside_one_that_may_still_act_whatever_was_decided_about_the_step()
    {
        var run = new TakenOver(
            "{ id: work, uses: test/remote@1, effect: once, undo: { uses: test/look@1, with: {} } }",
            new Remote(runs: true) { Fails = true },
            new Look()
        );
        await run.DriveAsync();

        var state = await run.DriveAsync(new RunFact.Decided("work", RunDecision.RunAgain, "user:ann", "it did not happen", null, null));

        state.Steps["work"].Outcome.ShouldBe(StepOutcome.Failure);
        var undo = state.Steps["work.undo"];
        undo.Attempts.ShouldBeEmpty();
        undo.Wait.ShouldNotBeNull().Text.ShouldContain("Before it is undone: did it happen?");
        undo.Wait.Text.ShouldContain("of attempt 1: ");
        undo.Wait.Text.ShouldContain("4711 sh could not be ended");
    }

    // What is there already, by its mark or because an answer was lost, is of what was done with the old ones.
    [Theory]
    [InlineData(true, "run-1/work#1")]
    [InlineData(false, "run-1/work")]
    public async Task What_is_done_with_other_inputs_is_another_round(bool changes, string round)
    {
        var host = new Host();
        var run = new TakenOver(
            "{ id: work, uses: test/host@1, effect: once, with: { name: '${{ inputs.host }}' } }\ninputs: { host: {} }",
            host
        );
        await run.DriveAsync();
        var changed = new RunFact.InputsChanged("user:ann", null, JsonElement.Parse($$"""{"{{(changes ? "host" : "other")}}":"b"}"""));

        await run.DriveAsync(changed, new RunFact.Decided("work", RunDecision.RunAgain, "user:ann", null, null, null));

        var call = host.Calls.ShouldHaveSingleItem();
        (call.Round, call.LostSince is null).ShouldBe((round, changes));
    }

    private static string Script(string effect) => $"{{ id: work, run: 'true', effect: {effect} }}";

    private sealed class Remote(bool runs) : Test("remote", StepEffect.Once), ILeavesRunning
    {
        public List<StepProcess> Ended { get; } = [];

        public bool Fails { get; init; }

        public override Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
            Fails
                ? Task.FromResult<ActionResult>(new ActionResult.Failed(FailureClass.NotSent, "nobody answers."))
                : base.RunAsync(call, cancel);

        public Task EndLeftAsync(ActionCall call, CancellationToken cancel)
        {
            Ended.AddRange(call.Earlier);
            if (runs)
                call.Left.Runs("4711 sh could not be ended");
            return Task.CompletedTask;
        }
    }

    private sealed class Look() : Test("look", StepEffect.Read);

    private sealed class Host() : Test("host", StepEffect.Once)
    {
        public List<ActionCall> Calls { get; } = [];

        public override Type Arguments => typeof(Named);

        public override Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
        {
            Calls.Add(call);
            return base.RunAsync(call, cancel);
        }

        private sealed record Named(string? Name = null);
    }

    private abstract class Test(string verb, StepEffect effect) : IStepAction
    {
        public string Name => $"test/{verb}@1";

        public string Summary => "Stands for one.";

        public virtual Type Arguments => typeof(Nothing);

        public ActionGuide Guide { get; } = new(typeof(Nothing), [], "");

        public StepEffect EffectOf(JsonElement with) => effect;

        public string Describe(JsonElement with) => verb;

        public virtual Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
            Task.FromResult<ActionResult>(ActionResult.Success(new Nothing()));

        private sealed record Nothing;
    }

    private sealed class TakenOver : IRunJournal, IScriptRunner, IOutputSink, IRunSurroundings
    {
        private readonly string step;
        private readonly Dictionary<string, IStepAction> actions;
        private RunState state = null!;
        private RunbookSet books = null!;

        internal TakenOver(string step, params IEnumerable<IStepAction> actions) =>
            (this.step, this.actions) = (step, actions.ToDictionary(action => action.Name, StringComparer.Ordinal));

        public bool MayAct => true;

        public bool LeftMayAct { get; init; }

        public bool IsSilent { get; init; }

        public bool CannotBeEnded { get; init; }

        public async Task<RunState> DriveAsync()
        {
            var (definition, problems) = new RunbookReader(actions).Read(
                $$"""
                runbook: r
                steps:
                  - {{step}}
                """
            );
            books = RunbookSet
                .Gather(
                    definition.ShouldNotBeNull(string.Join('\n', problems)),
                    new Dictionary<string, RunbookDefinition>(StringComparer.Ordinal)
                )
                .Set!;
            var started = new RunFact.Started("r", "hash", JsonElement.Parse("{}"), null, null, "user:ann", "one", 1, books.Pinned);
            state = Driver.Begin("run-1", started, books).State;
            return await DriveAsync(new RunFact.ProcessStarted("work", 1, "machine", 4710, 1), new RunFact.TakenOver("two", 2, "two"));
        }

        /// <summary>It goes on from what others wrote.</summary>
        public async Task<RunState> DriveAsync(params IReadOnlyList<RunFact> facts)
        {
            await AppendAsync(state, facts, null, default);
            return (await Driver.DriveAsync(state, books, [], new DriveMail(), CancellationToken.None, CancellationToken.None)).State;
        }

        private RunDriver Driver => new(this, actions, this, this, this, TimeProvider.System, () => 0);

        public Task<JournalAnswer> AppendAsync(RunState seen, IReadOnlyList<RunFact> facts, DateTimeOffset? wake, CancellationToken cancel)
        {
            state = facts.Aggregate(state, (known, fact) => RunState.Evolve(known.Id, known, fact, TimeProvider.System.GetUtcNow()));
            return Task.FromResult<JournalAnswer>(new JournalAnswer.Appended(state));
        }

        public Task<bool> EndLeftoverAsync(ScriptLeftover left, CancellationToken cancel)
        {
            left.LivesOn(Living, LeftMayAct);
            return Task.FromResult(true);
        }

        public async Task<ActionResult> RunAsync(ScriptCall call, Func<StepProcess, Task<bool>> started, CancellationToken cancel)
        {
            await started(new StepProcess("machine", 4720, 2));
            if (!CannotBeEnded)
                return call.Ended(0, JsonElement.Parse("{}"));
            call.Left.Runs("4720 sh could not be ended");
            return new ActionResult.Failed(FailureClass.Unknown, "no answer within 1s");
        }

        public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null) { }

        public bool IsGone(string node) => !IsSilent;

        public Task<string?> AlertStateAsync(JsonElement alert, CancellationToken cancel) => Task.FromResult<string?>(null);
    }
}
