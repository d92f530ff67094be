namespace Bot.Log;

/// <summary>The database is lost or its disk full: nothing was recorded; ask again later.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// The database went away during the commit and stayed away: it may have been recorded after all. The same idempotency
    /// key again tells.
    /// </summary>
    public bool MayBeRecorded { get; init; }
}
