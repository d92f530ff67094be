using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>
/// Takes lines from steps, writes them in batches, wakes who watches. A step that writes is never held up: while the database takes
/// nothing, lines wait in memory up to a bound, and those beyond it are counted and told. What was shown was read from the database,
/// so a crash takes back nothing that anybody saw.
/// </summary>
internal sealed partial class RunOutput(OutputTable table, TimeProvider time, ILogger<RunOutput> logger)
    : BackgroundService,
        IRunOutput,
        IOutputSink
{
    /// <summary>What may wait in memory, in characters.</summary>
    internal const long MostWaiting = 64_000_000;

    private const int MostLines = 1_000;
    private const int MostCharacters = 512 * 1024;
    private const int Page = 500;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    // A database that takes no lines takes no end of a step either.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<OutputRow> lines = Channel.CreateUnbounded<OutputRow>();
    private readonly ConcurrentDictionary<string, LostLines> lost = new(StringComparer.Ordinal);
    private readonly OutputBudget budget = new(table);

    // By run, the number of its newest line that is not written yet; lines are numbered as they come, over all runs.
    private readonly ConcurrentDictionary<string, long> newest = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long waiting;
    private long came;
    private long done;

    public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null)
    {
        if (Interlocked.Read(ref waiting) > MostWaiting)
        {
            lost.AddOrUpdate(run, new LostLines(step, 1), (_, before) => before with { Count = before.Count + 1 });
            return;
        }

        TellLost(run);
        Add(new OutputRow(run, 0, step, at ?? time.GetUtcNow(), stream, text));
    }

    public async Task WrittenAsync(string run)
    {
        if (!newest.TryGetValue(run, out var upto))
            return;
        var since = time.GetTimestamp();
        while (true)
        {
            // Taken before looking, so that what is written meanwhile is not slept through.
            var signal = Volatile.Read(ref written).Task;
            Volatile.Read(ref hurry).TrySetResult();
            var left = Patience - time.GetElapsedTime(since);
            if (Interlocked.Read(ref done) >= upto || left <= TimeSpan.Zero)
                return;
            await Task.WhenAny(signal, Task.Delay(left, time));
        }
    }

    public async Task<IReadOnlyList<OutputLine>> ReadAsync(string run, long after, int limit, CancellationToken cancel) =>
        [.. (await table.ReadAsync(run, after, limit, cancel)).Select(row => new OutputLine(row.N, row.Step, row.At, row.Kind, row.Text))];

    public async Task<IReadOnlyList<OutputLine>> LastAsync(string run, int count, CancellationToken cancel) =>
        await ReadAsync(run, await table.LastAsync(run, cancel) - count, count, cancel);

    public async IAsyncEnumerable<IReadOnlyList<OutputLine>> FollowAsync(
        string run,
        long after,
        [EnumeratorCancellation] CancellationToken cancel
    )
    {
        while (true)
        {
            // Taken before looking, so that what is written meanwhile is not slept through.
            var signal = Volatile.Read(ref written).Task;
            var batch = await ReadAsync(run, after, Page, cancel);
            yield return batch;
            if (batch.Count > 0)
                after = batch[^1].N;
            if (batch.Count == Page)
                continue;
            // Another node may write the lines; then only looking again helps.
            await Task.WhenAny(signal, Task.Delay(Glance, time, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Whoever writes has ended before (services stop in reverse order): what waits is written before this ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        lines.Writer.TryComplete();
        await (ExecuteTask ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Interlocked.Read(ref waiting) is > 0 and var rest)
            Log.Lost(logger, rest);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await lines.Reader.WaitToReadAsync(stoppingToken))
        {
            if (!lines.Reader.Completion.IsCompleted && lines.Reader.Count < MostLines)
                await Task.WhenAny(Volatile.Read(ref hurry).Task, Task.Delay(Gather, time, stoppingToken));
            stoppingToken.ThrowIfCancellationRequested();
            Volatile.Write(ref hurry, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            await WriteAsync(Take(), stoppingToken);
            foreach (var run in Interlocked.Read(ref waiting) < MostWaiting ? lost.Keys : [])
                TellLost(run);
        }
    }

    private void TellLost(string run)
    {
        if (lost.TryRemove(run, out var gone))
            Add(new OutputRow(run, 0, gone.Step, time.GetUtcNow(), StepOutput.Info, Lost(gone.Count)));
    }

    private void Add(OutputRow line)
    {
        lock (gate)
        {
            newest[line.Run] = came + 1;
            if (!lines.Writer.TryWrite(line))
                return;
            came++;
        }

        Interlocked.Add(ref waiting, Cost(line));
    }

    private async Task WriteAsync(List<OutputRow> batch, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                if (await budget.AdmitAsync(batch, cancel) is { Count: > 0 } admitted)
                {
                    await table.AppendAsync(admitted, cancel);
                    budget.Spend(admitted);
                }

                break;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.NotWritten(logger, batch.Count, fault.Message);
                await Task.Delay(Again, time, cancel);
            }
        }

        Interlocked.Add(ref waiting, -batch.Sum(Cost));
        var upto = Interlocked.Add(ref done, batch.Count);
        foreach (var run in batch.Select(line => line.Run).Distinct(StringComparer.Ordinal))
        {
            if (newest.TryGetValue(run, out var last) && last <= upto)
                newest.TryRemove(KeyValuePair.Create(run, last));
        }

        Interlocked.Exchange(ref written, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private List<OutputRow> Take()
    {
        var (batch, characters) = (new List<OutputRow>(), 0);
        while (batch.Count < MostLines && characters < MostCharacters && lines.Reader.TryRead(out var line))
        {
            batch.Add(line);
            characters += line.Text.Length;
        }

        return batch;
    }

    // A row takes more than its text.
    private static long Cost(OutputRow line) => line.Text.Length + 100;

    private static string Lost(long count) => $"… {count} lines are lost here: the database took none for too long …";

    private sealed record LostLines(string Step, long Count);

    private static partial class Log
    {
        [LoggerMessage(420, LogLevel.Warning, "{Count} lines of output are not written yet: {Error}")]
        public static partial void NotWritten(ILogger logger, int count, string error);

        [LoggerMessage(
            421,
            LogLevel.Error,
            "About {Characters} characters of output are lost: the database took none while the bot stopped"
        )]
        public static partial void Lost(ILogger logger, long characters);
    }
}
