using System.Text.Json;
using Bot.Incidents;
using Bot.Log;

namespace Bot.Timeline;

/// <summary>
/// A timeline as people read it. A storm is one line: deliveries of alerts that follow each other with nothing between them are told
/// together. The log and the API keep each.
/// </summary>
/// <param name="most">How many lines are kept: the newest.</param>
internal sealed class Story(int most = int.MaxValue)
{
    private const string Joined = "incident.alerts-joined";

    private readonly Queue<TimelineEntry> lines = new();
    private Storm? storm;

    public static IReadOnlyList<TimelineEntry> Of(IEnumerable<TimelineEntry> entries)
    {
        var story = new Story();
        foreach (var entry in entries)
            story.Add(entry);
        return story.Lines;
    }

    /// <summary>In the log's order.</summary>
    public void Add(TimelineEntry entry)
    {
        if (entry.Type is Joined && storm is not null && storm.Last.Actor == entry.Actor)
        {
            storm.Add(entry);
            return;
        }

        Calm();
        if (entry.Type is Joined)
            storm = new Storm(entry);
        else
            Keep(entry);
    }

    /// <summary>In the log's order; a storm stands where it ended.</summary>
    public IReadOnlyList<TimelineEntry> Lines
    {
        get
        {
            Calm();
            return [.. lines];
        }
    }

    private void Calm()
    {
        if (storm is not null)
            Keep(storm.Told());
        storm = null;
    }

    private void Keep(TimelineEntry entry)
    {
        lines.Enqueue(entry);
        if (lines.Count > most)
            lines.Dequeue();
    }

    private sealed class Storm
    {
        private readonly List<string> names = [];
        private readonly TimelineEntry first;
        private int deliveries;
        private int fired;
        private int resolved;
        private int hidden;
        private string? because;

        public Storm(TimelineEntry first)
        {
            this.first = Last = first;
            Add(first);
        }

        public TimelineEntry Last { get; private set; }

        public void Add(TimelineEntry entry)
        {
            var fact = entry.Data.Deserialize<IncidentFact.AlertsJoined>(FactJson.Options)!;
            Last = entry;
            deliveries++;
            fired += fact.Fired.Count;
            resolved += fact.Resolved.Count;
            hidden = fact.Hidden;
            because ??= fact.Because;
            names.AddRange(fact.Names.Except(names, StringComparer.Ordinal).ToList());
        }

        public TimelineEntry Told() =>
            deliveries == 1
                ? first
                : Last with
                {
                    HappenedAt = first.HappenedAt,
                    Text = $"{Sentences.Of(fired, resolved, hidden, names)} (in {deliveries} deliveries){Sentences.Because(because)}",
                };
    }
}
