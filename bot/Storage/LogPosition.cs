namespace Bot.Storage;

/// <summary>The newest committed position that this node knows of; wakes whoever waits to go past an older one.</summary>
internal sealed class LogPosition : ILogSignal
{
    private readonly Lock guard = new();
    private TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long position;

    public long Position => Volatile.Read(ref position);

    public void Publish(long newest)
    {
        TaskCompletionSource waiters;
        lock (guard)
        {
            if (newest <= position)
                return;
            position = newest;
            waiters = moved;
            moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiters.TrySetResult();
    }

    public async Task WaitPastAsync(long past, CancellationToken cancel)
    {
        while (true)
        {
            Task next;
            lock (guard)
            {
                if (position > past)
                    return;
                next = moved.Task;
            }

            await next.WaitAsync(cancel);
        }
    }
}
