using System.Threading.Channels;
using Runbooks.Actions;
using Runbooks.Planning;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>What reaches a drive from outside its loop: ends of calls, processes that started, a nudge to look at the log again.</summary>
public sealed class DriveMail
{
    private readonly Channel<Letter> letters = Channel.CreateUnbounded<Letter>(
        // Where a call ends, the loop goes on: no hop to another thread between a result and what follows from it.
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true }
    );

    /// <summary>Somebody decided something about the run; whoever drives it looks again.</summary>
    public void Nudge() => letters.Writer.TryWrite(Letter.Nudge);

    internal void Post(Letter letter) => letters.Writer.TryWrite(letter);

    internal ValueTask<Letter> TakeAsync(CancellationToken cancel) => letters.Reader.ReadAsync(cancel);

    /// <summary>Ends when there is something to take; it may be gone by then.</summary>
    internal Task<bool> WaitAsync() => letters.Reader.WaitToReadAsync().AsTask();

    internal bool TryTake(out Letter? letter) => letters.Reader.TryRead(out letter);

    internal abstract record Letter
    {
        public static Letter Nudge { get; } = new Nudged();

        private sealed record Nudged : Letter;

        internal sealed record Ended(StepCall Call, ActionResult Result, SecretMask Mask) : Letter;

        /// <param name="Answer">Whether the process may begin.</param>
        internal sealed record Process(StepCall Call, StepProcess Started, TaskCompletionSource<bool> Answer) : Letter;
    }
}
