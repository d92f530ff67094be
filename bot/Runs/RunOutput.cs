using System.Threading.Channels;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Takes lines from steps, writes them in batches, wakes who watches. A line that the store refuses is tried until it takes it.</summary>
internal sealed partial class RunOutput(OutputTable table, TimeProvider time, ILogger<RunOutput> logger)
    : BackgroundService,
        IRunOutput,
        IOutputSink
{
    private const int MaxBatch = 500;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Channel<OutputRow> lines = Channel.CreateUnbounded<OutputRow>(new UnboundedChannelOptions { SingleReader = true });
    private TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Write(string run, string step, string stream, string text) =>
        lines.Writer.TryWrite(new OutputRow(run, 0, step, time.GetUtcNow(), stream, text));

    public async Task<IReadOnlyList<OutputLine>> ReadAsync(string run, long after, int limit, CancellationToken cancel) =>
        [.. (await table.ReadAsync(run, after, limit, cancel)).Select(row => new OutputLine(row.N, row.Step, row.At, row.Kind, row.Text))];

    public async Task WaitPastAsync(string run, long after, CancellationToken cancel)
    {
        // Another node may write the lines; then only looking again helps.
        var signal = Volatile.Read(ref written).Task;
        await Task.WhenAny(signal, Task.Delay(LongestWait, time, cancel));
        cancel.ThrowIfCancellationRequested();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        while (Take() is { Count: > 0 } rest)
            await table.AppendAsync(rest, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await lines.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Gather, time, stoppingToken);
            await WriteAsync(Take(), stoppingToken);
        }
    }

    private async Task WriteAsync(List<OutputRow> batch, CancellationToken cancel)
    {
        while (batch.Count > 0)
        {
            try
            {
                await table.AppendAsync(batch, cancel);
                break;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.NotWritten(logger, batch.Count, fault.Message);
                await Task.Delay(LongestWait, time, cancel);
            }
        }

        Interlocked.Exchange(ref written, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private List<OutputRow> Take()
    {
        var batch = new List<OutputRow>();
        while (batch.Count < MaxBatch && lines.Reader.TryRead(out var line))
            batch.Add(line);
        return batch;
    }

    private static partial class Log
    {
        [LoggerMessage(420, LogLevel.Warning, "{Count} lines of output are not written yet: {Error}")]
        public static partial void NotWritten(ILogger logger, int count, string error);
    }
}
