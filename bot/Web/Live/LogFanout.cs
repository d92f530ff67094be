using System.Threading.Channels;
using Bot.Log;
using Bot.Storage;

namespace Bot.Web.Live;

/// <summary>
/// The one follower of the log for all browsers of this process: it reads each fact once and hands it to every listener. A
/// listener that cannot keep up is let go; it comes back with the id of the last fact it saw and misses nothing.
/// </summary>
internal sealed partial class LogFanout(ILogReader log, ILogSignal signal, TimeProvider time, ILogger<LogFanout> logger) : BackgroundService
{
    private const int Page = 500;
    private const int Buffer = 2_000;

    private readonly Lock gate = new();
    private readonly HashSet<Channel<LogEvent>> listeners = [];
    private long position;
    private TaskCompletionSource joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The newest position that listeners were told of.</summary>
    public long Position => Interlocked.Read(ref position);

    /// <returns>Facts past <see cref="Listener.From"/>; ends when the listener was too slow.</returns>
    public Listener Listen()
    {
        var channel = Channel.CreateBounded<LogEvent>(
            new BoundedChannelOptions(Buffer) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
        );
        lock (gate)
        {
            // While nobody listened nothing was read; what happened meanwhile is behind the newcomer's start.
            if (listeners.Count == 0)
                Interlocked.Exchange(ref position, Math.Max(position, signal.Position));
            listeners.Add(channel);
            joined.TrySetResult();
            return new Listener(this, channel, Position);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Interlocked.Exchange(ref position, signal.Position);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenersAsync().WaitAsync(stoppingToken);
                await signal.WaitPastAsync(Position, stoppingToken);
                var facts = await log.AfterAsync(Position, Page, stoppingToken);
                if (facts.Count > 0)
                    Hand(facts);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                Log.ReadFailed(logger, exception, Position);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        lock (gate)
        {
            foreach (var listener in listeners)
                listener.Writer.TryComplete();
            listeners.Clear();
        }
    }

    private Task ListenersAsync()
    {
        lock (gate)
        {
            if (listeners.Count == 0 && joined.Task.IsCompleted)
                joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return joined.Task;
        }
    }

    private void Hand(IReadOnlyList<LogEvent> facts)
    {
        // Under the lock, so that a listener who joins knows exactly from where the channel carries on.
        lock (gate)
        {
            foreach (var fact in facts)
                listeners.RemoveWhere(listener => !listener.Writer.TryWrite(fact) && listener.Writer.TryComplete());
            Interlocked.Exchange(ref position, facts[^1].Position);
        }
    }

    private void Leave(Channel<LogEvent> channel)
    {
        lock (gate)
            listeners.Remove(channel);
    }

    internal sealed class Listener(LogFanout fanout, Channel<LogEvent> channel, long from) : IDisposable
    {
        /// <summary>The channel carries every fact past this position; what is before it is read from the log.</summary>
        public long From => from;

        public ChannelReader<LogEvent> Facts => channel.Reader;

        public void Dispose() => fanout.Leave(channel);
    }

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Warning, "Live pages could not read the log past {Position}; trying again")]
        public static partial void ReadFailed(ILogger logger, Exception exception, long position);
    }
}
