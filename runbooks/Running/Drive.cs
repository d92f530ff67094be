using System.Collections.Concurrent;
using System.Diagnostics;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>
/// One drive of one run: a loop that alone plans and writes; calls go on beside it and come back by mail. A run with one step at
/// a time needs no mail: the loop makes the call itself, and its result and the next start are one append.
/// </summary>
internal sealed class Drive(
    RunDriver driver,
    RunbookSet books,
    RunState first,
    DriveMail mail,
    CancellationToken drain,
    CancellationToken stop
)
{
    // Results of attempts: whatever else changes, they must reach the journal.
    private readonly List<RunFact> carried = [];
    private readonly List<RunFact> pending = [];
    private readonly Dictionary<string, CancellationTokenSource> flying = new(StringComparer.Ordinal);
    private readonly List<StepCall> planned = [];
    private readonly List<Task> calls = [];
    private readonly ConcurrentBag<IDisposable> held = [];
    private RunState state = first;
    private RunState ahead = first;
    private Task<bool>? waiting;
    private bool replan;

    public async Task<(DriveEnd, RunState)> RunAsync(IReadOnlyList<StepCall> go)
    {
        try
        {
            if (go.Count == 0)
                await EndLeftoversAsync();
            planned.AddRange(go);
            return (await LoopAsync(), state);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (DriveEnd.LetGo, state);
        }
        finally
        {
            foreach (var flight in flying.Values)
                flight.Cancel();
            await Task.WhenAll(calls).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var flight in flying.Values)
                flight.Dispose();
            // What nobody read any more.
            foreach (var one in held)
                one.Dispose();
        }
    }

    private async Task<DriveEnd> LoopAsync()
    {
        if (planned.Count > 0 && !await StartAsync(books.Root.Limits.Timeout is null ? null : state.StartedAt))
            return DriveEnd.LetGo;
        while (true)
        {
            if (drain.IsCancellationRequested || stop.IsCancellationRequested)
            {
                if (!await DrainAsync())
                    return DriveEnd.LetGo;
                continue;
            }

            var known = mail.Known;
            var turn = await PlanAsync();
            // Who waits for people, a lock or a release is on the log as waiting, and needs nobody. Whoever else has time to
            // pass sleeps here: its phase says that this process carries it on.
            var parks = flying.Count == 0 && planned.Count == 0 && !ahead.IsOver && (ahead.OpenWaits > 0 || ahead.Wait is not null);
            switch (await AppendAsync(parks ? turn.Wake : null))
            {
                case JournalAnswer.StaleEpoch:
                    return DriveEnd.LetGo;
                case JournalAnswer.Changed:
                    continue;
            }

            mail.Follow(known);
            if (ahead.IsOver)
                return DriveEnd.Over;
            // The journal itself may have added something: a lock that was free.
            if (replan)
                continue;
            Interrupt(turn.Interrupts);
            if (planned.Count > 0)
            {
                if (!await StartAsync(turn.Wake))
                    return DriveEnd.LetGo;
            }
            else if (parks)
            {
                return DriveEnd.Parked;
            }
            else if (!await WaitAsync(turn.Wake))
            {
                return DriveEnd.LetGo;
            }
        }
    }

    // Between two steps a run is handed over without a question; in the middle of one, somebody may have to say what came of it.
    private async Task<bool> DrainAsync()
    {
        if (planned.Count > 0)
            await HandBackAsync();
        JournalAnswer answer;
        // With the last end another node is told that nobody goes on with it here.
        do answer = await AppendAsync(flying.Count == 0 && drain.IsCancellationRequested ? driver.Time.GetUtcNow() : null);
        while (answer is JournalAnswer.Changed);
        if (answer is JournalAnswer.StaleEpoch || flying.Count == 0)
            return false;
        // At our own end all of it is interrupted already.
        if (!stop.IsCancellationRequested)
            Interrupt(Planner.Next(View(ahead, driver.Time.GetUtcNow(), await AlertStateAsync())).Interrupts);
        return await WaitAsync(null);
    }

    // Plans until nothing follows by itself.
    private async Task<Turn> PlanAsync()
    {
        while (true)
        {
            var now = driver.Time.GetUtcNow();
            var turn = Planner.Next(View(ahead, now, await AlertStateAsync()));
            if (turn.Facts.Count == 0)
                return turn;
            Adopt(turn.Facts, now);
            foreach (var call in turn.Calls)
            {
                planned.Add(call);
                _ = Flight(call);
            }

            if (turn.Settled)
                return turn;
        }
    }

    private void Adopt(IReadOnlyList<RunFact> facts, DateTimeOffset now)
    {
        pending.AddRange(facts);
        ahead = RunDriver.Evolve(ahead, facts, now);
    }

    private async Task<JournalAnswer> AppendAsync(DateTimeOffset? wake)
    {
        replan = false;
        if (pending.Count == 0 && wake is null)
            return new JournalAnswer.Appended(state);
        // Whoever sees that a step has ended sees all that it wrote, after a kill in between, too.
        if (carried.Exists(fact => fact is RunFact.StepEnded))
            await driver.Output.WrittenAsync(state.Id);
        mail.Look();
        var answer = await driver.Journal.AppendAsync(state, pending, wake, CancellationToken.None);
        switch (answer)
        {
            case JournalAnswer.Appended appended:
                replan = appended.State.Version != ahead.Version;
                Settle(appended.State);
                break;
            case JournalAnswer.Changed changed:
                TakeBack(changed.State);
                break;
            case JournalAnswer.Unwritable unwritable:
                GiveWay(unwritable);
                return await AppendAsync(null) is JournalAnswer.StaleEpoch stale ? stale : new JournalAnswer.Changed(state);
        }

        return answer;
    }

    private void Settle(RunState appended)
    {
        state = ahead = appended;
        foreach (var fact in pending)
        {
            // What came of attempts was told when it came, what a check has found among it.
            var (step, cuts) = fact switch
            {
                RunFact.StepEnded { Cut: { } cut } ended when !carried.Exists(one => ReferenceEquals(one, fact)) => (
                    ended.Step,
                    cut.Except(state.Steps.GetValueOrDefault(ended.Step + StepPath.Check)?.Cut ?? [])
                ),
                RunFact.Ended ended => ("", ended.Cut),
                _ => ("", null),
            };
            foreach (var cut in cuts ?? [])
                driver.Output.Write(state.Id, step, StepOutput.Info, cut.Told);
        }

        pending.Clear();
        carried.Clear();
    }

    // What was planned is planned anew; what came of attempts stays.
    private void TakeBack(RunState from)
    {
        state = from;
        ahead = RunDriver.Evolve(state, carried, driver.Time.GetUtcNow());
        pending.Clear();
        pending.AddRange(carried);
        foreach (var call in planned)
            Land(call);
        planned.Clear();
    }

    // An attempt whose end is not on the log is made again by whoever goes on from there: it is written, if need be without what it brought,
    // and before what was planned on it.
    private void GiveWay(JournalAnswer.Unwritable answer)
    {
        var at = carried.FindIndex(fact => ReferenceEquals(fact, answer.Fact));
        if (at >= 0 && carried[at] is RunFact.StepEnded ended && Shown.Unwritable(ended, answer.Because) is { } shorter)
        {
            carried[at] = shorter;
            driver.Output.Write(state.Id, ended.Step, StepOutput.Info, shorter.Cut![0].Told);
        }
        else if (at >= 0 || carried.Count == 0)
        {
            throw new InvalidOperationException($"What comes of the run {state.Id} cannot be written to the log: {answer.Because}");
        }

        TakeBack(state);
    }

    /// <returns>False if this process has to let the run go.</returns>
    private async Task<bool> StartAsync(DateTimeOffset? wake)
    {
        // What is under way comes to its end first.
        if (drain.IsCancellationRequested)
        {
            await HandBackAsync();
            return true;
        }

        // This process may act again, and yet not in this drive: somebody else may have had the run meanwhile.
        if (stop.IsCancellationRequested || !driver.Surroundings.MayAct)
        {
            await HandBackAsync();
            return false;
        }

        var view = View(state, driver.Time.GetUtcNow(), await AlertStateAsync());
        // A script asks for the loop when it starts, a time limit needs it while a call goes on.
        if (planned.Count == 1 && flying.Count <= 1 && state.OpenWaits == 0 && wake is null && planned[0].Uses is not null)
        {
            var call = planned[0];
            planned.Clear();
            return await AloneAsync(call, CallAsync(view, call, Flight(call)));
        }

        foreach (var call in planned)
            calls.Add(PostAsync(call, CallAsync(view, call, Flight(call))));
        planned.Clear();
        calls.RemoveAll(call => call.IsCompleted);
        return true;
    }

    // Started on the log and never made: whoever goes on need not ask anybody about it.
    private async Task HandBackAsync()
    {
        foreach (var call in planned)
        {
            Land(call);
            carried.Add(
                new RunFact.StepEnded(
                    call.Started.Step,
                    call.Started.Number,
                    StepOutcome.Failure,
                    FailureClass.NotSent,
                    null,
                    "handed back before it began",
                    driver.Time.GetUtcNow()
                )
            );
        }

        planned.Clear();
        Adopt(carried, driver.Time.GetUtcNow());
        while (await AppendAsync(null) is JournalAnswer.Changed) { }
    }

    // Nothing else goes on: its end needs no mail. Somebody's decision does; then the call goes on beside the loop.
    private async Task<bool> AloneAsync(StepCall call, Task<StepAnswer> calling)
    {
        if (!calling.IsCompleted)
        {
            waiting ??= mail.WaitAsync();
            await Task.WhenAny(calling, waiting);
            if (!calling.IsCompleted)
            {
                waiting = null;
                calls.Add(PostAsync(call, calling));
                return true;
            }
        }

        return await TakeAsync(new DriveMail.Letter.Ended(call, await calling));
    }

    private async Task PostAsync(StepCall call, Task<StepAnswer> calling) => mail.Post(new DriveMail.Letter.Ended(call, await calling));

    private async Task<StepAnswer> CallAsync(PlanView view, StepCall call, CancellationToken cancel)
    {
        using var span = StepTraces.Start(state.Id, call.Started);
        var called = await driver.Caller.CallAsync(view, call, process => MayBeginAsync(call, process), cancel, stop);
        foreach (var one in called.Held)
            held.Add(one);
        span?.SetStatus(called.Result is ActionResult.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
        return called;
    }

    // Ends with the call, by an interrupt, or once this process may not act any more.
    private CancellationToken Flight(StepCall call)
    {
        if (!flying.TryGetValue(call.Started.Step, out var flight))
            flying[call.Started.Step] = flight = CancellationTokenSource.CreateLinkedTokenSource(stop);
        return flight.Token;
    }

    private Task<bool> MayBeginAsync(StepCall call, StepProcess process)
    {
        var answer = new TaskCompletionSource<bool>();
        mail.Post(new DriveMail.Letter.Process(call, process, answer));
        return answer.Task.WaitAsync(Flight(call));
    }

    private void Interrupt(IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            if (flying.TryGetValue(path, out var flight))
                flight.Cancel();
        }
    }

    private void Land(StepCall call)
    {
        if (flying.Remove(call.Started.Step, out var flight))
            flight.Dispose();
    }

    /// <returns>False if this process has to let the run go.</returns>
    private async Task<bool> WaitAsync(DateTimeOffset? wake)
    {
        using var timer = flying.Count == 0 ? CancellationTokenSource.CreateLinkedTokenSource(drain, stop) : new CancellationTokenSource();
        using var alarm = wake is { } until ? Alarm(until, timer) : null;
        DriveMail.Letter? letter;
        try
        {
            letter = await mail.TakeAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            return flying.Count > 0 || !(drain.IsCancellationRequested || stop.IsCancellationRequested);
        }

        do
        {
            if (!await HandleAsync(letter!))
                return false;
        } while (mail.TryTake(out letter));
        return true;
    }

    private ITimer Alarm(DateTimeOffset until, CancellationTokenSource timer)
    {
        var length = until - driver.Time.GetUtcNow();
        return driver.Time.CreateTimer(
            _ => timer.Cancel(),
            null,
            length < TimeSpan.Zero ? TimeSpan.Zero : length,
            Timeout.InfiniteTimeSpan
        );
    }

    private async Task<bool> HandleAsync(DriveMail.Letter letter) =>
        letter switch
        {
            DriveMail.Letter.Ended ended => await TakeAsync(ended),
            DriveMail.Letter.Process process => await BeginAsync(process),
            _ => await LookAsync(),
        };

    private async Task<bool> TakeAsync(DriveMail.Letter.Ended ended)
    {
        Land(ended.Call);
        var (result, mask, kept, _) = ended.Answer;
        if (kept is not null)
            Carry(kept);
        if (ended.Answer.Left is { Told: { } living } left && (left.Running is not null || result is ActionResult.Failed))
            Carry(
                new RunFact.ProcessesLeft(ended.Call.Started.Step, ended.Call.Started.Number, mask.Apply(living))
                {
                    MayAct = left.Running is not null,
                }
            );
        // Ended by our own end: whoever takes over finds the attempt open. Its files are gone by then; they are ours to tell of, and that nobody acts.
        if (stop.IsCancellationRequested && result is ActionResult.Failed { Class: FailureClass.Unknown })
        {
            if (ended.Answer.Left?.Running is null)
                Carry(new RunFact.ProcessesEnded(ended.Call.Started.Step, ended.Call.Started.Number));
            while (await AppendAsync(null) is JournalAnswer.Changed) { }
            return false;
        }

        // It got nowhere, which says nothing against the step: it was we who cut it off.
        if (stop.IsCancellationRequested && result is ActionResult.Failed { Class: FailureClass.NotSent })
        {
            planned.Add(ended.Call);
            await HandBackAsync();
            return false;
        }

        // Expressions see the result as it came; what is kept of it is masked.
        var end = Outcomes.Of(View(ahead, driver.Time.GetUtcNow(), null), ended.Call, result);
        end = Shown.Of(end, mask, RunRoom.For(ahead, end.Step));
        foreach (var cut in end.Cut ?? [])
            driver.Output.Write(state.Id, end.Step, StepOutput.Info, cut.Told);
        Carry(end);
        ended.Answer.Dispose();
        return true;
    }

    private void Carry(RunFact fact)
    {
        carried.Add(fact);
        Adopt([fact], driver.Time.GetUtcNow());
    }

    // The process begins once it can be found again after a crash.
    private async Task<bool> BeginAsync(DriveMail.Letter.Process letter)
    {
        var (started, process) = (letter.Call.Started, letter.Started);
        Carry(new RunFact.ProcessStarted(started.Step, started.Number, process.Host, process.Pid, process.StartTicks));
        JournalAnswer answer;
        do answer = await AppendAsync(null);
        while (answer is JournalAnswer.Changed);
        letter.Answer.TrySetResult(answer is JournalAnswer.Appended);
        return answer is not JournalAnswer.StaleEpoch;
    }

    // What others decided is on the log; an empty append brings it here.
    private async Task<bool> LookAsync()
    {
        mail.Look();
        switch (await driver.Journal.AppendAsync(state, pending, null, CancellationToken.None))
        {
            case JournalAnswer.Appended appended:
                Settle(appended.State);
                return true;
            case JournalAnswer.Changed changed:
                TakeBack(changed.State);
                return true;
            case JournalAnswer.Unwritable unwritable:
                GiveWay(unwritable);
                return true;
            default:
                return false;
        }
    }

    // Nothing is decided about a step while something that it started may still run.
    private async Task EndLeftoversAsync()
    {
        if (state.OpenAttempts == 0)
            return;
        // A host that is gone is waited for; those of many targets all at once.
        var before = View(state, driver.Time.GetUtcNow(), alert: null);
        var elsewhere = state
            .Steps.Where(step => step.Value.Open is { Process: not null })
            .ToDictionary(
                step => step.Key,
                step => driver.Caller.EndLeftByAsync(before, step.Key, step.Value.Open!, stop),
                StringComparer.Ordinal
            );
        foreach (var (path, step) in state.Steps)
        {
            if (step.Open is not { } open)
                continue;
            // What was shown is kept; what was still on its way is not, and nobody can say how much.
            if (!step.IsAwaited)
                Tell($"… the process that made attempt {open.Number} ended before it: the last lines of its output may be missing …");
            if (open.Process is not { } process)
                continue;
            var view = View(state, driver.Time.GetUtcNow(), alert: null);
            if (await elsewhere[path] is { } remains)
            {
                if (remains.Told is { } told && told != open.LivesOn)
                    Carry(new RunFact.ProcessesLeft(path, open.Number, told) { MayAct = remains.Running is not null });
                if (remains.Running is null && !open.HasEnded)
                    Carry(new RunFact.ProcessesEnded(path, open.Number));
                continue;
            }

            var left = await driver.Caller.LeftByAsync(view, path, open, stop);
            var gone = new ScriptLeftover(
                state.Id,
                path,
                process,
                left,
                (living, mayAct) =>
                {
                    Tell(living);
                    if (living != open.LivesOn)
                        Carry(new RunFact.ProcessesLeft(path, open.Number, living) { MayAct = mayAct });
                }
            );
            if (!await driver.Scripts.EndLeftoverAsync(gone, stop))
                left?.Refuse("all of them", $"they are on {process.Host}, whose process has ended");
            if (left?.Fact is { } kept)
                Carry(kept);

            void Tell(string line) => driver.Output.Write(state.Id, path, StepOutput.Info, line);
        }
    }

    private PlanView View(RunState run, DateTimeOffset now, string? alert) => driver.View(books, run, now, alert, flying.ContainsKey);

    private Task<string?> AlertStateAsync() =>
        books.ReadsAlertState && state.Alert is { } alert
            ? driver.Surroundings.AlertStateAsync(alert, stop)
            : Task.FromResult<string?>(null);
}
