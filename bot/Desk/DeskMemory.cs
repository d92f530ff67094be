using System.Text.Json;
using Bot.Access;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Desk;

/// <summary>
/// What the desk remembers between commits, so that a decision seldom has to read. Always what the database holds: when
/// another node wrote, it is forgotten and read again.
/// </summary>
internal sealed class DeskMemory(FactCatalog catalog)
{
    // A bound, not a tuning: what is forgotten is read again, one row each.
    private const int MaxStreams = 50_000;

    // A tuning: each collection of the young walks over what new alerts were added to, and stops everybody for the longer the
    // more there are (30 ms at 100,000, 6 ms at these).
    private const int MaxAlerts = 5_000;
    private const int MaxGroups = 200_000;

    public Dictionary<string, StreamHead> Streams { get; } = new(StringComparer.Ordinal);
    public Dictionary<AlertKey, AlertState> Alerts { get; } = [];
    public Dictionary<(string Source, string GroupKey), GroupHead> Groups { get; } = [];

    /// <summary>The oldest open incident by service; null until somebody asks, and after anything that may have changed it unseen.</summary>
    public Dictionary<string, int>? OpenServices { get; set; }

    /// <summary>Null until somebody asks.</summary>
    public LockBook? Locks { get; set; }
    public long Head { get; set; } = -1;
    public int LastIncident { get; set; } = -1;

    /// <summary>Another node has written since: everything it may have changed is read anew.</summary>
    public void CatchUp(long head)
    {
        if (head == Head)
            return;
        Clear();
        Head = head;
    }

    public void Clear()
    {
        Streams.Clear();
        Alerts.Clear();
        Groups.Clear();
        OpenServices = null;
        Locks = null;
        Head = -1;
        LastIncident = -1;
    }

    public void Trim()
    {
        if (Streams.Count > MaxStreams)
            Streams.Clear();
        if (Alerts.Count > MaxAlerts)
            Alerts.Clear();
        if (Groups.Count > MaxGroups)
            Groups.Clear();
    }

    /// <summary>Nothing is added to a run that is over: keeping thousands of them would only be work for the garbage collector.</summary>
    public void ForgetOver(IEnumerable<RunState> runs)
    {
        foreach (var run in runs)
        {
            if (run.IsOver)
                Streams.Remove(run.Id);
        }
    }

    public StreamHead Load(StreamId id, ILogTransaction transaction)
    {
        if (Streams.TryGetValue(id.Value, out var known))
            return known;
        var loaded = StreamId.IncidentNumber(id.Value) is { } number
            ? LoadIncident(number, transaction)
            : Replay(id, transaction.ReadStream(id));
        Streams.Add(id.Value, loaded);
        return loaded;
    }

    /// <summary>Folds one fact into the state of its stream; which state that is, the stream's name says.</summary>
    public static object? Evolve(StreamId stream, object? state, object fact, DateTimeOffset happenedAt, Actor actor) =>
        fact switch
        {
            IncidentFact incident => Incident.Evolve((Incident?)state, incident, happenedAt, actor),
            RunFact run => RunState.Evolve(stream.Value, (RunState?)state, run, happenedAt),
            SilenceFact silence => SilenceBook.Evolve((SilenceBook?)state ?? SilenceBook.Empty, silence, happenedAt),
            AutomationFact automation => Automation.Evolve((Automation?)state ?? Automation.Allowed, automation, happenedAt),
            AccessFact access => AccessBook.Evolve((AccessBook?)state ?? AccessBook.Empty, access, happenedAt),
            _ => state,
        };

    private static StreamHead LoadIncident(int number, ILogTransaction transaction) =>
        transaction.FindIncident(number) is { } row
            ? new StreamHead(JsonSerializer.Deserialize<Incident>(row.Data, FactJson.Options), row.Version, row.Hash)
            : StreamHead.Empty;

    private StreamHead Replay(StreamId id, IReadOnlyList<LogEvent> events)
    {
        if (events.Count == 0)
            return StreamHead.Empty;
        object? state = null;
        foreach (var logged in events)
        {
            if (catalog.TryRead(logged.Type, logged.Data, out var fact))
                state = Evolve(id, state, fact, logged.HappenedAt, logged.Actor);
        }

        return new StreamHead(state, events[^1].Version, events[^1].Hash);
    }
}

/// <param name="State">Null for a stream without events.</param>
internal sealed record StreamHead(object? State, long Version, byte[] Hash)
{
    public static StreamHead Empty { get; } = new(null, 0, HashChain.Start);
}

/// <param name="Incident">Null: looked up, and none is there.</param>
internal sealed record GroupHead(int? Incident);
