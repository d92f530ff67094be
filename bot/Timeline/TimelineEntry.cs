using System.Text.Json;

namespace Bot.Timeline;

/// <summary>One fact as it is told.</summary>
/// <param name="Text">One sentence, made when shown; never stored.</param>
/// <param name="Data">The fact as stored.</param>
/// <param name="Hash">The stream's hash up to this fact, in hex.</param>
internal sealed record TimelineEntry(
    long Position,
    string Type,
    DateTimeOffset HappenedAt,
    DateTimeOffset RecordedAt,
    string Actor,
    string Text,
    JsonElement Data,
    string Hash
);
