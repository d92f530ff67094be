namespace Bot.Log;

/// <summary>Times as stored: whole microseconds since 1970 UTC, the finest that both databases and the hash agree on.</summary>
internal static class Micros
{
    public static long From(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long micros) =>
        new(DateTimeOffset.UnixEpoch.Ticks + (micros * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>Cuts what the store would not keep, so that a time compares equal after a round trip.</summary>
    public static DateTimeOffset Cut(DateTimeOffset time) => ToTime(From(time));
}
