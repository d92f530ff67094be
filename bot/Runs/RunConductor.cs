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
    IArtifactStore artifacts,
    RunSurroundings surroundings,
    SecretReader secrets,
    NodeLease node,
    IStore store,
    ILogSignal signal,
    RunOptions options,
    IHostApplicationLifetime lifetime,
    IIdSource ids,
    TimeProvider time,
    ILogger<RunConductor> logger
) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    // Other nodes' decisions are seen by looking at the log's view; not more often than this.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, Driven> driven = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<RunState>> watched = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource draining = new();
    private readonly CancellationTokenSource stopping = new();
    private long drainingSince;

    public RunDriver Driver { get; } =
        new(new DeskJournal(desk, time), definitions.Actions, scripts, output, surroundings, time, ids.NextDouble)
        {
            Secrets = secrets,
            Artifacts = artifacts,
        };

    /// <summary>Drives a run that this node has just started or taken over, unless it is being driven already.</summary>
    public void Drive(RunState state, RunbookSet books, IReadOnlyList<StepCall> go) => _ = DriveOn(state, books, go);

    /// <summary>Looks at a run again: wakes it here, or takes it over if it waits somewhere else.</summary>
    /// <param name="take">Nobody drives it, whatever its phase says.</param>
    public async Task WakeAsync(string id, bool take, CancellationToken cancel) => await TellAsync(id, take, cancel);

    /// <summary>
    /// Has a run of this node carried on, whoever asked for it has gone meanwhile: on the log it is under way here, and no other
    /// node would look at it.
    /// </summary>
    public void CarryOn(string id) => _ = AgainAsync(id);

    /// <summary>Wakes a run, and ends when what follows is durable: a process that dies before must find it to be woken still.</summary>
    public async Task CarryOnAsync(string id, bool take, CancellationToken cancel)
    {
        var followed = await TellAsync(id, take, cancel);
        await followed.WaitAsync(cancel);
    }

    /// <returns>What ends when something durable has followed.</returns>
    private async Task<Task> TellAsync(string id, bool take, CancellationToken cancel)
    {
        if (driven.TryGetValue(id, out var mine) && mine.TryNudge(out var nudged))
            return nudged;
        // Nothing follows here any more: whoever waits for it leaves it to another process.
        if (draining.IsCancellationRequested)
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        if (await runs.FindAsync(id, cancel) is not { IsOver: false } state)
            return Task.CompletedTask;
        if (state.Node != node.Name)
        {
            // A running one is driven by its node, which looks at the log itself; one whose node is dead is taken over by turns.
            // What was due may have come while a decision had it go on elsewhere already.
            if (!take && state.Phase is RunPhase.Running)
                return Task.CompletedTask;
            if (await desk.SubmitAsync(new TakeOverWork(id, state.Epoch, node.Name, idle: true), cancel) is not { } taken)
                return Task.CompletedTask;
            state = taken;
        }

        return await ResumeAsync(state, cancel);
    }

    private Task DriveOn(RunState state, RunbookSet books, IReadOnlyList<StepCall> go)
    {
        var mine = new Driven { Seen = state.Interventions };
        var followed = mine.Mail.Begin();
        while (!driven.TryAdd(state.Id, mine))
        {
            // Whoever drives it may do so from an older state: told, it looks again before it lets go.
            if (driven.TryGetValue(state.Id, out var other) && other.TryNudge(out var nudged))
                return nudged;
        }

        mine.Task = Task.Run(() => DriveAsync(mine, state, books, go));
        return followed;
    }

    /// <summary>Ends when the run is over, wherever it is driven.</summary>
    /// <exception cref="OperationCanceledException">This process is about to end before it; or of <paramref name="cancel"/>.</exception>
    public async Task<RunState> UntilOverAsync(string id, CancellationToken cancel)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancel, draining.Token);
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

            await Task.WhenAny(end.Task, Task.Delay(TimeSpan.FromMilliseconds(500), time, ends.Token));
            ends.Token.ThrowIfCancellationRequested();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Drain();
        // By the machine's clock: whoever told the process to end counts by it, too.
        if (options.Drain - TimeProvider.System.GetElapsedTime(drainingSince) is var left && left > TimeSpan.Zero)
            await LastDrives()
                .WaitAsync(left, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stopping.CancelAsync();
        await LastDrives().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    // Nothing new begins from the moment on in which the process is told to end: other services end before this one's turn.
    private void Drain()
    {
        if (Interlocked.CompareExchange(ref drainingSince, TimeProvider.System.GetTimestamp(), 0) != 0)
            return;
        draining.Cancel();
        foreach (var one in driven.Values)
            one.TryNudge(out _);
    }

    private Task LastDrives() => Task.WhenAll(driven.Values.Select(one => one.Task));

    public override void Dispose()
    {
        draining.Cancel();
        stopping.Cancel();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ending = lifetime.ApplicationStopping.Register(Drain);
        var first = true;
        var looking = store.Dialect == Dialect.Postgres ? LookAsync(stoppingToken) : Task.CompletedTask;
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
        await looking;
    }

    // What another node's people decided about a run that is driven here.
    private async Task LookAsync(CancellationToken stop)
    {
        var position = 0L;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var limit = new CancellationTokenSource(Round, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
                await signal.WaitPastAsync(position, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await Task.Delay(Breath, time, stop);
                position = signal.Position;
                if (driven.IsEmpty)
                    continue;
                foreach (var (id, interventions) in await runs.IntervenedAsync(node.Name, stop))
                {
                    if (driven.TryGetValue(id, out var mine) && interventions > mine.Seen)
                    {
                        mine.Seen = interventions;
                        mine.TryNudge(out _);
                    }
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.RoundFailed(logger, fault);
                await Task.Delay(Round, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // At the start, what this node's name drove before belongs to a process that is gone: its lease is ours now. What waits for
    // people, a lock or a release needs nobody until it is woken.
    private async Task TakeOverAsync(bool first, CancellationToken cancel)
    {
        var gone = await node.DeadNodesAsync(cancel);
        var rows = new List<RunRow>();
        foreach (var name in first ? gone.Append(node.Name) : gone)
        {
            string? before = null;
            while (true)
            {
                var query = new RunQuery(Over: false, Node: name, Before: before, Limit: 500, Phase: RunPhase.Running);
                var page = await runs.ListAsync(query, cancel);
                rows.AddRange(page.Where(row => !driven.ContainsKey(row.Id)));
                if (page.Count < 500)
                    break;
                before = page[^1].Id;
            }
        }

        var hold =
            rows.Count > options.HoldAbove
                ? $"{rows.Count} runs were under way when {(rows.Exists(row => row.Node != node.Name) ? "a node" : "the bot")} ended; they go on when somebody releases them."
                : null;
        foreach (var row in rows)
            await TakeOverAsync(row, hold, cancel);
    }

    private async Task TakeOverAsync(RunRow row, string? hold, CancellationToken cancel)
    {
        if (
            draining.IsCancellationRequested
            || driven.ContainsKey(row.Id)
            || await desk.SubmitAsync(new TakeOverWork(row.Id, row.Epoch, node.Name, hold), cancel) is not { } state
        )
            return;
        Log.TakenOver(logger, row.Id, row.Node, state.Epoch);
        if (row.Node != node.Name)
            Meters.Takeover();
        // It is this node's by now, and no other round will look at it: whatever fails here is tried again.
        if (hold is null)
            CarryOn(state.Id);
    }

    private async Task<Task> ResumeAsync(RunState state, CancellationToken cancel)
    {
        if (await definitions.FindAsync(state, cancel) is { } books)
            return DriveOn(state, books, []);
        Log.NoDefinition(logger, state.Id, state.Hash);
        return Task.CompletedTask;
    }

    private async Task DriveAsync(Driven mine, RunState state, RunbookSet books, IReadOnlyList<StepCall> go)
    {
        try
        {
            while (true)
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, node.Tenure);
                var (end, last) = await Driver.DriveAsync(state, books, go, mine.Mail, draining.Token, stop.Token);
                (state, go) = (last, []);
                if (end is DriveEnd.Over)
                    OnOver(last);
                // This node may not act at the moment (a lost database, a machine that slept): if nobody takes over, it goes on.
                mine.Failed = end is DriveEnd.LetGo && !draining.IsCancellationRequested;
                if (end is not DriveEnd.Parked || !mine.IsNudged)
                    break;
                // Before the look at the log: what comes after it has its own nudge.
                mine.Look();
                if (await runs.FindAsync(state.Id, draining.Token) is not { IsOver: false } again || again.Epoch != state.Epoch)
                    break;
                state = again;
            }
        }
        catch (OperationCanceledException) when (draining.IsCancellationRequested)
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
        var nudged = mine.End();
        if (mine.Failed)
            await Task.Delay(Round, time, draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (mine.Failed || (nudged && !state.IsOver))
            await AgainAsync(state.Id);
        // One that stops leaves them open: whoever comes next finds the run to be woken.
        if (!draining.IsCancellationRequested)
            mine.Mail.Close();
    }

    private async Task AgainAsync(string id)
    {
        while (!draining.IsCancellationRequested)
        {
            try
            {
                await CarryOnAsync(id, take: false, draining.Token);
                return;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.DriveFailed(logger, fault, id);
                await Task.Delay(Round, time, draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void OnOver(RunState state)
    {
        if (watched.TryRemove(state.Id, out var end))
            end.TrySetResult(state);
    }

    private sealed class Driven
    {
        private readonly Lock guard = new();
        private bool nudged;
        private bool ended;

        public Task Task { get; set; } = Task.CompletedTask;
        public DriveMail Mail { get; } = new();
        public bool Failed { get; set; }

        /// <summary>How many interventions of others it was told of.</summary>
        public int Seen { get; set; }

        public bool IsNudged
        {
            get
            {
                lock (guard)
                    return nudged;
            }
        }

        /// <param name="followed">Ends when what follows is durable.</param>
        /// <returns>False if it has ended and will not look any more.</returns>
        public bool TryNudge(out Task followed)
        {
            followed = Task.CompletedTask;
            lock (guard)
            {
                if (ended)
                    return false;
                nudged = true;
            }

            followed = Mail.Nudge();
            return true;
        }

        public void Look()
        {
            lock (guard)
                nudged = false;
            Mail.Look();
        }

        /// <returns>Whether it was told to look again since it last did.</returns>
        public bool End()
        {
            lock (guard)
            {
                ended = true;
                return nudged;
            }
        }
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

/// <param name="HoldAbove">When more runs than this have to be taken over at once, they go on only when somebody releases them (<c>Runbooks:HoldAbove</c>, 100).</param>
/// <param name="Drain">How long a step that is under way may take to its end when this process is told to end (<c>Node:Drain</c>, 20 s).</param>
internal sealed record RunOptions(int HoldAbove, TimeSpan Drain)
{
    public static RunOptions From(IConfiguration configuration) =>
        new(configuration.GetValue("Runbooks:HoldAbove", 100), configuration.GetValue("Node:Drain", TimeSpan.FromSeconds(20)));
}
