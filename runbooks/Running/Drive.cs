using System.Diagnostics;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>One drive of one run.</summary>
internal sealed class Drive(
    RunDriver driver,
    RunbookDefinition definition,
    RunState first,
    Func<CancellationToken> interrupt,
    CancellationToken stop
)
{
    // The result of the last attempt: whatever else changes, it must reach the journal.
    private readonly List<RunFact> carried = [];
    private readonly List<RunFact> pending = [];
    private RunState state = first;
    private RunState ahead = first;

    public async Task<(DriveEnd, RunState)> RunAsync(StepCall? go)
    {
        if (go is not null && !await ActAsync(go))
            return (DriveEnd.LetGo, state);
        if (go is null)
            await EndLeftoversAsync();
        while (true)
        {
            var now = driver.Time.GetUtcNow();
            switch (Planner.Next(driver.View(definition, ahead, now, await AlertStateAsync())))
            {
                case Next.Record record:
                    Plan(record.Facts, now);
                    break;
                case Next.Act act:
                    Plan(act.Facts, now);
                    switch (await AppendAsync(null))
                    {
                        case JournalAnswer.StaleEpoch:
                            return (DriveEnd.LetGo, state);
                        case JournalAnswer.Appended when !await ActAsync(act.Call):
                            return (DriveEnd.LetGo, state);
                    }

                    break;
                case Next.Park { Until: { } until } when until <= now + RunDriver.ShortWait:
                    if (await AppendAsync(null) is JournalAnswer.StaleEpoch)
                        return (DriveEnd.LetGo, state);
                    if (!await SleepAsync(until - now))
                        return (DriveEnd.LetGo, state);
                    break;
                case Next.Park park:
                    switch (await AppendAsync(park.Until))
                    {
                        case JournalAnswer.StaleEpoch:
                            return (DriveEnd.LetGo, state);
                        case JournalAnswer.Appended:
                            return (DriveEnd.Parked, state);
                    }

                    break;
                default:
                    switch (await AppendAsync(null))
                    {
                        case JournalAnswer.StaleEpoch:
                            return (DriveEnd.LetGo, state);
                        case JournalAnswer.Appended:
                            return (DriveEnd.Over, state);
                    }

                    break;
            }
        }
    }

    private void Plan(IReadOnlyList<RunFact> facts, DateTimeOffset now)
    {
        pending.AddRange(facts);
        ahead = RunDriver.Evolve(ahead, facts, now);
    }

    private async Task<JournalAnswer> AppendAsync(DateTimeOffset? wake)
    {
        if (pending.Count == 0 && wake is null)
            return new JournalAnswer.Appended(state);
        var answer = await driver.Journal.AppendAsync(state, pending, wake, CancellationToken.None);
        switch (answer)
        {
            case JournalAnswer.Appended appended:
                state = ahead = appended.State;
                pending.Clear();
                carried.Clear();
                break;
            case JournalAnswer.Changed changed:
                state = changed.State;
                ahead = RunDriver.Evolve(state, carried, driver.Time.GetUtcNow());
                pending.Clear();
                pending.AddRange(carried);
                break;
        }

        return answer;
    }

    /// <returns>False if this process has to let the run go; the attempt is then found open by whoever takes over.</returns>
    private async Task<bool> ActAsync(StepCall call)
    {
        if (!driver.Surroundings.MayAct || stop.IsCancellationRequested)
        {
            await HandBackAsync(call);
            return false;
        }

        var view = driver.View(definition, state, driver.Time.GetUtcNow(), await AlertStateAsync());
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, interrupt());
        using var span = StepTraces.Start(state.Id, call.Started);
        var (result, mask) = await driver.Caller.CallAsync(view, call, process => ProcessStartedAsync(call, process), both.Token);
        if (stop.IsCancellationRequested && result is ActionResult.Failed { Class: FailureClass.Unknown })
            return false;
        var now = driver.Time.GetUtcNow();
        // Expressions see the result as it came; what is kept of it is masked.
        var ended = Shown.Of(Outcomes.Of(driver.View(definition, state, now, view.AlertState), call, result), mask);
        span?.SetStatus(result is ActionResult.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
        carried.Add(ended);
        Plan([ended], now);
        return true;
    }

    // Started on the log and never made: whoever goes on need not ask anybody about it.
    private async Task HandBackAsync(StepCall call)
    {
        const string Because = "handed back before it began";
        var now = driver.Time.GetUtcNow();
        var (step, number) = (call.Started.Step, call.Started.Number);
        carried.Add(new RunFact.StepEnded(step, number, StepOutcome.Failure, FailureClass.NotSent, null, Because, now));
        Plan([carried[^1]], now);
        while (await AppendAsync(null) is JournalAnswer.Changed) { }
    }

    private async Task<bool> ProcessStartedAsync(StepCall call, StepProcess process)
    {
        var fact = new RunFact.ProcessStarted(call.Started.Step, call.Started.Number, process.Host, process.Pid, process.StartTicks);
        while (true)
        {
            var answer = await driver.Journal.AppendAsync(state, [fact], null, CancellationToken.None);
            if (answer is JournalAnswer.StaleEpoch)
                return false;
            if (answer is JournalAnswer.Appended appended)
            {
                state = ahead = appended.State;
                return true;
            }

            state = ahead = ((JournalAnswer.Changed)answer).State;
        }
    }

    // Nothing is decided about a step while something that it started may still run.
    private async Task EndLeftoversAsync()
    {
        foreach (var (path, step) in state.Steps)
        {
            if (step.Attempts is not [.., { EndedAt: null } open])
                continue;
            // What was shown is kept; what was still on its way is not, and nobody can say how much.
            driver.Output.Write(
                state.Id,
                path,
                StepOutput.Info,
                $"… the process that made attempt {open.Number} ended before it: the last lines of its output may be missing …"
            );
            if (open.Process is { } process)
                await driver.Scripts.EndLeftoverAsync(process, stop);
        }
    }

    private async Task<bool> SleepAsync(TimeSpan length)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, interrupt());
        await Task.Delay(length, driver.Time, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stop.IsCancellationRequested)
            return false;
        if (!both.IsCancellationRequested)
            return true;
        // The decision that interrupted is on the log; an empty append brings it here.
        return await driver.Journal.AppendAsync(state, [], null, CancellationToken.None) switch
        {
            JournalAnswer.Appended appended => Adopt(appended.State),
            JournalAnswer.Changed changed => Adopt(changed.State),
            _ => false,
        };
    }

    private bool Adopt(RunState newest)
    {
        state = ahead = newest;
        return true;
    }

    private Task<string?> AlertStateAsync() =>
        definition.ReadsAlertState && state.Alert is { } alert
            ? driver.Surroundings.AlertStateAsync(alert, stop)
            : Task.FromResult<string?>(null);
}
