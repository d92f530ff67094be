using Runbooks.Actions;
using Runbooks.Running;

namespace Tests.Runbooks;

/// <summary>A process that may not act any more lets a run go: what it knows is written, what it cut off is left open.</summary>
public sealed class CutDriveTests : IDisposable
{
    private readonly CancellationTokenSource stop = new();

    public void Dispose() => stop.Dispose();

    [Fact]
    public async Task A_call_that_is_cut_off_is_left_open()
    {
        var bench = new OneRun(answers: _ =>
        {
            stop.Cancel();
            throw new OperationCanceledException();
        });

        await bench.DriveAsync(stop.Token);

        bench.End.ShouldBe(DriveEnd.LetGo);
        bench.State.Steps["first"].Open.ShouldNotBeNull();
        bench.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_call_that_was_cut_off_before_it_got_anywhere_is_made_by_whoever_goes_on()
    {
        var bench = new OneRun(answers: _ =>
        {
            stop.Cancel();
            return new ActionResult.Failed(FailureClass.NotSent, "the host could not be reached in time");
        });

        await bench.DriveAsync(stop.Token);

        bench.End.ShouldBe(DriveEnd.LetGo);
        bench.State.IsOver.ShouldBeFalse();
        var attempt = bench.State.Steps["first"].Attempts.ShouldHaveSingleItem();
        attempt.Because.ShouldBe("handed back before it began");
    }

    [Fact]
    public async Task What_was_answered_is_written_and_nothing_begins_after_it()
    {
        var bench = new OneRun(answers: _ =>
        {
            stop.Cancel();
            return "moves";
        });

        await bench.DriveAsync(stop.Token);

        bench.End.ShouldBe(DriveEnd.LetGo);
        bench.State.Steps["first"].Outcome.ShouldBe(StepOutcome.Success);
        bench.State.Steps.ShouldNotContainKey("second");
        bench.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_run_that_sleeps_until_it_has_to_look_again_is_let_go()
    {
        var bench = new OneRun(
            runbook: """
            runbook: r
            steps:
              - { id: first, uses: test/moves@1, verify: true, check: { uses: test/moves@1, settle: 1h, done-when: result == 'done' } }
            """
        );
        var driving = bench.DriveAsync(stop.Token);
        driving.IsCompleted.ShouldBeFalse();

        await stop.CancelAsync();

        await driving;
        bench.End.ShouldBe(DriveEnd.LetGo);
        bench.State.IsOver.ShouldBeFalse();
    }
}
