using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>The run that a walk makes up: in memory only, with the calls that read made for real, each within its time.</summary>
internal sealed class WalkedRun(RunDriver driver, RunbookSet books, RunState start, DrillScope? drill)
{
    // Somebody sits before a plan, and what a step waits for does not come by one.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StepCaller caller = new(driver.Scripts, new Nowhere(), driver.Secrets, artifacts: null, driver.Time);

    public RunState State { get; private set; } = start;

    /// <summary>Why nothing is asked any more; null: it is.</summary>
    public string? TimeIsOver => driver.Time.GetUtcNow() >= drill?.Until ? "the time of the drill was over" : null;

    public PlanView View() =>
        driver.View(books, State, driver.Time.GetUtcNow(), RunDriver.AlertStateOf(State), path => State.Steps.ContainsKey(path));

    public void Record(RunFact fact) => State = RunState.Evolve(State.Id, State, fact, driver.Time.GetUtcNow());

    /// <returns>
    /// What came of it, as it may be shown, and whether a run would try it again; whether there was an answer; and why that says nothing, where a drill had less time than the step
    /// asks for itself.
    /// </returns>
    public async Task<(RunFact.StepEnded Ended, bool Answered, string? Cut)> CallAsync(
        Unit unit,
        CallPart part,
        string path,
        Resolved with,
        CancellationToken cancel
    )
    {
        var view = View();
        var started = new RunFact.StepStarted(path, 1, StepEffect.Read, with.Hash, null, StepPlanner.Deadline(unit), null);
        Record(started);
        var call = new StepCall(unit, part, started);
        var limit = drill is null ? Patience : TimeSpan.FromTicks(Math.Max(1, (drill.Until - view.Now).Ticks));
        using var over = new CancellationTokenSource(limit, driver.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, over.Token);
        using var answer = await caller.CallAsync(view, call, _ => Task.FromResult(true), either.Token);
        var result = answer.Result;
        cancel.ThrowIfCancellationRequested();
        string? cut = null;
        if (result is ActionResult.Failed unanswered && over.IsCancellationRequested)
        {
            var because =
                $"no answer within {Duration.Write(limit)}, all that {(drill is null ? "a plan waits" : "the drill had left")} for it";
            result = unanswered with { Because = because };
            if (drill is not null && unit.Step.Timeout is { } own && own > limit)
                cut = $"{because}, and it may take {Duration.Write(own)}";
        }

        var ended = Shown.Of(Outcomes.Of(View(), call, result), answer.Mask, RunRoom.For(State, path));
        Record(ended with { Retry = null });
        return (ended, result is ActionResult.Succeeded, cut);
    }

    // A plan is no run: its lines and files are kept nowhere.
    private sealed class Nowhere : IOutputSink
    {
        public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null) { }
    }
}
