namespace Integrations;

/// <summary>
/// For pauses and ages in this process alone: nobody sets it back. By the wall's clock, set back by an hour, what waits would wait an hour more, and
/// what is kept would be an hour longer good.
/// </summary>
public sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset start = time.GetUtcNow();
    private readonly long began = time.GetTimestamp();

    /// <summary>The wall's time at the start of the process, and what has passed since.</summary>
    public DateTimeOffset Now => start + time.GetElapsedTime(began);
}
