using System.Diagnostics;
using System.Threading.Channels;
using Bot.Log;
using Bot.Observability;
using Bot.Parts;
using Bot.Storage;

namespace Bot.Effects;

/// <summary>
/// Works the outbox off: claims, runs the handlers, writes the ends together with the next claims. It wakes when
/// effects were committed, when one of its own effects ends, and when the next one is due; it never spins.
/// </summary>
internal sealed partial class EffectRunner(
    EffectClaims claims,
    IStore store,
    IEnumerable<IEffectHandler> handlers,
    EffectSignal signal,
    IIdSource chance,
    TimeProvider time,
    EffectOptions options,
    ILogger<EffectRunner> logger
) : BackgroundService
{
    // In a storm of effects every commit brings some and others end all the while; a turn for each would cost more than the
    // effect itself.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan TidyEvery = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyDictionary<string, IEffectHandler> byKind = PartCatalog.ByName(handlers, handler => [handler.Kind]);
    private readonly Channel<EffectEnd> ended = Channel.CreateUnbounded<EffectEnd>();
    private readonly List<EffectEnd> ends = [];
    private readonly HashSet<Task> running = [];
    private DateTimeOffset tidied;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var released = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!released)
                {
                    await claims.ReleaseAsync(store.Dialect == Dialect.Sqlite ? null : options.Node, stoppingToken);
                    released = true;
                }

                var seen = signal.Count;
                var looked = time.GetUtcNow();
                await TurnAsync(looked, stoppingToken);
                await TidyAsync(looked, stoppingToken);
                await WaitAsync(seen, looked, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            // The edge of the loop: whatever the database does, the outbox goes on when it is back.
            catch (Exception e)
            {
                Log.TurnFailed(logger, e);
                await PauseAsync(stoppingToken);
            }
        }

        await FinishAsync();
    }

    private async Task TurnAsync(DateTimeOffset now, CancellationToken stop)
    {
        while (ended.Reader.TryRead(out var end))
            ends.Add(end);
        running.RemoveWhere(task => task.IsCompleted);
        var room = options.Parallel - running.Count;
        if (ends.Count == 0 && (room <= 0 || !await claims.AnyClaimableAsync([.. byKind.Keys], now, stop)))
            return;
        var claimed = await claims.TurnAsync(options.Node, ends, [.. byKind.Keys], now, Math.Max(0, room), options.Lease, stop);
        ends.Clear();
        foreach (var effect in claimed)
            running.Add(Task.Run(() => RunAsync(effect, stop), CancellationToken.None));
    }

    private async Task RunAsync(EffectRow effect, CancellationToken stop)
    {
        EffectResult result;
        var started = time.GetTimestamp();
        using var span = Traces.Of(effect.Trace, "effect " + effect.Kind)?.SetTag("incident.effect", effect.Id);
        var handler = byKind[effect.Kind];
        var limit = handler.Limit ?? options.HandlerTimeout;
        using var timeout = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        try
        {
            // Only who takes long pays for it. Where it is somebody else's by now, so is its end.
            if (handler.Limit is not null && !await claims.ExtendAsync(effect, limit + options.Margin, both.Token))
                return;
            result = await handler.RunAsync(effect, both.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            result = new EffectResult.Retry(TimeSpan.Zero, "The bot stopped in the middle of it.");
        }
        catch (Exception e)
        {
            Log.HandlerFailed(logger, effect.Kind, effect.Id, e);
            result = new EffectResult.Retry(null, timeout.IsCancellationRequested ? $"It took longer than {limit}." : e.Message);
        }

        var end = EndOf(effect, result);
        Meters.Effect(effect.Kind, end.State is EffectEnd.Pending ? "retry" : end.State, time.GetElapsedTime(started).TotalSeconds);
        span?.SetStatus(end.State is EffectEnd.Done ? ActivityStatusCode.Ok : ActivityStatusCode.Error, end.State);
        ended.Writer.TryWrite(end);
    }

    private EffectEnd EndOf(EffectRow effect, EffectResult result)
    {
        switch (result)
        {
            case EffectResult.Done done:
                return new EffectEnd(effect.Id, effect.Epoch, EffectEnd.Done, done.Outcome, TimeSpan.Zero);
            case EffectResult.Retry retry when effect.Attempts < options.MaxAttempts:
                var after = retry.After ?? options.Backoff(effect.Attempts, chance.NextDouble());
                Log.Retried(logger, effect.Kind, effect.Id, effect.Attempts, after, retry.Reason);
                return new EffectEnd(effect.Id, effect.Epoch, EffectEnd.Pending, retry.Reason, after);
            case EffectResult.Retry retry:
                Log.GivenUp(logger, effect.Kind, effect.Id, effect.Attempts, retry.Reason);
                return new EffectEnd(effect.Id, effect.Epoch, EffectEnd.Dead, retry.Reason, TimeSpan.Zero);
            case EffectResult.Dead dead:
                Log.GivenUp(logger, effect.Kind, effect.Id, effect.Attempts, dead.Reason);
                return new EffectEnd(effect.Id, effect.Epoch, EffectEnd.Dead, dead.Reason, TimeSpan.Zero);
            default:
                throw new InvalidOperationException($"No rule for {result.GetType().Name}.");
        }
    }

    private async Task WaitAsync(long seen, DateTimeOffset looked, CancellationToken stop)
    {
        if (ended.Reader.TryPeek(out _))
        {
            await GatherAsync(stop);
            return;
        }

        using var woken = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var any = new List<Task> { ended.Reader.WaitToReadAsync(woken.Token).AsTask() };
        Task? moved = null;
        if (running.Count < options.Parallel)
        {
            var next = await claims.NextAsync(looked, stop) is { } due && due < options.Poll ? due : options.Poll;
            any.Add(Task.Delay(next, time, woken.Token));
            // The clock went on since the look, by a lot if the machine was suspended: what came due meanwhile waits no more.
            if (time.GetUtcNow() >= looked + next)
            {
                await woken.CancelAsync();
                return;
            }

            moved = signal.WaitPastAsync(seen, woken.Token);
            any.Add(moved);
        }

        var first = await Task.WhenAny(any);
        await woken.CancelAsync();
        stop.ThrowIfCancellationRequested();
        if (first == moved)
            await Task.Delay(Breath, TimeProvider.System, stop);
        else
            await GatherAsync(stop);
    }

    // Ends that come close together are written together; the last one waits for nobody.
    private Task GatherAsync(CancellationToken stop) =>
        ended.Reader.Count < running.Count ? Task.Delay(Breath, TimeProvider.System, stop) : Task.CompletedTask;

    // What would wait for nobody: effects in the hands of dead nodes, and effects that no part of this version knows.
    private async Task TidyAsync(DateTimeOffset now, CancellationToken stop)
    {
        if (now - tidied < TidyEvery)
            return;
        tidied = now;
        var unknown = await claims.BuryUnknownAsync([.. byKind.Keys], now - options.UnknownKind, now, stop);
        if (unknown > 0)
            Log.Unknown(logger, unknown);
        var taken = await claims.TakeFromDeadAsync(stop);
        if (taken == 0)
            return;
        Meters.Takeover(taken);
        Log.TakenOver(logger, taken);
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stop);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    // What is under way ends by the stop's own token; its ends are written and the rest is given back to other nodes.
    private async Task FinishAsync()
    {
        await Task.WhenAll(running);
        while (ended.Reader.TryRead(out var end))
            ends.Add(end);
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
            await claims.TurnAsync(options.Node, ends, [], time.GetUtcNow(), 0, options.Lease, limit.Token);
            await claims.ReleaseAsync(options.Node, limit.Token);
        }
        catch (Exception e)
        {
            Log.TurnFailed(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Error, "The outbox could not be worked on; it is tried again in a second")]
        public static partial void TurnFailed(ILogger logger, Exception e);

        [LoggerMessage(304, LogLevel.Error, "{Count} effects are of kinds that this version does not know; they are dead letters now")]
        public static partial void Unknown(ILogger logger, int count);

        [LoggerMessage(305, LogLevel.Warning, "{Count} effects were in the hands of dead nodes and are carried out by others")]
        public static partial void TakenOver(ILogger logger, int count);

        [LoggerMessage(301, LogLevel.Warning, "Effect {Kind} {Id} threw")]
        public static partial void HandlerFailed(ILogger logger, string kind, string id, Exception e);

        [LoggerMessage(
            302,
            LogLevel.Information,
            "Effect {Kind} {Id} failed at attempt {Attempt} and is tried again after {After}: {Reason}"
        )]
        public static partial void Retried(ILogger logger, string kind, string id, int attempt, TimeSpan after, string reason);

        [LoggerMessage(303, LogLevel.Error, "Effect {Kind} {Id} was given up after {Attempts} attempts: {Reason}")]
        public static partial void GivenUp(ILogger logger, string kind, string id, int attempts, string reason);
    }
}
