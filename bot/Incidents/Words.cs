namespace Bot.Incidents;

/// <summary>Where an incident stands. The order of the first six is the usual way through.</summary>
internal enum IncidentState
{
    Triage,
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Closed,
    Declined,
    Merged,
    Cancelled,
}

internal enum Severity
{
    Unset,
    Sev1,
    Sev2,
    Sev3,
    Sev4,
}

/// <summary>Drills and retrospectives are left out of the figures.</summary>
internal enum IncidentKind
{
    Real,
    Drill,
    Retrospective,
}

/// <summary>The field's standard roles; at most one person each, the commander handed over explicitly.</summary>
internal enum IncidentRole
{
    Commander,
    Deputy,
    OpsLead,
    CommsLead,
    Scribe,
    SubjectMatterExpert,
}

internal static class IncidentWords
{
    /// <summary>Still being worked on: neither resolved nor ended in any other way.</summary>
    public static bool IsOpen(this IncidentState state) => state <= IncidentState.Monitoring;

    public static string Word(this IncidentState state) => state.ToString().ToLowerInvariant();

    public static string Word(this Severity severity) => severity.ToString().ToLowerInvariant();

    public static string Word(this IncidentKind kind) => kind.ToString().ToLowerInvariant();

    public static string Word(this IncidentRole role) =>
        role switch
        {
            IncidentRole.OpsLead => "ops-lead",
            IncidentRole.CommsLead => "comms-lead",
            IncidentRole.SubjectMatterExpert => "sme",
            _ => role.ToString().ToLowerInvariant(),
        };

    /// <summary>What whoever has it does.</summary>
    public static string Meaning(this IncidentRole role) =>
        role switch
        {
            IncidentRole.Commander =>
                "You decide: what is done, by whom, and in which order. You do not repair; you keep the whole in view, post updates, and hand over before you are tired.",
            IncidentRole.Deputy => "You take what the commander gives you, watch that nothing is forgotten, and take over when asked.",
            IncidentRole.OpsLead =>
                "You lead the repair: who changes what, one change at a time, each one said here before it is made. Ask the commander before what cannot be undone.",
            IncidentRole.CommsLead =>
                "You write to everybody outside this channel: users, support, management. Nobody else has to; you say when the next word comes, and keep it.",
            IncidentRole.Scribe =>
                "You see to it that the timeline is complete: decisions with their reasons, what was tried, what was seen and when.",
            _ => "You know the system that fails: say what you see, what it means, and what you would try.",
        };

    /// <summary>The role behind a typed word; <c>lead</c> and <c>ic</c> are the commander.</summary>
    public static IncidentRole? RoleFrom(string word) =>
        word.ToLowerInvariant() switch
        {
            "commander" or "lead" or "ic" => IncidentRole.Commander,
            "deputy" => IncidentRole.Deputy,
            "ops-lead" or "ops" => IncidentRole.OpsLead,
            "comms-lead" or "comms" => IncidentRole.CommsLead,
            "scribe" => IncidentRole.Scribe,
            "sme" or "subject-matter-expert" => IncidentRole.SubjectMatterExpert,
            _ => null,
        };

    /// <summary><c>sev1</c>, <c>SEV-1</c>, <c>1</c> … or null.</summary>
    public static Severity? SeverityFrom(string word) =>
        word.ToLowerInvariant().Replace("sev", "", StringComparison.Ordinal).TrimStart('-') switch
        {
            "1" => Severity.Sev1,
            "2" => Severity.Sev2,
            "3" => Severity.Sev3,
            "4" => Severity.Sev4,
            "unset" or "none" => Severity.Unset,
            _ => null,
        };
}
