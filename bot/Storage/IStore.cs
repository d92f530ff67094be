using System.Data.Common;
using Bot.Log;

namespace Bot.Storage;

/// <summary>
/// The database: reads on their own connections, and a side lane for writes that append no events (leases, output, claims,
/// done effects). The log itself is written by the desk alone.
/// </summary>
internal interface IStore
{
    /// <summary>What differs in SQL between the two databases.</summary>
    Dialect Dialect { get; }

    Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel);

    /// <summary>One short transaction outside the log. Not for anything that appends events.</summary>
    Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel);

    /// <summary>
    /// The same without waiting for the disk: it outlives this process, and the log's next commit flushes it, for both are in
    /// one write-ahead log, in their order. So nothing that is recorded on the log afterwards can outlive it.
    /// </summary>
    Task<T> WriteUnflushedAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel);
}

/// <param name="SkipLocked">What a claiming <c>select</c> ends with.</param>
/// <param name="Now">The database's clock in microseconds since 1970, the one that leases are measured by.</param>
internal sealed record Dialect(string Name, string SkipLocked, string Now)
{
    public static Dialect Sqlite { get; } = new("sqlite", "", "cast(unixepoch('subsec') * 1000000 as integer)");

    public static Dialect Postgres { get; } =
        new("postgres", " for update skip locked", "(extract(epoch from clock_timestamp()) * 1000000)::bigint");
}

/// <summary>Wakes those who follow the log; a wake is a hint, the position is the truth.</summary>
internal interface ILogSignal
{
    /// <summary>The newest position that this node knows to be committed.</summary>
    long Position { get; }

    /// <summary>Ends when the log has gone past <paramref name="position"/>.</summary>
    Task WaitPastAsync(long position, CancellationToken cancel);
}

/// <summary>Reads the log in its total order; gapless, so that a follower that asks past its last position misses nothing.</summary>
internal interface ILogReader
{
    Task<IReadOnlyList<LogEvent>> AfterAsync(long position, int limit, CancellationToken cancel);

    Task<IReadOnlyList<LogEvent>> OfStreamAsync(StreamId stream, CancellationToken cancel);

    /// <summary>To which incidents something happened past a position, without what it was.</summary>
    /// <returns>Their numbers, and the newest position that was looked at.</returns>
    Task<(IReadOnlyList<int> Incidents, long Upto)> ChangedAsync(long position, CancellationToken cancel);

    /// <summary>Facts of some types past a position, of any stream.</summary>
    Task<IReadOnlyList<LogEvent>> OfTypesAsync(IReadOnlyList<string> types, long position, CancellationToken cancel);

    /// <summary>Facts of the incident's own stream and of its runs, by position.</summary>
    Task<IReadOnlyList<LogEvent>> OfIncidentAsync(int number, long after, int limit, CancellationToken cancel);

    /// <summary>The newest facts of some types on an incident, by position.</summary>
    Task<IReadOnlyList<LogEvent>> NewestAsync(int number, IReadOnlyList<string> types, int limit, CancellationToken cancel);
}
