using System.Text.Json;
using Bot.Access;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Runbooks.Running;

namespace Bot.Desk;

/// <summary>
/// The one writer of a node. Work that arrives while a commit is under way joins the next one: one flush to disk serves many
/// (group commit). When the task ends, what was decided is on disk.
/// </summary>
internal interface IDesk
{
    /// <exception cref="Bot.Log.StoreUnavailableException">The database is lost or its disk full: nothing was recorded (but see its flag); ask again later.</exception>
    /// <exception cref="IdempotencyConflictException">The same id came before with other content.</exception>
    Task<T> SubmitAsync<T>(DeskWork<T> work, CancellationToken cancel);
}

/// <summary>One unit that is decided alone and committed together with others. <see cref="Decide"/> must be pure but for the draft.</summary>
internal abstract class DeskWork<T>
{
    /// <summary>Makes it idempotent: the same key again gets the first answer. Null where the work itself is (a version, a state).</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>
    /// Runs on the desk's thread, inside the transaction, after the state has caught up with other nodes. If it throws, nothing of it is
    /// written, the exception goes to the submitter, and the rest of the batch goes on.
    /// </summary>
    public abstract T Decide(IDraft draft);

    /// <summary>Names the alerts and groups it will ask for, so that a whole batch is read at once.</summary>
    public virtual void Prefetch(LogWants wanted) { }

    /// <summary>Whether a repeat of the same <see cref="Key"/> gets this answer, or is decided anew.</summary>
    public virtual bool Keeps(T answer) => true;

    /// <summary>The answer as it is kept for a repeat of the same <see cref="Key"/>.</summary>
    public virtual string WriteAnswer(T answer) => JsonSerializer.Serialize(answer, FactJson.Options);

    public virtual T ReadAnswer(string kept) => JsonSerializer.Deserialize<T>(kept, FactJson.Options)!;
}

/// <param name="Caller">Ids are kept per caller.</param>
/// <param name="Content">What the id stands for (text of the command, hash of the body); another content with the same id is refused.</param>
internal sealed record IdempotencyKey(string Caller, string Id, string Content);

/// <summary>What a piece of work sees and may write. Reads see what earlier work of the same batch wrote.</summary>
internal interface IDraft
{
    /// <summary>One time for the whole batch, cut to microseconds.</summary>
    DateTimeOffset Now { get; }

    Incident? Incident(int number);

    RunState? Run(string id);

    AccessBook Access { get; }

    /// <summary>The next incident number; taken when the declaration is appended.</summary>
    int NextIncidentNumber { get; }

    /// <summary>Says that a stream is new: it need not be looked up.</summary>
    void Create(StreamId stream);

    /// <summary>Appends one fact, evolves the stream's state and emits what <see cref="Reactions"/> says.</summary>
    /// <param name="incident">For a run's facts: the incident that the run belongs to.</param>
    void Append(StreamId stream, object fact, Actor actor, DateTimeOffset? happenedAt = null, int? incident = null);

    void Emit(Effect effect);

    /// <summary>What is known of an alert that was named in <see cref="DeskWork{T}.Prefetch"/>; null for one never seen.</summary>
    AlertState? Alert(AlertKey key);

    /// <param name="content">Null for a repeat, of which only the count changes.</param>
    void PutAlert(AlertKey key, AlertState state, AlertContent? content);

    /// <summary>The last incident of a group, open or not.</summary>
    int? GroupIncident(string source, string groupKey);

    /// <summary>The oldest open incident of a service.</summary>
    int? OpenIncidentOf(string service);

    SilenceBook Silences { get; }

    Automation Automation { get; }

    /// <summary>Who holds and waits for locks, over all live runs.</summary>
    LockBook Locks { get; set; }

    /// <summary>The newest position on the log, with what this batch has appended.</summary>
    long Head { get; }

    void PutGroup(string source, string groupKey, int incident);

    void Add(DeliveryWrite delivery);
}

internal sealed class IdempotencyConflictException(string id)
    : Exception($"The idempotency key '{id}' was used before with another content. Use a new key for a new request.");
