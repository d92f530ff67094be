namespace Tests.Support;

/// <summary>A clock that goes so many times as fast: pauses pass in a blink, in their order, and nobody has to know when to advance it.</summary>
internal sealed class HastyTime(int times) : TimeProvider
{
    private readonly DateTimeOffset start = System.GetUtcNow();

    // Not from the difference of two wall clocks: a machine's clock is set back now and then, and so many times as far it would be here.
    private readonly long began = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => start + (System.GetElapsedTime(began) * times);

    public override long GetTimestamp() => System.GetTimestamp() * times;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Hastened(dueTime), Hastened(period));

    private TimeSpan Hastened(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / times;
}
