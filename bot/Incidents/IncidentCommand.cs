namespace Bot.Incidents;

/// <summary>What somebody may want of an incident; every button, typed command and API call ends as one of these.</summary>
internal abstract record IncidentCommand
{
    private IncidentCommand() { }

    public sealed record Acknowledge(string? Via = null) : IncidentCommand;

    /// <summary>Triage, investigate, identify, monitor, resolve, close, decline or cancel.</summary>
    /// <param name="LeftOver">What is still to be done, each a task.</param>
    public sealed record Move(IncidentState To, string? Reason = null, IReadOnlyList<string>? LeftOver = null) : IncidentCommand;

    public sealed record Reopen(string Reason) : IncidentCommand;

    public sealed record Merge(int Into, string? Reason = null) : IncidentCommand;

    /// <summary>The other half of a merge, on the incident that lives on.</summary>
    public sealed record Absorb(Incident Other) : IncidentCommand;

    /// <summary>Both go on, and each names the other.</summary>
    public sealed record Relate(int Other, string? Reason = null) : IncidentCommand;

    public sealed record ChangeSeverity(Severity To, string? Reason = null) : IncidentCommand;

    public sealed record Rename(string To) : IncidentCommand;

    public sealed record MoveImpactStart(DateTimeOffset To) : IncidentCommand;

    /// <param name="Briefing">What the new holder must know.</param>
    public sealed record AssignRole(IncidentRole Role, string Person, string? Briefing = null) : IncidentCommand
    {
        /// <summary>Only while the incident is open and nobody has the role.</summary>
        public bool IfVacant { get; init; }
    }

    public sealed record ReleaseRole(IncidentRole Role) : IncidentCommand;

    public sealed record AddNote(string Text, DateTimeOffset? HappenedAt = null) : IncidentCommand;

    public sealed record AddTask(string Text, string? Assignee = null) : IncidentCommand;

    public sealed record FinishTask(int Task) : IncidentCommand;

    public sealed record AssignTask(int Task, string Assignee) : IncidentCommand;

    /// <summary>Call somebody now, once.</summary>
    public sealed record Call(Paging.PageTarget Target, string? Reason = null) : IncidentCommand;

    public sealed record Snooze(DateTimeOffset Until) : IncidentCommand;

    /// <summary>How it stands, and what changes with it: all of it is recorded, or nothing.</summary>
    /// <param name="Severity">Null: as it is.</param>
    /// <param name="State">Null: as it is.</param>
    public sealed record PostUpdate(
        string Text,
        string? Impact = null,
        string? Next = null,
        DateTimeOffset? NextUpdateAt = null,
        Severity? Severity = null,
        IncidentState? State = null
    ) : IncidentCommand;

    public sealed record PostMessage(string Text) : IncidentCommand;

    /// <summary>A room that people made becomes the incident's, which has none.</summary>
    public sealed record TakeRoom(string Platform, string Room) : IncidentCommand;

    /// <summary>Another try at a room, now.</summary>
    public sealed record WantRoom(string Platform) : IncidentCommand;

    /// <summary>The platform makes none.</summary>
    public sealed record RefuseRoom(string Platform, string Reason) : IncidentCommand;

    /// <summary>Its room takes nothing any more.</summary>
    public sealed record LoseRoom(string Platform, string Room, string Reason) : IncidentCommand
    {
        /// <inheritdoc cref="IncidentFact.RoomLost.IsExposed"/>
        public bool IsExposed { get; init; }
    }

    /// <summary>Facts that the bot itself learnt (a page went out, a run ended); recorded as they are, whatever the state.</summary>
    public sealed record Record(params IReadOnlyList<IncidentFact> Facts) : IncidentCommand;
}
