using Bot.Alerts;
using Bot.Incidents;
using Runbooks.Running;

namespace Bot.Storage;

/// <summary>Everything that one commit of the desk writes, gathered so that each table is written in one go.</summary>
internal sealed class LogWrites
{
    public List<EventWrite> Events { get; } = [];
    public List<EffectWrite> Effects { get; } = [];
    public List<DeliveryWrite> Deliveries { get; } = [];
    public List<AnswerWrite> Answers { get; } = [];

    /// <summary>The last state wins: a hundred facts on one incident are one row.</summary>
    public Dictionary<int, IncidentWrite> Incidents { get; } = [];
    public Dictionary<string, RunState> Runs { get; } = new(StringComparer.Ordinal);
    public Dictionary<AlertKey, AlertWrite> Alerts { get; } = [];
    public Dictionary<(string Source, string GroupKey), GroupWrite> Groups { get; } = [];

    public bool IsEmpty => Events.Count == 0 && Effects.Count == 0 && Deliveries.Count == 0 && Answers.Count == 0 && Alerts.Count == 0;
}

internal readonly record struct EventWrite(
    long Position,
    string Stream,
    long Version,
    string Type,
    long HappenedAt,
    long RecordedAt,
    string Actor,
    int? Incident,
    byte[] Data,
    byte[] Hash
);

/// <param name="Trace">W3C <c>traceparent</c>; null where nobody traces.</param>
internal readonly record struct EffectWrite(string Id, string Kind, string Key, byte[] Payload, long Due, long CreatedAt, string? Trace);

/// <param name="Encoding"><c>identity</c> or <c>br</c> (RFC 7932).</param>
internal sealed record DeliveryWrite(
    string Id,
    string Source,
    string? Route,
    long ReceivedAt,
    byte[] Headers,
    byte[] Body,
    string Encoding,
    string Verdict,
    int Alerts,
    int? Incident,
    byte[] Trace,
    bool Private = false
);

internal readonly record struct AnswerWrite(string Caller, string Id, byte[] ContentHash, string Answer, long At);

internal readonly record struct IncidentWrite(Incident State, long Version, byte[] Hash);

/// <summary>One alert's row: the whole of it when something changed, else only that it was seen again.</summary>
/// <param name="Content">Null for a repeat: labels and annotations stay as they are.</param>
/// <param name="IsNew">No row is there, as far as the desk knows.</param>
internal sealed record AlertWrite(AlertState State, long LastSeen, int SeenMore, AlertContent? Content, bool IsNew);

/// <param name="IsNew">No row is there, as far as the desk knows.</param>
internal readonly record struct GroupWrite(int Incident, bool IsNew);

internal sealed record AlertContent(ReadOnlyMemory<byte> Labels, ReadOnlyMemory<byte> Annotations, string? GeneratorUrl);
