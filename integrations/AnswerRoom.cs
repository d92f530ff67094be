namespace Integrations;

/// <summary>
/// The memory that large answers may take at once, of all steps of this process together: one bounds its own, and many side by side add
/// up. Whoever comes first is served first, with all that it may need, so that nobody waits for another one who waits.
/// </summary>
public sealed class AnswerRoom
{
    /// <summary>What an answer has up to here needs no room: small ones never wait.</summary>
    public const int Free = 1_000_000;

    private readonly Lock gate = new();
    private readonly LinkedList<(long Share, TaskCompletionSource Turn)> queue = [];
    private readonly long bytes;
    private long left;

    public AnswerRoom(long bytes) => this.bytes = left = bytes;

    public static AnswerRoom OfProcess { get; } = new(32_000_000);

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return queue.Count;
        }
    }

    /// <param name="wanted">All that the answer may have; of more than there is at all, all.</param>
    /// <returns>To be given back; null: it would have to be waited for.</returns>
    public IDisposable? TryTake(long wanted)
    {
        var share = Math.Min(wanted, bytes);
        lock (gate)
            return HasRoom(share) ? Lend(share) : null;
    }

    /// <param name="wanted">As above.</param>
    /// <returns>To be given back.</returns>
    /// <exception cref="NoRoomException">The step's time was over before it.</exception>
    public async Task<IDisposable> TakeAsync(long wanted, CancellationToken cancel)
    {
        var share = Math.Min(wanted, bytes);
        LinkedListNode<(long Share, TaskCompletionSource Turn)> waiting;
        lock (gate)
        {
            if (HasRoom(share))
                return Lend(share);
            waiting = queue.AddLast((share, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await using var over = cancel.UnsafeRegister(_ => GiveUp(waiting), null);
        await waiting.Value.Turn.Task;
        return new Lease(this, share);
    }

    private bool HasRoom(long share) => queue.Count == 0 && share <= left;

    private Lease Lend(long share)
    {
        left -= share;
        return new Lease(this, share);
    }

    private void GiveUp(LinkedListNode<(long Share, TaskCompletionSource Turn)> waiting)
    {
        lock (gate)
        {
            if (waiting.List is null)
                return;
            queue.Remove(waiting);
            waiting.Value.Turn.SetException(new NoRoomException(bytes));
            Serve();
        }
    }

    private void Return(long share)
    {
        lock (gate)
        {
            left += share;
            Serve();
        }
    }

    private void Serve()
    {
        while (queue.First is { } first && first.Value.Share <= left)
        {
            left -= first.Value.Share;
            queue.Remove(first);
            first.Value.Turn.SetResult();
        }
    }

    private sealed class Lease(AnswerRoom room, long share) : IDisposable
    {
        private long held = share;

        public void Dispose() => room.Return(Interlocked.Exchange(ref held, 0));
    }
}

internal sealed class NoRoomException(long bytes)
    : IOException(
        $"the {bytes / 1_000_000} MB that large answers may take at once were taken by those of other steps until its time was over"
    );
