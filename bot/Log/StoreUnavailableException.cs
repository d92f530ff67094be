namespace Bot.Log;

/// <summary>The database is lost or its disk full: nothing was recorded; ask again later.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
