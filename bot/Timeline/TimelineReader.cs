using System.Text.Json;
using Bot.Log;
using Bot.Storage;

namespace Bot.Timeline;

/// <summary>The facts of an incident and of its runs, in the log's order, as sentences.</summary>
internal sealed class TimelineReader(ILogReader log, FactCatalog catalog)
{
    /// <param name="after">Only entries past this position.</param>
    public async Task<IReadOnlyList<TimelineEntry>> ReadAsync(int incident, long after, int limit, CancellationToken cancel) =>
        [.. (await log.OfIncidentAsync(incident, after, limit, cancel)).Select(logged => Tell(logged, catalog))];

    /// <summary>All of it, read in pages.</summary>
    public async Task<IReadOnlyList<TimelineEntry>> ReadAllAsync(int incident, CancellationToken cancel)
    {
        const int page = 1000;
        var entries = new List<TimelineEntry>();
        while (true)
        {
            var more = await ReadAsync(incident, entries.Count == 0 ? 0 : entries[^1].Position, page, cancel);
            entries.AddRange(more);
            if (more.Count < page)
                return entries;
        }
    }

    /// <summary>A fact that this version does not know is shown raw.</summary>
    public static TimelineEntry Tell(LogEvent logged, FactCatalog catalog) =>
        new(
            logged.Position,
            logged.Type,
            logged.HappenedAt,
            logged.RecordedAt,
            logged.Actor.ToString(),
            catalog.TryRead(logged.Type, logged.Data, out var fact) && Sentences.Of(fact) is { } sentence
                ? sentence
                : $"{logged.Type}: {logged.Data}",
            Json(logged.Data),
            Convert.ToHexStringLower(logged.Hash)
        );

    private static JsonElement Json(string data)
    {
        try
        {
            using var document = JsonDocument.Parse(data);
            return document.RootElement.Clone();
        }
        // A redacted fact may be no JSON any more; it is still shown.
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(data);
        }
    }
}
