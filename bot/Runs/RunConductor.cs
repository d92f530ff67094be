using System.Collections.Concurrent;
using Bot.Desk;
using Bot.Log;
using Bot.Observability;
using Bot.Storage;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Bot.Runs;

/// <summary>
/// Drives the runs of this node: one task per run that has something to do, none for one that waits. Takes over what dead
/// nodes drove.
/// </summary>
internal sealed partial class RunConductor(
    IDesk desk,
    RunTable runs,
    Definitions definitions,
    IScriptRunner scripts,
    IOutputSink output,
    RunSurroundings surroundings,
    SecretReader secrets,
    NodeLease node,
    IIdSource ids,
    TimeProvider time,
    ILogger<RunConductor> logger
) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Driven> driven = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<RunState>> watched = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();

    public RunDriver Driver { get; } =
        new(new DeskJournal(desk, time), definitions.Actions, scripts, output, surroundings, time, ids.NextDouble) { Secrets = secrets };

    /// <summary>Drives a run that this node has just started or taken over, unless it is being driven already.</summary>
    public void Drive(RunState state, RunbookDefinition definition, StepCall? go)
    {
        var mine = new Driven();
        if (stopping.IsCancellationRequested || !driven.TryAdd(state.Id, mine))
            return;
        mine.Task = Task.Run(() => DriveAsync(mine, state, definition, go));
    }

    /// <summary>Looks at a run again: wakes it here, or takes it over if it waits somewhere else.</summary>
    /// <returns>False if another node is at work on it: ask again later.</returns>
    public async Task<bool> WakeAsync(string id, CancellationToken cancel)
    {
        if (driven.TryGetValue(id, out var mine))
        {
            mine.Nudge();
            return true;
        }

        if (await runs.FindAsync(id, cancel) is not { IsOver: false } state)
            return true;
        if (state.Node != node.Name)
        {
            if (state.Phase is not RunPhase.Waiting && !(await node.DeadNodesAsync(cancel)).Contains(state.Node))
                return false;
            if (await desk.SubmitAsync(new TakeOverWork(id, state.Epoch, node.Name), cancel) is not { } taken)
                return true;
            state = taken;
        }

        await ResumeAsync(state, cancel);
        return true;
    }

    /// <summary>Ends when the run is over, wherever it is driven.</summary>
    public async Task<RunState> UntilOverAsync(string id, CancellationToken cancel)
    {
        var end = watched.GetOrAdd(id, _ => new TaskCompletionSource<RunState>(TaskCreationOptions.RunContinuationsAsynchronously));
        while (true)
        {
            if (end.Task.IsCompleted)
                return await end.Task;
            // Fast where this node drives it; the look at the store is for runs that ended before or elsewhere.
            if (!driven.ContainsKey(id) && await runs.FindAsync(id, cancel) is { IsOver: true } over)
            {
                watched.TryRemove(id, out _);
                return over;
            }

            await Task.WhenAny(end.Task, Task.Delay(TimeSpan.FromMilliseconds(500), time, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await Task.WhenAll(driven.Values.Select(one => one.Task))
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var first = true;
        using var timer = new PeriodicTimer(Round, time);
        do
        {
            try
            {
                await TakeOverAsync(first, stoppingToken);
                first = false;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.RoundFailed(logger, fault);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // At the start, what this node's name drove before belongs to a process that is gone: its lease is ours now.
    private async Task TakeOverAsync(bool first, CancellationToken cancel)
    {
        var gone = await node.DeadNodesAsync(cancel);
        foreach (var name in first ? gone.Append(node.Name) : gone)
        {
            string? before = null;
            while (true)
            {
                var page = await runs.ListAsync(new RunQuery(Over: false, Node: name, Before: before, Limit: 500), cancel);
                foreach (var row in page)
                    await TakeOverAsync(row, cancel);
                if (page.Count < 500)
                    break;
                before = page[^1].Id;
            }
        }
    }

    private async Task TakeOverAsync(RunRow row, CancellationToken cancel)
    {
        if (driven.ContainsKey(row.Id) || await desk.SubmitAsync(new TakeOverWork(row.Id, row.Epoch, node.Name), cancel) is not { } state)
            return;
        Log.TakenOver(logger, row.Id, row.Node, state.Epoch);
        if (row.Node != node.Name)
            Meters.Takeover();
        await ResumeAsync(state, cancel);
    }

    private async Task ResumeAsync(RunState state, CancellationToken cancel)
    {
        if (await definitions.FindAsync(state.Hash, cancel) is { } definition)
            Drive(state, definition, null);
        else
            Log.NoDefinition(logger, state.Id, state.Hash);
    }

    private async Task DriveAsync(Driven mine, RunState state, RunbookDefinition definition, StepCall? go)
    {
        try
        {
            while (true)
            {
                mine.Nudged = false;
                var (end, last) = await Driver.DriveAsync(state, definition, go, () => mine.Interrupt, stopping.Token);
                (state, go) = (last, null);
                if (end is DriveEnd.Over)
                    OnOver(last);
                // This node may not act at the moment (a lost database, a machine that slept): if nobody takes over, it goes on.
                mine.Failed = end is DriveEnd.LetGo && !stopping.IsCancellationRequested;
                if (end is not DriveEnd.Parked || !mine.Nudged)
                    break;
                if (await runs.FindAsync(state.Id, stopping.Token) is not { IsOver: false } again || again.Epoch != state.Epoch)
                    break;
                state = again;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Log.LetGo(logger, state.Id);
        }
        catch (Exception fault)
        {
            // The run stays as the log has it; a later wake or node tries again from there.
            Log.DriveFailed(logger, fault, state.Id);
            mine.Failed = true;
        }

        driven.TryRemove(KeyValuePair.Create(state.Id, mine));
        if (mine.Failed)
            await AgainLaterAsync(state);
        else if (mine.Nudged && !state.IsOver)
            await WakeAsync(state.Id, stopping.Token);
    }

    private async Task AgainLaterAsync(RunState state)
    {
        await Task.Delay(Round, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await WakeAsync(state.Id, stopping.Token);
                return;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.DriveFailed(logger, fault, state.Id);
                await Task.Delay(Round, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void OnOver(RunState state)
    {
        if (watched.TryRemove(state.Id, out var end))
            end.TrySetResult(state);
    }

    private sealed class Driven : IDisposable
    {
        private CancellationTokenSource interrupt = new();

        public Task Task { get; set; } = Task.CompletedTask;
        public bool Nudged { get; set; }
        public bool Failed { get; set; }

        /// <summary>Cancelled when somebody cancels the run while it acts.</summary>
        public CancellationToken Interrupt => interrupt.Token;

        public void Nudge() => Nudged = true;

        public void Dispose() => interrupt.Dispose();

        public void Stop()
        {
            Nudged = true;
            Interlocked.Exchange(ref interrupt, new CancellationTokenSource()).Cancel();
        }
    }

    /// <summary>Interrupts what a run does at this moment, if it is driven here.</summary>
    public void Interrupt(string id)
    {
        if (driven.TryGetValue(id, out var mine))
            mine.Stop();
    }

    private static partial class Log
    {
        [LoggerMessage(400, LogLevel.Information, "Run {Run} is taken over from {Node} with epoch {Epoch}")]
        public static partial void TakenOver(ILogger logger, string run, string node, long epoch);

        [LoggerMessage(401, LogLevel.Error, "Run {Run} cannot be carried on: its definition {Hash} cannot be read")]
        public static partial void NoDefinition(ILogger logger, string run, string hash);

        [LoggerMessage(402, LogLevel.Error, "Driving run {Run} failed; it is tried again from the log")]
        public static partial void DriveFailed(ILogger logger, Exception fault, string run);

        [LoggerMessage(403, LogLevel.Information, "Run {Run} is let go")]
        public static partial void LetGo(ILogger logger, string run);

        [LoggerMessage(404, LogLevel.Warning, "Looking for runs of dead nodes failed")]
        public static partial void RoundFailed(ILogger logger, Exception fault);
    }
}
