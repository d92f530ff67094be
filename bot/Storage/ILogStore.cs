using Bot.Log;
using Runbooks.Running;

namespace Bot.Storage;

/// <summary>The log's side of the database, for the desk alone: one transaction at a time, under the log's lock.</summary>
internal interface ILogStore
{
    /// <summary>Opens a transaction and takes the log's lock; what it reads then is what every node has committed.</summary>
    /// <param name="known">
    /// The position up to which the caller knows the log. A store may take it at its word and look only when something is read
    /// or written; <see cref="BeginAgainException"/> then says that it did not hold. -1: the newest is looked up now.
    /// </param>
    /// <exception cref="Bot.Log.StoreUnavailableException">The database cannot be reached or the lock was not to be had in time.</exception>
    ILogTransaction Begin(long known);

    /// <summary>After a commit whose answer was lost: whether it happened.</summary>
    /// <exception cref="Bot.Log.StoreUnavailableException">It cannot be known yet; ask again.</exception>
    bool WasCommitted(LogWrites writes);
}

/// <summary>
/// One transaction of the desk. Disposed without <see cref="Commit"/>, it leaves nothing behind. Everything that reads or writes
/// throws <see cref="BeginAgainException"/> where <see cref="Head"/>, or that a command or an alert is new, was only presumed and does not hold.
/// </summary>
internal interface ILogTransaction : IDisposable
{
    /// <summary>The newest position on the log.</summary>
    long Head { get; }

    /// <summary>It has the log's lock, and nothing of what it was asked was only presumed.</summary>
    bool IsSure { get; }

    int LastIncidentNumber { get; }

    IncidentRow? FindIncident(int number);

    IReadOnlyList<LogEvent> ReadStream(StreamId stream);

    /// <summary>One round trip however many.</summary>
    LogFound Find(LogWants wanted);

    /// <summary>The open incidents that name a service, oldest first.</summary>
    IReadOnlyList<(string Service, int Incident)> OpenServices();

    /// <summary>Who holds and waits for locks, over all live runs.</summary>
    LockBook LiveLocks();

    /// <summary>
    /// Writes everything: the next transaction sees it. Also one without writes waits for the flush of what it has read.
    /// </summary>
    /// <param name="flushed">
    /// Called once, in the order of the commits, when it is on disk; maybe before this returns. Short, throws nothing. Its
    /// argument is null, or why it may be lost. Not called where this throws.
    /// </param>
    /// <exception cref="CommitInDoubtException">The connection died before the answer came.</exception>
    void Commit(LogWrites writes, Action<StoreUnavailableException?> flushed);
}

/// <summary>
/// The transaction presumed what does not hold: another node has written since, a command or an alert came before, or the session had ended; or a piece of
/// work threw half-way. Nothing was written; begun again and decided anew, it is right.
/// </summary>
internal sealed class BeginAgainException(Exception? inner = null) : Exception("The log is not where it was taken to be.", inner);

/// <summary>The database may or may not have committed; <see cref="ILogStore.WasCommitted"/> tells.</summary>
internal sealed class CommitInDoubtException(Exception inner) : Exception("The connection was lost during a commit.", inner);

/// <param name="Data">The incident's state as JSON; a snapshot of its stream at <paramref name="Version"/>.</param>
internal sealed record IncidentRow(long Version, byte[] Hash, string Data);

internal sealed record AnswerRow(byte[] ContentHash, string Answer);
