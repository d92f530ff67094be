namespace Runbooks.Testing;

/// <summary>
/// A clock that moves only when it is told to, and then straight to the next thing that is due. Callbacks run on the thread
/// that moves it, so that what follows from them has happened when the call returns.
/// </summary>
internal sealed class VirtualTime(DateTimeOffset start) : TimeProvider
{
    private readonly List<Timer> timers = [];
    private DateTimeOffset now = start;
    private long created;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => now;

    public override long GetTimestamp() => now.UtcTicks;

    /// <summary>When the next timer is due, if there is one.</summary>
    public DateTimeOffset? Next => Earliest()?.Due;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state, created++);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next timer and calls it.</summary>
    /// <returns>False if nothing is due, ever.</returns>
    public bool FireNext()
    {
        if (Earliest() is not { } timer)
            return false;
        MoveTo(timer.Due!.Value);
        timer.Fire();
        return true;
    }

    public void MoveTo(DateTimeOffset time)
    {
        if (time > now)
            now = time;
    }

    /// <summary>The process that set the timers is gone, and they with it.</summary>
    public void Forget()
    {
        lock (timers)
            timers.Clear();
    }

    private Timer? Earliest()
    {
        lock (timers)
            return timers.MinBy(timer => (timer.Due, timer.Number));
    }

    private sealed class Timer(VirtualTime clock, TimerCallback callback, object? state, long number) : ITimer
    {
        private TimeSpan period;

        public DateTimeOffset? Due { get; private set; }

        // Of two that are due at once, the one that was set first goes first.
        public long Number => number;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.timers)
            {
                clock.timers.Remove(this);
                this.period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.now + dueTime;
                if (Due is not null)
                    clock.timers.Add(this);
            }

            return true;
        }

        public void Fire()
        {
            Change(period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan, period);
            callback(state);
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
