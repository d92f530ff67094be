using System.Threading.Channels;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>What reaches a drive from outside its loop: ends of calls, processes that started, a nudge to look at the log again.</summary>
public sealed class DriveMail
{
    private readonly Channel<Letter> letters = Channel.CreateUnbounded<Letter>(
        // Where a call ends, the loop goes on: no hop to another thread between a result and what follows from it.
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true }
    );

    private readonly Lock guard = new();
    private readonly Queue<(long Number, TaskCompletionSource Followed)> nudges = new();
    private long told;
    private long known;
    private bool closed;

    /// <summary>The drive begins, with a state that knows of everything so far.</summary>
    /// <returns>As of <see cref="Nudge"/>.</returns>
    public Task Begin()
    {
        lock (guard)
        {
            var followed = Enqueue();
            known = told;
            return followed;
        }
    }

    /// <summary>Somebody decided something about the run, or a time has come; whoever drives it looks again.</summary>
    /// <returns>
    /// Ends when what follows from it is durable, or nothing does. Until then it must not be forgotten that the run is to be looked
    /// at: on the log it only waits.
    /// </returns>
    public Task Nudge()
    {
        Task followed;
        lock (guard)
            followed = closed ? Task.CompletedTask : Enqueue();
        letters.Writer.TryWrite(Letter.Nudge);
        return followed;
    }

    /// <summary>A state of the run that is read from now on knows of every nudge so far.</summary>
    public void Look()
    {
        lock (guard)
            known = told;
    }

    /// <summary>Whoever was told looked once more, and nobody looks from here any more.</summary>
    public void Close()
    {
        lock (guard)
            closed = true;
        Follow(long.MaxValue);
    }

    /// <summary>How many nudges the last state that was read knows of.</summary>
    internal long Known
    {
        get
        {
            lock (guard)
                return known;
        }
    }

    /// <summary>What follows from so many nudges is durable.</summary>
    internal void Follow(long upTo)
    {
        lock (guard)
        {
            while (nudges.TryPeek(out var first) && first.Number <= upTo)
                nudges.Dequeue().Followed.SetResult();
        }
    }

    private Task Enqueue()
    {
        var followed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        nudges.Enqueue((++told, followed));
        return followed.Task;
    }

    internal void Post(Letter letter) => letters.Writer.TryWrite(letter);

    internal ValueTask<Letter> TakeAsync(CancellationToken cancel) => letters.Reader.ReadAsync(cancel);

    /// <summary>Ends when there is something to take; it may be gone by then.</summary>
    internal Task<bool> WaitAsync() => letters.Reader.WaitToReadAsync().AsTask();

    internal bool TryTake(out Letter? letter) => letters.Reader.TryRead(out letter);

    internal abstract record Letter
    {
        public static Letter Nudge { get; } = new Nudged();

        private sealed record Nudged : Letter;

        internal sealed record Ended(StepCall Call, StepAnswer Answer) : Letter;

        /// <param name="Answer">Whether the process may begin.</param>
        internal sealed record Process(StepCall Call, StepProcess Started, TaskCompletionSource<bool> Answer) : Letter;
    }
}
