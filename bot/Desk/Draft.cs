using System.Diagnostics;
using System.Text.Json;
using Bot.Access;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Desk;

/// <summary>What one batch has decided so far: reads through the desk's memory, gathers what will be committed.</summary>
internal sealed class Draft(
    DeskMemory memory,
    FactCatalog catalog,
    IIdSource ids,
    ReminderOptions reminders,
    ILogTransaction transaction,
    DateTimeOffset now
) : IDraft
{
    // Null: looked up, and there is none.
    private readonly Dictionary<(string Caller, string Id), AnswerRow?> answers = [];
    private int changes;
    private int earlierChanges;

    public DateTimeOffset Now { get; } = Micros.Cut(now);

    public LogWrites Writes { get; } = new();

    public AccessBook Access => memory.Load(StreamId.Access, transaction).State as AccessBook ?? AccessBook.Empty;

    public SilenceBook Silences => memory.Load(StreamId.Silences, transaction).State as SilenceBook ?? SilenceBook.Empty;

    public Automation Automation => memory.Load(StreamId.Automation, transaction).State as Automation ?? Automation.Allowed;

    public LockBook Locks
    {
        get => memory.Locks ??= transaction.LiveLocks();
        set
        {
            changes++;
            memory.Locks = value;
        }
    }

    public long Head => memory.Head;

    public int NextIncidentNumber => LastIncident + 1;

    private int LastIncident
    {
        get
        {
            if (memory.LastIncident < 0)
                memory.LastIncident = transaction.LastIncidentNumber;
            return memory.LastIncident;
        }
    }

    public Incident? Incident(int number) => memory.Load(StreamId.Incident(number), transaction).State as Incident;

    public RunState? Run(string id) => memory.Load(StreamId.Run(id), transaction).State as RunState;

    /// <summary>Nothing that was read or remembered is only presumed.</summary>
    public bool IsSure => transaction.IsSure;

    /// <summary>The piece of work being decided has changed something.</summary>
    public bool HasChanged => changes > earlierChanges;

    public void Create(StreamId stream) => memory.Streams.TryAdd(stream.Value, StreamHead.Empty);

    public void Append(StreamId stream, object fact, Actor actor, DateTimeOffset? happenedAt = null, int? incident = null)
    {
        changes++;
        var before = memory.Load(stream, transaction);
        var happened = happenedAt is { } at ? Micros.Cut(at) : Now;
        var type = catalog.NameOf(fact);
        var data = FactCatalog.Write(fact);
        var who = actor.ToString();
        var version = before.Version + 1;
        var hash = HashChain.Next(before.Hash, stream.Value, version, type, Micros.From(happened), Micros.From(Now), who, data);
        var after = DeskMemory.Evolve(stream, before.State, fact, happened, actor);
        memory.Streams[stream.Value] = new StreamHead(after, version, hash);
        memory.Head++;
        var number = incident ?? StreamId.IncidentNumber(stream.Value);
        Writes.Events.Add(
            new EventWrite(memory.Head, stream.Value, version, type, Micros.From(happened), Micros.From(Now), who, number, data, hash)
        );
        if (after is Incident state && fact is IncidentFact of)
            OnIncident(state, of, version, hash);
        else if (after is RunState run && RowDiffers(before.State as RunState, run))
            Writes.Runs[run.Id] = run;
    }

    public void Emit(Effect effect)
    {
        changes++;
        Writes.Effects.Add(
            new EffectWrite(
                ids.NewId(),
                effect.Kind,
                effect.Key,
                JsonSerializer.SerializeToUtf8Bytes(effect.Payload, effect.Payload.GetType(), FactJson.Options),
                Micros.From(effect.Due ?? Now),
                Micros.From(Now),
                Activity.Current?.Id
            )
        );
    }

    public AlertState? Alert(AlertKey key) => memory.Alerts.GetValueOrDefault(key);

    public void PutAlert(AlertKey key, AlertState state, AlertContent? content)
    {
        changes++;
        var earlier = Writes.Alerts.GetValueOrDefault(key);
        var isNew = earlier?.IsNew ?? !memory.Alerts.ContainsKey(key);
        memory.Alerts[key] = state;
        Writes.Alerts[key] = new AlertWrite(state, Micros.From(Now), 1 + (earlier?.SeenMore ?? 0), content ?? earlier?.Content, isNew);
    }

    public int? GroupIncident(string source, string groupKey)
    {
        if (!memory.Groups.TryGetValue((source, groupKey), out var head))
        {
            var wanted = new LogWants();
            wanted.Groups.Add((source, groupKey));
            Find(wanted);
            memory.Groups.TryGetValue((source, groupKey), out head);
        }

        return head!.Incident;
    }

    public int? OpenIncidentOf(string service)
    {
        memory.OpenServices ??= ReadOpenServices();
        return memory.OpenServices.TryGetValue(service, out var number) ? number : null;
    }

    // What this batch has changed so far is not in the database yet.
    private Dictionary<string, int> ReadOpenServices()
    {
        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (service, number) in transaction.OpenServices())
        {
            if (!Writes.Incidents.ContainsKey(number))
                open.TryAdd(service, number);
        }

        foreach (var (state, _, _) in Writes.Incidents.Values)
        {
            if (state is { IsOpen: true, Service: { } service })
                open.TryAdd(service, state.Number);
        }

        return open;
    }

    private void Follow(Incident state)
    {
        if (memory.OpenServices is not { } open || state.Service is not { } service)
            return;
        if (state.IsOpen)
            open.TryAdd(service, state.Number);
        // Another one of the service may be open: looked up when somebody asks again.
        else if (open.TryGetValue(service, out var first) && first == state.Number)
            memory.OpenServices = null;
    }

    public void PutGroup(string source, string groupKey, int incident)
    {
        changes++;
        var key = (source, groupKey);
        var isNew = Writes.Groups.TryGetValue(key, out var earlier)
            ? earlier.IsNew
            : memory.Groups.GetValueOrDefault(key) is { Incident: null };
        memory.Groups[key] = new GroupHead(incident);
        Writes.Groups[key] = new GroupWrite(incident, isNew);
    }

    public void Add(DeliveryWrite delivery)
    {
        changes++;
        Writes.Deliveries.Add(delivery);
    }

    public AnswerRow? FindAnswer(IdempotencyKey key)
    {
        if (!answers.TryGetValue((key.Caller, key.Id), out var row))
        {
            var wanted = new LogWants();
            wanted.Answers.Add((key.Caller, key.Id));
            Find(wanted);
            row = answers[(key.Caller, key.Id)];
        }

        return row;
    }

    public void Add(AnswerWrite answer)
    {
        changes++;
        Writes.Answers.Add(answer);
        answers[(answer.Caller, answer.Id)] = new AnswerRow(answer.ContentHash, answer.Answer);
    }

    /// <summary>Loads what the batch is about to ask for and the desk does not remember, in one round trip.</summary>
    public void Prefetch(LogWants wanted)
    {
        wanted.Alerts.RemoveWhere(key => memory.Alerts.ContainsKey(key));
        wanted.Groups.RemoveWhere(key => memory.Groups.ContainsKey(key));
        if (!wanted.IsEmpty)
            Find(wanted);
    }

    private void Find(LogWants wanted)
    {
        var found = transaction.Find(wanted);
        foreach (var (key, state) in found.Alerts)
            memory.Alerts[key] = state;
        foreach (var key in wanted.Groups)
            memory.Groups[key] = new GroupHead(found.Groups.TryGetValue(key, out var incident) ? incident : null);
        foreach (var key in wanted.Answers)
            answers[key] = found.Answers.GetValueOrDefault(key);
    }

    /// <summary>The beginning of one piece of work.</summary>
    public void Begin() => earlierChanges = changes;

    private void OnIncident(Incident state, IncidentFact fact, long version, byte[] hash)
    {
        Writes.Incidents[state.Number] = new IncidentWrite(state, version, hash);
        Follow(state);
        if (fact is IncidentFact.Declared declared)
            memory.LastIncident = Math.Max(LastIncident, declared.Number);
        foreach (var effect in Reactions.To(fact, state, reminders, Now))
            Emit(effect);
    }

    // Steps come by the thousand; the row only says where the run as a whole stands.
    private static bool RowDiffers(RunState? before, RunState after) =>
        before is null
        || before.Phase != after.Phase
        || before.Node != after.Node
        || before.Epoch != after.Epoch
        || before.Interventions != after.Interventions
        || !ReferenceEquals(before.Locks, after.Locks);
}
