using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Bot.Paging;

namespace Bot.Incidents;

/// <summary>Everything that can be true of an incident, one sealed record each, in the past tense.</summary>
internal abstract record IncidentFact
{
    private IncidentFact() { }

    /// <summary>When it happened, where that differs from when it is recorded; kept on the envelope, not in the data.</summary>
    [JsonIgnore]
    public DateTimeOffset? HappenedAt { get; init; }

    public sealed record Declared(
        int Number,
        string Title,
        Severity Severity,
        IncidentKind Kind,
        string? Service,
        bool Private,
        DateTimeOffset ImpactStartedAt,
        IncidentPolicy Policy,
        AlertOrigin? Origin
    ) : IncidentFact;

    /// <summary>Alerts came in: <paramref name="Fired"/> newly firing, <paramref name="Resolved"/> newly resolved, by fingerprint. Repeats are only counted on the alert.</summary>
    /// <param name="Names">Names of alerts (<c>alertname</c>) that this incident sees for the first time.</param>
    /// <param name="Hidden">How many alerts the sender's limit cut from this delivery (Alertmanager's <c>truncatedAlerts</c>).</param>
    /// <param name="Because">What the bot's own probe saw when it failed; null for alerts of others, which look for themselves.</param>
    public sealed record AlertsJoined(
        string Delivery,
        string Source,
        string GroupKey,
        IReadOnlyList<string> Fired,
        IReadOnlyList<string> Resolved,
        IReadOnlyList<string> Names,
        int Hidden,
        string? Because = null
    ) : IncidentFact;

    public sealed record Acknowledged(string? Via) : IncidentFact;

    public sealed record Moved(IncidentState From, IncidentState To, string? Reason) : IncidentFact;

    /// <summary>Back from <c>resolved</c>; <paramref name="Flap"/> where an alert fired again inside the cool-down.</summary>
    public sealed record Reopened(IncidentState To, string Reason, bool Flap) : IncidentFact;

    public sealed record MergedInto(int Into, string? Reason) : IncidentFact;

    /// <summary>Another incident was merged into this one; its alerts are this one's from now on.</summary>
    /// <param name="Alerts">Episodes that it had, <paramref name="Firing"/> of them firing still.</param>
    /// <param name="HiddenByGroup">Its truncated groups and how many members they hide; null where there are none.</param>
    public sealed record Absorbed(int Other, int Alerts = 0, int Firing = 0, ImmutableDictionary<string, int>? HiddenByGroup = null)
        : IncidentFact;

    /// <summary>Another incident has to do with this one; the other one says so too.</summary>
    public sealed record Related(int Other, string? Reason) : IncidentFact;

    public sealed record SeverityChanged(Severity From, Severity To, string? Reason) : IncidentFact;

    public sealed record Renamed(string From, string To) : IncidentFact;

    public sealed record ImpactStartMoved(DateTimeOffset From, DateTimeOffset To) : IncidentFact;

    /// <param name="Previous">Whom they took over from; a hand-over is one fact.</param>
    /// <param name="Briefing">What the new holder must know, in the words of who handed over; null: nothing was said.</param>
    public sealed record RoleAssigned(IncidentRole Role, string Person, string? Previous, string? Briefing = null) : IncidentFact;

    public sealed record RoleReleased(IncidentRole Role, string Person) : IncidentFact;

    public sealed record NoteAdded(string Text) : IncidentFact;

    public sealed record TaskAdded(int Task, string Text, string? Assignee) : IncidentFact;

    public sealed record TaskDone(int Task) : IncidentFact;

    public sealed record TaskAssigned(int Task, string Assignee) : IncidentFact;

    /// <param name="Impact">Who is affected, and how; null: nothing was said.</param>
    /// <param name="Next">What is done next; null: nothing was said.</param>
    /// <param name="NextUpdateAt">When the next one is promised; null: nothing was promised.</param>
    public sealed record UpdatePosted(string Text, string? Impact = null, string? Next = null, DateTimeOffset? NextUpdateAt = null)
        : IncidentFact;

    /// <summary>A message in the incident's channel, by a person, a command's answer shown to all, or a runbook.</summary>
    public sealed record MessagePosted(string Text) : IncidentFact;

    /// <summary>A room for it was made on a chat platform.</summary>
    public sealed record RoomOpened(string Platform, string Room) : IncidentFact;

    /// <summary>The platform makes no room for it; once for each new reason, however often it is tried.</summary>
    public sealed record RoomRefused(string Platform, string Reason) : IncidentFact;

    /// <summary>Somebody wants a room to be tried again now.</summary>
    public sealed record RoomWanted(string Platform) : IncidentFact;

    /// <summary>Its room takes nothing any more: it was archived or deleted, or the bot was put out of it.</summary>
    public sealed record RoomLost(string Platform, string Room, string Reason) : IncidentFact
    {
        /// <summary>It is there, and everybody can read it, which a private incident's room must not be.</summary>
        public bool IsExposed { get; init; }
    }

    /// <summary>Somebody wrote in its room on a chat platform; happened when they wrote.</summary>
    /// <param name="Message">The platform's id of the message within the room.</param>
    public sealed record ChatMessageWritten(
        string Platform,
        string Room,
        string Message,
        string Text,
        string? Permalink,
        IReadOnlyList<string> Files
    ) : IncidentFact;

    /// <param name="Text">As it reads now; what it said before stays on the log.</param>
    public sealed record ChatMessageEdited(string Platform, string Room, string Message, string Text) : IncidentFact;

    /// <summary>Somebody deleted a message of the bot itself.</summary>
    /// <param name="Slot">What it was, as the posts are kept.</param>
    public sealed record PostDeleted(string Platform, string Room, string Message, string Slot) : IncidentFact;

    public sealed record ChatMessageDeleted(string Platform, string Room, string Message) : IncidentFact;

    /// <summary>Somebody wants a message of a room on the timeline; happened when it was written.</summary>
    /// <param name="Author">Who wrote it.</param>
    public sealed record ChatMessageMarked(
        string Platform,
        string Room,
        string Message,
        string Author,
        string Text,
        string? Permalink,
        IReadOnlyList<string> Files
    ) : IncidentFact;

    /// <summary>A picture or another file was put onto the timeline; its content is kept beside the log.</summary>
    /// <param name="Description">What it shows, for whoever does not see it.</param>
    /// <param name="Hash">SHA-256 of the content, in hex.</param>
    /// <param name="Size">In bytes.</param>
    public sealed record FileAttached(string Name, string Title, string Description, string MediaType, string Hash, int Size)
        : IncidentFact;

    /// <summary>People were reminded of what it lacks.</summary>
    public sealed record Reminded(ReminderKind Of) : IncidentFact;

    public sealed record RemindersSnoozed(DateTimeOffset Until) : IncidentFact;

    /// <summary>Somebody asked to call somebody, whether or not the incident is acknowledged.</summary>
    public sealed record PageRequested(PageTarget Target, string? Reason) : IncidentFact;

    /// <param name="LeftOut">Who of several was not called; null: nobody.</param>
    public sealed record PageSent(PageTarget Target, string Pager, int Attempt, string? LeftOut = null) : IncidentFact;

    public sealed record PageFailed(PageTarget Target, string Pager, int Attempt, string Error, bool Final) : IncidentFact
    {
        /// <summary>Stands where a pager's name would, of a target that none reaches.</summary>
        public const string NoPager = "none";
    }

    /// <summary>Nobody acknowledged, or nobody could be reached: the next ones of the route are called.</summary>
    /// <param name="Level">From 1; the route's own targets are level 0.</param>
    public sealed record CallsEscalated(int Level, IReadOnlyList<PageTarget> Targets, string Reason) : IncidentFact;

    /// <summary>The last call that the route foresees was made and nobody acknowledged.</summary>
    public sealed record CallsUnanswered(string Reason) : IncidentFact;

    public sealed record RunbookProposed(string Runbook, string Reason, string? Source, string? Fingerprint) : IncidentFact;

    /// <summary>It would have started by itself, and did not: a person decides.</summary>
    public sealed record RunbookHeldBack(string Runbook, string Reason) : IncidentFact;

    /// <summary>The run's own facts are on the run's stream; these two tie the story together.</summary>
    /// <param name="GoesOnFrom">It was over, and goes on from this step; null: it begins.</param>
    public sealed record RunAttached(string Run, string Runbook, string StartedBy, string? GoesOnFrom = null) : IncidentFact;

    /// <summary>Somebody approved a step alone, against the rule of who and how many.</summary>
    public sealed record GlassBroken(string Run, string Step, string Reason) : IncidentFact;

    public sealed record RunFinished(string Run, string Runbook, string State, string? Reason) : IncidentFact;
}

/// <summary>Where an incident came from, when it came from alerts.</summary>
internal sealed record AlertOrigin(string Source, string GroupKey, string Route);

/// <summary>What the route decided for this incident's life; pinned at declaration so that a later change of the config cannot re-decide it.</summary>
/// <param name="ResolveByItself">Whether it resolves when its last alert does.</param>
/// <param name="Cooldown">For how long after its resolution a re-fire re-opens it.</param>
/// <param name="PageEvery">How often a page is repeated until somebody acknowledges.</param>
/// <param name="Then">Who is called next when nobody has; null: nobody.</param>
/// <param name="FlapLimit">After so many re-openings by alerts it stays open until a person resolves it; 0: never.</param>
internal sealed record IncidentPolicy(
    bool ResolveByItself,
    TimeSpan Cooldown,
    IReadOnlyList<PageTarget> Page,
    TimeSpan PageEvery,
    int PageAttempts,
    IReadOnlyList<PageLevel>? Then = null,
    int FlapLimit = 0
)
{
    public static IncidentPolicy ByHand { get; } = new(false, TimeSpan.Zero, [], TimeSpan.FromMinutes(5), 0);

    /// <summary>Who is called at a level, from 0; null after the last.</summary>
    public PageLevel? Level(int level) =>
        level == 0 ? new PageLevel(Page, PageEvery, PageAttempts)
        : level <= (Then?.Count ?? 0) ? Then![level - 1]
        : null;
}

/// <param name="Every">Between two calls to the same target, and before the next level begins.</param>
/// <param name="Attempts">Calls to each target, from 1.</param>
internal sealed record PageLevel(IReadOnlyList<PageTarget> Targets, TimeSpan Every, int Attempts);
