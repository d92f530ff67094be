using System.Diagnostics.Metrics;

namespace Bot.Observability;

/// <summary>What the bot measures about itself. Static and without allocation: hot paths call it for each request.</summary>
internal static class Meters
{
    public const string Name = "Incident";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "incident_intake_requests",
        description: "Deliveries by source and verdict"
    );
    private static readonly Counter<long> Alerts = Meter.CreateCounter<long>("incident_intake_alerts", description: "Alerts by source");
    private static readonly Counter<long> RefusedRequests = Meter.CreateCounter<long>(
        "incident_intake_refused",
        description: "Requests refused before they were read, by source and reason"
    );
    private static readonly Histogram<double> CommitSeconds = Meter.CreateHistogram(
        "incident_commit_duration_seconds",
        "s",
        "Duration of one group commit",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5] }
    );
    private static readonly Histogram<int> CommitWorks = Meter.CreateHistogram(
        "incident_commit_works",
        description: "Pieces of work that shared one commit",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] }
    );
    private static readonly Histogram<double> QueueSeconds = Meter.CreateHistogram(
        "incident_desk_queue_age_seconds",
        "s",
        "How long the oldest piece of work of a commit had waited for the desk",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5] }
    );
    private static readonly Counter<long> CommitFailures = Meter.CreateCounter<long>(
        "incident_commit_failures",
        description: "Commits that the store did not take"
    );
    private static readonly Counter<long> Takeovers = Meter.CreateCounter<long>(
        "incident_lease_takeovers",
        description: "Runs and effects taken from a node that did not renew its lease"
    );
    private static readonly Counter<long> EffectEnds = Meter.CreateCounter<long>(
        "incident_effects",
        description: "Attempts of outbox effects by kind and outcome"
    );
    private static readonly Histogram<double> EffectSeconds = Meter.CreateHistogram<double>(
        "incident_effect_duration_seconds",
        "s",
        "Duration of one attempt of an outbox effect"
    );
    private static readonly Counter<long> ChatOperations = Meter.CreateCounter<long>(
        "incident_chat_operations",
        description: "What the outbox asked of chat platforms, by operation and outcome"
    );
    private static readonly Counter<long> StepEnds = Meter.CreateCounter<long>(
        "incident_steps",
        description: "Attempts of steps by outcome"
    );
    private static readonly Histogram<double> StepSeconds = Meter.CreateHistogram<double>(
        "incident_step_duration_seconds",
        "s",
        "Duration of one attempt of a step"
    );
    private static readonly Counter<long> RunEnds = Meter.CreateCounter<long>("incident_runs", description: "Runs that ended, by state");

    /// <summary>A delivery was answered.</summary>
    public static void Intake(string source, string verdict, int alerts)
    {
        Requests.Add(1, new KeyValuePair<string, object?>("source", source), new KeyValuePair<string, object?>("verdict", verdict));
        if (alerts > 0)
            Alerts.Add(alerts, new KeyValuePair<string, object?>("source", source));
    }

    /// <param name="source">A configured name, or <c>unknown</c>: what strangers send must not become a label.</param>
    public static void Refused(string source, string reason) =>
        RefusedRequests.Add(1, new KeyValuePair<string, object?>("source", source), new KeyValuePair<string, object?>("reason", reason));

    /// <param name="waited">Seconds that the oldest of them waited before.</param>
    public static void Commit(int works, double seconds, double waited)
    {
        QueueSeconds.Record(waited);
        CommitWorks.Record(works);
        CommitSeconds.Record(seconds);
    }

    public static void CommitFailed() => CommitFailures.Add(1);

    public static void Takeover(long count = 1) => Takeovers.Add(count);

    /// <param name="outcome"><c>done</c>, <c>retry</c> or <c>dead</c>.</param>
    public static void Effect(string kind, string outcome, double seconds)
    {
        EffectEnds.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", outcome));
        EffectSeconds.Record(seconds, new KeyValuePair<string, object?>("kind", kind));
    }

    public static void Chat(string platform, string operation, string outcome) =>
        ChatOperations.Add(
            1,
            new KeyValuePair<string, object?>("platform", platform),
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("outcome", outcome)
        );

    public static void Step(string outcome, double seconds)
    {
        StepEnds.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        StepSeconds.Record(seconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    public static void Run(string state) => RunEnds.Add(1, new KeyValuePair<string, object?>("state", state));
}
