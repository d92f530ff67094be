using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Bot.Incidents;
using Bot.Log;
using Bot.Observability;
using Bot.Storage;

namespace Bot.Desk;

/// <summary>
/// The desk: one thread that takes whatever has arrived, decides it in order and commits it at once. There is no timer: while
/// one commit is being flushed the next batch is decided and written, so a lone command waits for nobody and a storm shares its flushes.
/// </summary>
internal sealed partial class WritingDesk : IDesk, IDisposable
{
    // Bounds the length of one transaction, so that a lease or a click never waits long behind a storm.
    private const int MaxBatch = 1024;

    // So often a commit that the server lost is made: what breaks its session each time would be made for ever.
    private const int MostTries = 3;

    // So often a batch is decided together: where much of it throws half-way, each piece is decided alone.
    private const int MostPasses = 8;

    // How long the answer of a commit may stay unknown before its callers are told so.
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);

    // Above this a batch is half of what waits: while it is flushed, those answered before it come back with their next
    // request, so that neither the desk nor the front door ever waits for the other.
    private const int AllAtOnce = 64;

    private readonly ILogStore store;
    private readonly FactCatalog catalog;
    private readonly IIdSource ids;
    private readonly ReminderOptions reminders;
    private readonly TimeProvider time;
    private readonly ILogger<WritingDesk> logger;
    private readonly DeskMemory memory;
    private readonly LogPosition position;
    private readonly EffectSignal effects;
    private readonly Channel<IDeskItem> inbox = Channel.CreateUnbounded<IDeskItem>();
    private readonly Thread thread;

    public WritingDesk(
        ILogStore store,
        FactCatalog catalog,
        IIdSource ids,
        ReminderOptions reminders,
        LogPosition position,
        EffectSignal effects,
        TimeProvider time,
        ILogger<WritingDesk> logger
    )
    {
        this.store = store;
        this.catalog = catalog;
        this.ids = ids;
        this.reminders = reminders;
        this.position = position;
        this.effects = effects;
        this.time = time;
        this.logger = logger;
        memory = new DeskMemory(catalog);
        thread = new Thread(Run) { IsBackground = true, Name = "desk" };
        thread.Start();
    }

    public Task<T> SubmitAsync<T>(DeskWork<T> work, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return Task.FromCanceled<T>(cancel);
        var item = new DeskItem<T>(work, time.GetTimestamp());
        return inbox.Writer.TryWrite(item)
            ? item.Answer
            : Task.FromException<T>(new StoreUnavailableException("The bot is shutting down."));
    }

    /// <summary>Finishes what was handed in, then stops.</summary>
    public void Dispose()
    {
        inbox.Writer.TryComplete();
        thread.Join();
    }

    private void Run()
    {
        while (inbox.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            // One list for each batch: it is answered when the next one is being gathered.
            var batch = new List<IDeskItem>();
            var most = Math.Clamp(inbox.Reader.Count / 2, AllAtOnce, MaxBatch);
            while (batch.Count < most && inbox.Reader.TryRead(out var item))
                batch.Add(item);
            Commit(batch);
        }
    }

    private void Commit(List<IDeskItem> batch)
    {
        var started = time.GetTimestamp();
        try
        {
            DecideAndWrite(batch, started);
        }
        // Something that breaks the commit itself: alone, each piece shows whether it is the culprit.
        catch (Exception e) when (e is not StoreUnavailableException && batch.Count > 1)
        {
            memory.Clear();
            Log.Split(logger, batch.Count, e);
            foreach (var item in batch)
                Commit([item]);
        }
        catch (Exception e)
        {
            memory.Clear();
            Refuse(batch, e);
        }
    }

    // What was presumed of the log did not hold, a piece of work threw half-way, or the server lost the commit for certain: decided anew on
    // what is there now.
    private void DecideAndWrite(List<IDeskItem> batch, long started)
    {
        batch.ForEach(item => item.Begin());
        for (var pass = 1; !TryToWrite(batch, started, pass >= MostTries); pass++)
        {
            memory.Clear();
            if (pass >= MostPasses && batch.Count > 1)
                throw new InvalidOperationException($"{batch.Count} pieces of work could not be decided together.");
        }
    }

    /// <returns>False if nothing was written and it may be tried again.</returns>
    private bool TryToWrite(List<IDeskItem> batch, long started, bool last)
    {
        LogWrites writes;
        try
        {
            using var transaction = store.Begin(memory.Head);
            memory.CatchUp(transaction.Head);
            memory.Trim();
            var draft = new Draft(memory, catalog, ids, reminders, transaction, time.GetUtcNow());
            Prefetch(batch, draft);
            foreach (var item in batch)
            {
                if (!item.IsOut)
                    item.Decide(draft);
            }

            writes = draft.Writes;
            var committed = new Committed(batch, memory.Head, writes, started);
            try
            {
                transaction.Commit(writes, lost => Answer(committed, lost));
            }
            catch (CommitInDoubtException e)
            {
                if (WasCommitted(writes, e))
                    Answer(committed, null);
                else if (last)
                    throw new StoreUnavailableException("The database went away during a commit, which it did not keep.", e);
                else
                    return false;
            }
        }
        catch (BeginAgainException)
        {
            return false;
        }

        memory.ForgetOver(writes.Runs.Values);
        return true;
    }

    // Only now do followers see it: the position is published after the flush, never before.
    private void Answer(Committed committed, StoreUnavailableException? lost)
    {
        var (works, head, writes, started) = committed;
        if (lost is not null)
        {
            Refuse(works, lost);
            return;
        }

        position.Publish(head);
        if (writes.Effects.Count > 0)
            effects.Raise();
        foreach (var item in works)
            item.Complete();
        var took = time.GetElapsedTime(started);
        Meters.Commit(works.Count, took.TotalSeconds, time.GetElapsedTime(works[0].Arrived, started).TotalSeconds);
        Log.Committed(logger, works.Count, writes.Events.Count, took.TotalMilliseconds);
    }

    private void Refuse(IReadOnlyCollection<IDeskItem> works, Exception e)
    {
        Meters.CommitFailed();
        Log.Failed(logger, works.Count, e);
        foreach (var item in works)
            item.Fail(e);
    }

    // Nobody is told anything before it is known what the database did; who comes meanwhile is told at once to come again.
    private bool WasCommitted(LogWrites writes, CommitInDoubtException doubt)
    {
        Log.InDoubt(logger, doubt);
        var since = time.GetTimestamp();
        for (var pause = FirstLook; ; pause = pause * 2 < LongestLook ? pause * 2 : LongestLook)
        {
            try
            {
                return store.WasCommitted(writes);
            }
            catch (StoreUnavailableException e)
            {
                var stopping = inbox.Reader.Completion.IsCompleted;
                while (inbox.Reader.TryRead(out var late))
                    late.Fail(e);
                if (stopping || time.GetElapsedTime(since) > Doubt)
                {
                    throw new StoreUnavailableException("The database went away during a commit; it may have been recorded.", e)
                    {
                        MayBeRecorded = true,
                    };
                }

                Task.Delay(pause, time).GetAwaiter().GetResult();
            }
        }
    }

    private static void Prefetch(List<IDeskItem> batch, Draft draft)
    {
        var wanted = new LogWants();
        foreach (var item in batch)
        {
            if (!item.IsOut)
                item.Prefetch(wanted);
        }

        draft.Prefetch(wanted);
    }

    /// <summary>What is answered when it is on disk.</summary>
    private sealed record Committed(IReadOnlyList<IDeskItem> Works, long Head, LogWrites Writes, long Started);

    private interface IDeskItem
    {
        /// <summary>When it was handed in, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
        long Arrived { get; }

        /// <summary>It threw half-way: refused, and no part of its batch any more.</summary>
        bool IsOut { get; }

        /// <summary>Whatever it came to in another batch is forgotten.</summary>
        void Begin();

        void Prefetch(LogWants wanted);

        void Decide(Draft draft);

        void Complete();

        void Fail(Exception e);
    }

    private sealed class DeskItem<T>(DeskWork<T> work, long arrived) : IDeskItem
    {
        private readonly ActivityContext cause = Activity.Current?.Context ?? default;
        private Activity? span;
        private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? decided;
        private Exception? refused;

        public long Arrived => arrived;

        public bool IsOut { get; private set; }

        public Task<T> Answer => answer.Task;

        public void Begin() => IsOut = false;

        public void Prefetch(LogWants wanted)
        {
            work.Prefetch(wanted);
            if (work.Key is { } key)
                wanted.Answers.Add((key.Caller, key.Id));
        }

        public void Decide(Draft draft)
        {
            draft.Begin();
            refused = null;
            // From the decision to the flush; what it emits follows from it. Nobody listens: no span.
            span ??= Traces.Source.StartActivity(work.GetType().Name, ActivityKind.Internal, cause);
            Activity.Current = span;
            try
            {
                decided = work.Key is { } key ? DecideOnce(draft, key) : work.Decide(draft);
            }
            // Of the whole batch, not of this piece of work.
            catch (Exception e) when (e is StoreUnavailableException or BeginAgainException)
            {
                throw;
            }
            // What it was decided on may not hold: what came before is refused the second time, and looked up it gets its answer.
            catch (Exception e) when (!draft.IsSure)
            {
                throw new BeginAgainException(e);
            }
            catch (Exception e)
            {
                refused = e;
                if (draft.HasChanged)
                {
                    // What it did before it threw is in the draft and in the desk's memory: the others are decided anew, without it.
                    IsOut = true;
                    throw new BeginAgainException(e);
                }
            }
            finally
            {
                Activity.Current = null;
            }
        }

        public void Complete()
        {
            span?.SetStatus(refused is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, refused?.GetType().Name).Dispose();
            if (refused is not null)
                answer.TrySetException(refused);
            else
                answer.TrySetResult(decided!);
        }

        public void Fail(Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.GetType().Name).Dispose();
            answer.TrySetException(e);
        }

        private T DecideOnce(Draft draft, IdempotencyKey key)
        {
            var content = SHA256.HashData(Encoding.UTF8.GetBytes(key.Content));
            if (draft.FindAnswer(key) is { } kept)
            {
                return content.AsSpan().SequenceEqual(kept.ContentHash)
                    ? work.ReadAnswer(kept.Answer)
                    : throw new IdempotencyConflictException(key.Id);
            }

            var first = work.Decide(draft);
            if (work.Keeps(first))
                draft.Add(new AnswerWrite(key.Caller, key.Id, content, work.WriteAnswer(first), Micros.From(draft.Now)));
            return first;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(601, LogLevel.Debug, "Committed {Works} pieces of work, {Events} events, in {Milliseconds} ms")]
        public static partial void Committed(ILogger logger, int works, int events, double milliseconds);

        [LoggerMessage(602, LogLevel.Warning, "Split a batch of {Works} that could not be committed together")]
        public static partial void Split(ILogger logger, int works, Exception e);

        [LoggerMessage(604, LogLevel.Warning, "The answer of a commit was lost; its outcome is looked up")]
        public static partial void InDoubt(ILogger logger, Exception e);

        [LoggerMessage(603, LogLevel.Error, "Refused {Works} pieces of work: the store did not take them")]
        public static partial void Failed(ILogger logger, int works, Exception e);
    }
}
