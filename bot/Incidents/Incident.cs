using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Bot.Log;
using Bot.Paging;

namespace Bot.Incidents;

/// <summary>The state of one incident: what decisions need and what the board shows. Evolves only by facts.</summary>
internal sealed record Incident
{
    public required int Number { get; init; }
    public required string Title { get; init; }
    public required IncidentState State { get; init; }
    public required Severity Severity { get; init; }
    public required IncidentKind Kind { get; init; }
    public string? Service { get; init; }
    public bool Private { get; init; }

    /// <summary>The <see cref="Actor"/> who declared it, as text.</summary>
    public string DeclaredBy { get; init; } = "";

    /// <summary>Whom somebody called by hand, beside those of the policy.</summary>
    public ImmutableList<PageTarget> Called { get; init; } = [];
    public required IncidentPolicy Policy { get; init; }
    public AlertOrigin? Origin { get; init; }

    public required DateTimeOffset ImpactStartedAt { get; init; }
    public required DateTimeOffset DeclaredAt { get; init; }
    public DateTimeOffset? AcknowledgedAt { get; init; }
    public string? AcknowledgedBy { get; init; }

    /// <summary>Who acknowledged last: somebody else than at first where an alert has re-opened it since.</summary>
    public string? AnsweredBy { get; init; }

    /// <summary>Whether pages go on: nobody has acknowledged, or not since an alert re-opened it.</summary>
    public bool AwaitsAcknowledgement { get; init; } = true;

    /// <summary>Which level of the route is called, from 0.</summary>
    public int CallLevel { get; init; }

    /// <summary>Whose last call could not be made.</summary>
    public ImmutableList<PageTarget> Unreached { get; init; } = [];

    /// <summary>Every call that the route foresees was made, and nobody acknowledged.</summary>
    public bool Unanswered { get; init; }
    public DateTimeOffset? MitigatedAt { get; init; }

    /// <summary>The first resolve counts for the figures; a re-open keeps it.</summary>
    public DateTimeOffset? FirstResolvedAt { get; init; }
    public DateTimeOffset? ResolvedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public DateTimeOffset? LastUpdateAt { get; init; }

    /// <summary>What the last update said, its beginning; null before the first.</summary>
    public string? LastUpdate { get; init; }

    /// <summary>When the last update promised the next one; null: it promised nothing.</summary>
    public DateTimeOffset? NextUpdateAt { get; init; }

    /// <summary>What who handed a role over said to its holder, its beginning.</summary>
    public ImmutableDictionary<IncidentRole, string> Briefings { get; init; } = ImmutableDictionary<IncidentRole, string>.Empty;

    /// <summary>When people were last reminded of what.</summary>
    public ImmutableDictionary<ReminderKind, DateTimeOffset> Reminded { get; init; } =
        ImmutableDictionary<ReminderKind, DateTimeOffset>.Empty;
    public DateTimeOffset? SnoozedUntil { get; init; }

    /// <summary>How often something happened since which people may have to be reminded earlier than it was foreseen.</summary>
    public int ReminderChanges { get; init; }

    /// <summary>When its last commander left; null: it has one, or never had.</summary>
    public DateTimeOffset? LeaderlessSince { get; init; }

    /// <summary>When it was opened again last; null: never.</summary>
    public DateTimeOffset? ReopenedAt { get; init; }

    /// <summary>How often it was opened again, by people or alerts.</summary>
    public int Reopens { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }

    public ImmutableDictionary<IncidentRole, string> Roles { get; init; } = ImmutableDictionary<IncidentRole, string>.Empty;
    public ImmutableList<IncidentTask> Tasks { get; init; } = [];
    public ImmutableList<string> Runs { get; init; } = [];
    public ImmutableHashSet<string> OpenRuns { get; init; } = [];
    public ImmutableList<ProposedRunbook> Proposed { get; init; } = [];

    /// <summary>Alert episodes that ever joined, and how many of them still fire.</summary>
    public int Alerts { get; init; }
    public int Firing { get; init; }

    /// <summary>The first names of alerts seen; bounded, since a storm may bring thousands.</summary>
    public ImmutableList<string> AlertNames { get; init; } = [];

    /// <summary>Groups whose last delivery hid members, and how many: while any is left, silence proves nothing.</summary>
    public ImmutableDictionary<string, int> HiddenByGroup { get; init; } = ImmutableDictionary<string, int>.Empty;
    public int Flaps { get; init; }
    public int? MergedInto { get; init; }

    /// <summary>Incidents that have to do with it, by number.</summary>
    public ImmutableSortedSet<int> Related { get; init; } = [];

    /// <summary>Its room, by chat platform.</summary>
    public ImmutableDictionary<string, string> Rooms { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Rooms that it had and that take nothing any more.</summary>
    public ImmutableList<LostRoom> LostRooms { get; init; } = [];

    /// <summary>Why it has no room, by chat platform.</summary>
    public ImmutableDictionary<string, string> RoomRefusals { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>How often people asked for another try at a room.</summary>
    public int RoomWishes { get; init; }
    public long Version { get; init; }

    public const int MaxAlertNames = 50;

    /// <summary>Of texts that are kept with the state; the whole of them is on the log.</summary>
    private const int MaxKeptText = 600;

    [JsonIgnore]
    public string Id => StreamId.Incident(Number).Value;

    [JsonIgnore]
    public string? Commander => Roles.GetValueOrDefault(IncidentRole.Commander);

    [JsonIgnore]
    public bool IsOpen => State.IsOpen();

    /// <summary>What has to be shown loudly about its calls; null while somebody is, or was, reached.</summary>
    [JsonIgnore]
    public string? CallTrouble =>
        !IsOpen || !AwaitsAcknowledgement ? null
        : Unanswered ? "Nobody answered: every call was made, nobody acknowledged."
        : Unreached.Count > 0 ? $"Could not be reached: {string.Join(", ", Unreached)}."
        : Origin is not null && Policy.Page.Count == 0 ? $"Nobody is called: the route '{Origin.Route}' names nobody."
        : null;

    /// <summary>Which chat platforms make no room for it, and why; null: none refuses.</summary>
    [JsonIgnore]
    public string? RoomTrouble =>
        RoomRefusals.IsEmpty
            ? null
            : string.Join(
                ' ',
                RoomRefusals
                    .OrderBy(refusal => refusal.Key, StringComparer.Ordinal)
                    .Select(refusal => $"No channel in {refusal.Key}: {refusal.Value}")
            );

    public bool HasLost(string platform, string room) => LostRooms.Exists(lost => lost.Platform == platform && lost.Room == room);

    /// <summary>Rooms that it had while it is private, and that everybody can read since.</summary>
    public IEnumerable<string> ExposedIn(string platform) =>
        LostRooms.Where(lost => lost.IsExposed && lost.Platform == platform).Select(lost => lost.Room);

    /// <summary>Everybody whom its route names to be called, at any level, or whom somebody called by hand.</summary>
    [JsonIgnore]
    public IEnumerable<PageTarget> Targets => Policy.Page.Concat((Policy.Then ?? []).SelectMany(level => level.Targets)).Concat(Called);

    /// <summary>Its alerts come and go so often that their going proves nothing: a person decides when it is over.</summary>
    [JsonIgnore]
    public bool IsDamped => Policy.FlapLimit > 0 && Flaps >= Policy.FlapLimit;

    /// <summary>Folds one fact in. A fact other than <see cref="IncidentFact.Declared"/> on an empty stream is a broken promise.</summary>
    /// <exception cref="InvalidOperationException">The first fact is not the declaration.</exception>
    public static Incident Evolve(Incident? state, IncidentFact fact, DateTimeOffset at, Actor actor)
    {
        if (fact is IncidentFact.Declared declared)
            return Begin(declared, at, actor);
        if (state is null)
            throw new InvalidOperationException($"The stream of an incident begins with its declaration, not with {fact.GetType().Name}.");

        var changed = state with
        {
            ChangedAt = at > state.ChangedAt ? at : state.ChangedAt,
            Version = state.Version + 1,
            ReminderChanges = state.ReminderChanges + (Reminders.MayComeEarlier(fact) ? 1 : 0),
        };
        return fact switch
        {
            IncidentFact.AlertsJoined joined => changed with
            {
                Alerts = state.Alerts + joined.Fired.Count,
                Firing = Math.Max(0, state.Firing + joined.Fired.Count - joined.Resolved.Count),
                AlertNames = joined.Names.Count == 0 ? state.AlertNames : state.AlertNames.AddRange(joined.Names),
                HiddenByGroup =
                    joined.Hidden > 0
                        ? state.HiddenByGroup.SetItem(joined.Source + "|" + joined.GroupKey, joined.Hidden)
                        : state.HiddenByGroup.Remove(joined.Source + "|" + joined.GroupKey),
            },
            IncidentFact.Acknowledged => changed with
            {
                AwaitsAcknowledgement = false,
                Unanswered = false,
                AcknowledgedAt = state.AcknowledgedAt ?? at,
                AcknowledgedBy = state.AcknowledgedBy ?? actor.Name,
                AnsweredBy = actor.Name,
            },
            IncidentFact.Moved moved => Enter(changed, moved.To, at),
            IncidentFact.Reopened reopened => Enter(changed, reopened.To, at) with
            {
                ResolvedAt = null,
                ClosedAt = null,
                Reopens = state.Reopens + 1,
                ReopenedAt = at,
                Flaps = state.Flaps + (reopened.Flap ? 1 : 0),
                // Whoever said "I am on it" may be asleep by now: an alert that is back calls again.
                AwaitsAcknowledgement = reopened.Flap || state.AwaitsAcknowledgement,
                CallLevel = reopened.Flap ? 0 : state.CallLevel,
                Unanswered = !reopened.Flap && state.Unanswered,
            },
            IncidentFact.Absorbed absorbed => changed with
            {
                Alerts = state.Alerts + absorbed.Alerts,
                Firing = state.Firing + absorbed.Firing,
                HiddenByGroup = absorbed.HiddenByGroup is { } hidden ? state.HiddenByGroup.SetItems(hidden) : state.HiddenByGroup,
            },
            IncidentFact.MergedInto merged => changed with { State = IncidentState.Merged, MergedInto = merged.Into },
            IncidentFact.Related related => changed with { Related = state.Related.Add(related.Other) },
            IncidentFact.SeverityChanged severity => changed with { Severity = severity.To },
            IncidentFact.Renamed renamed => changed with { Title = renamed.To },
            IncidentFact.ImpactStartMoved impact => changed with { ImpactStartedAt = impact.To },
            IncidentFact.RoleAssigned role => changed with
            {
                Roles = state.Roles.SetItem(role.Role, role.Person),
                Briefings = role.Briefing is { } said
                    ? state.Briefings.SetItem(role.Role, Beginning(said))
                    : state.Briefings.Remove(role.Role),
            },
            IncidentFact.RoleReleased role => changed with
            {
                Roles = state.Roles.Remove(role.Role),
                LeaderlessSince = role.Role is IncidentRole.Commander ? at : state.LeaderlessSince,
            },
            IncidentFact.TaskAdded task => changed with
            {
                Tasks = state.Tasks.Add(new IncidentTask(task.Task, task.Text, task.Assignee, false)),
            },
            IncidentFact.TaskDone done => changed with { Tasks = Replace(state.Tasks, done.Task, task => task with { Done = true }) },
            IncidentFact.TaskAssigned assigned => changed with
            {
                Tasks = Replace(state.Tasks, assigned.Task, task => task with { Assignee = assigned.Assignee }),
            },
            IncidentFact.PageRequested page => changed with
            {
                Called = state.Called.Contains(page.Target) ? state.Called : state.Called.Add(page.Target),
            },
            IncidentFact.Reminded reminded => changed with { Reminded = state.Reminded.SetItem(reminded.Of, at) },
            IncidentFact.RemindersSnoozed snoozed => changed with { SnoozedUntil = snoozed.Until },
            IncidentFact.UpdatePosted update => changed with
            {
                LastUpdateAt = at,
                LastUpdate = Beginning(update.Text),
                NextUpdateAt = update.NextUpdateAt,
            },
            IncidentFact.PageSent sent => changed with { Unreached = state.Unreached.Remove(sent.Target) },
            IncidentFact.PageFailed { Final: true } failed => changed with
            {
                Unreached = state.Unreached.Contains(failed.Target) ? state.Unreached : state.Unreached.Add(failed.Target),
            },
            IncidentFact.CallsEscalated escalated => changed with { CallLevel = escalated.Level },
            IncidentFact.CallsUnanswered => changed with { Unanswered = true },
            IncidentFact.RunbookProposed proposed => changed with
            {
                Proposed = state.Proposed.Exists(known => known.Runbook == proposed.Runbook)
                    ? state.Proposed
                    : state.Proposed.Add(new ProposedRunbook(proposed.Runbook, proposed.Source, proposed.Fingerprint, proposed.Reason)),
            },
            IncidentFact.RoomOpened room => changed with
            {
                Rooms = state.Rooms.SetItem(room.Platform, room.Room),
                RoomRefusals = state.RoomRefusals.Remove(room.Platform),
                LostRooms = state.LostRooms.RemoveAll(lost => lost.Platform == room.Platform && lost.Room == room.Room),
            },
            IncidentFact.RoomRefused refused => changed with
            {
                RoomRefusals = state.RoomRefusals.SetItem(refused.Platform, refused.Reason),
            },
            IncidentFact.RoomWanted => changed with { RoomWishes = state.RoomWishes + 1 },
            IncidentFact.RoomLost lost => changed with
            {
                Rooms = state.Rooms.GetValueOrDefault(lost.Platform) == lost.Room ? state.Rooms.Remove(lost.Platform) : state.Rooms,
                LostRooms = state.LostRooms.Add(new LostRoom(lost.Platform, lost.Room, lost.IsExposed)),
            },
            IncidentFact.RunAttached run => changed with
            {
                Runs = state.Runs.Add(run.Run),
                OpenRuns = state.OpenRuns.Add(run.Run),
                // One that goes on was there before it was proposed, perhaps.
                Proposed = state.Runs.Contains(run.Run) ? state.Proposed : Taken(state.Proposed, run),
            },
            IncidentFact.RunFinished run => changed with { OpenRuns = state.OpenRuns.Remove(run.Run) },
            _ => changed,
        };
    }

    private static Incident Begin(IncidentFact.Declared declared, DateTimeOffset at, Actor actor) =>
        new()
        {
            Number = declared.Number,
            Title = declared.Title,
            State = IncidentState.Triage,
            Severity = declared.Severity,
            Kind = declared.Kind,
            Service = declared.Service,
            Private = declared.Private,
            DeclaredBy = actor.ToString(),
            Policy = declared.Policy,
            Origin = declared.Origin,
            ImpactStartedAt = declared.ImpactStartedAt,
            DeclaredAt = at,
            ChangedAt = at,
            Version = 1,
        };

    private static Incident Enter(Incident state, IncidentState to, DateTimeOffset at) =>
        to switch
        {
            IncidentState.Monitoring => state with { State = to, MitigatedAt = state.MitigatedAt ?? at },
            IncidentState.Resolved => state with
            {
                State = to,
                // Skipping "monitoring" means that it was mitigated when it was resolved (docs/figures).
                MitigatedAt = state.MitigatedAt ?? at,
                FirstResolvedAt = state.FirstResolvedAt ?? at,
                ResolvedAt = at,
            },
            IncidentState.Closed => state with { State = to, ClosedAt = at },
            _ => state with { State = to },
        };

    private static ImmutableList<ProposedRunbook> Taken(ImmutableList<ProposedRunbook> proposed, IncidentFact.RunAttached run) =>
        proposed.ConvertAll(one =>
            one.Runbook == run.Runbook && one.Run is null ? one with { Run = run.Run, StartedBy = run.StartedBy } : one
        );

    private static string Beginning(string text) => text.Length > MaxKeptText ? text[..(MaxKeptText - 1)] + "…" : text;

    private static ImmutableList<IncidentTask> Replace(
        ImmutableList<IncidentTask> tasks,
        int number,
        Func<IncidentTask, IncidentTask> change
    ) => tasks.ConvertAll(task => task.Number == number ? change(task) : task);
}

internal sealed record IncidentTask(int Number, string Text, string? Assignee, bool Done);

/// <summary>A runbook that people were asked to start.</summary>
/// <param name="Run">What came of it, whatever door it was started by; null: nobody has started it.</param>
internal sealed record ProposedRunbook(
    string Runbook,
    string? Source,
    string? Fingerprint,
    string? Reason = null,
    string? Run = null,
    string? StartedBy = null
);

internal sealed record LostRoom(string Platform, string Room, bool IsExposed = false);
