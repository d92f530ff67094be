namespace Bot.Log;

/// <summary>
/// Something to be done outside the log because of a fact: an outbox row. Committed with the fact that wants it, carried
/// out at least once, in order per <paramref name="Key"/>, not before <paramref name="Due"/>.
/// </summary>
/// <param name="Kind">The handler's name, as <c>page</c> or <c>run.wake</c>.</param>
/// <param name="Key">Ordering key: effects of one key are carried out one after the other.</param>
/// <param name="Payload">A record; stored as JSON.</param>
/// <param name="Due">Null: at once.</param>
internal sealed record Effect(string Kind, string Key, object Payload, DateTimeOffset? Due = null);
