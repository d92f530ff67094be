namespace Bot.Log;

/// <summary>One fact as it stands on the log.</summary>
/// <param name="Position">Its place in the total order over all streams; gapless, from 1.</param>
/// <param name="Version">Its place in its own stream; gapless, from 1.</param>
/// <param name="Type">Stable name, as <c>incident.declared</c>; the catalog knows the type behind it, or does not (then it is kept and shown).</param>
/// <param name="Incident">The number of the incident it belongs to; null for facts that belong to none.</param>
/// <param name="Data">The fact as JSON, exactly the text that the hash covers.</param>
/// <param name="Hash">SHA-256 over the stream so far (<see cref="HashChain"/>), 32 bytes.</param>
internal sealed record LogEvent(
    long Position,
    StreamId Stream,
    long Version,
    string Type,
    DateTimeOffset HappenedAt,
    DateTimeOffset RecordedAt,
    Actor Actor,
    int? Incident,
    string Data,
    byte[] Hash
);
