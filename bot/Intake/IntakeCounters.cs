using System.Collections.Concurrent;
using Bot.Observability;

namespace Bot.Intake;

/// <summary>What came in and what was turned away, per source, since the start: for the health page and the metrics.</summary>
internal sealed class IntakeCounters
{
    private readonly ConcurrentDictionary<string, Count> accepted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Source, string Reason), Count> refused = new();

    public void Accepted(string source, int alerts)
    {
        var count = accepted.GetOrAdd(source, static _ => new Count());
        Interlocked.Increment(ref count.Requests);
        Interlocked.Add(ref count.Alerts, alerts);
        Meters.Intake(source, "accepted", alerts);
    }

    public void Refused(string source, string reason)
    {
        Interlocked.Increment(ref refused.GetOrAdd((source, reason), static _ => new Count()).Requests);
        Meters.Refused(source, reason);
    }

    public IReadOnlyList<(string Source, long Requests, long Alerts)> AcceptedBySource =>
        [
            .. accepted
                .Select(source => (source.Key, Volatile.Read(ref source.Value.Requests), Volatile.Read(ref source.Value.Alerts)))
                .OrderBy(row => row.Key),
        ];

    public IReadOnlyList<(string Source, string Reason, long Requests)> RefusedBySource =>
        [
            .. refused
                .Select(source => (source.Key.Source, source.Key.Reason, Volatile.Read(ref source.Value.Requests)))
                .OrderBy(row => row.Source),
        ];

    private sealed class Count
    {
        public long Requests;
        public long Alerts;
    }
}
