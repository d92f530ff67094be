using System.Collections.Immutable;
using Bot.Log;

namespace Bot.Incidents;

/// <summary>What is easily forgotten while an incident is open.</summary>
internal enum ReminderKind
{
    NoCommander,
    NoUpdate,
    StillOpen,
}

/// <summary>After how long people are reminded, and again; zero: never (<c>Reminders:…</c>).</summary>
/// <param name="NoCommander">Since nobody leads it.</param>
/// <param name="NoUpdate">Since the last update of one that is sev1 or sev2; where that promised the next one for a time, then.</param>
/// <param name="StillOpen">Since it was declared, or opened again.</param>
internal sealed record ReminderOptions(TimeSpan NoCommander, TimeSpan NoUpdate, TimeSpan StillOpen)
{
    public static ReminderOptions Usual { get; } = new(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromDays(1));

    public TimeSpan Of(ReminderKind kind) =>
        kind switch
        {
            ReminderKind.NoCommander => NoCommander,
            ReminderKind.NoUpdate => NoUpdate,
            _ => StillOpen,
        };
}

/// <summary>Which reminders are due, and when the next one may be. Pure.</summary>
internal static class Reminders
{
    private static readonly ImmutableArray<ReminderKind> Kinds = [.. Enum.GetValues<ReminderKind>()];

    public static IEnumerable<ReminderKind> Due(Incident incident, ReminderOptions options, DateTimeOffset now) =>
        Kinds.Where(kind => At(incident, kind, options) <= now);

    /// <returns>Null: never, as it stands; it is looked at again when something changes that, or not at all.</returns>
    public static DateTimeOffset? Next(Incident incident, ReminderOptions options, DateTimeOffset now) =>
        Kinds.Select(kind => At(incident, kind, options)).Where(at => at is not null).DefaultIfEmpty(null).Min() is { } next
            ? (next > now ? next : now)
            : null;

    /// <summary>Whether what was foreseen may be too late now: a promise, a severity that wants updates, a lead that was given up.</summary>
    public static bool MayComeEarlier(IncidentFact fact) =>
        fact
            is IncidentFact.Reopened
                or IncidentFact.SeverityChanged { To: Severity.Sev1 or Severity.Sev2 }
                or IncidentFact.UpdatePosted { NextUpdateAt: not null }
                or IncidentFact.RoleReleased { Role: IncidentRole.Commander }
                or IncidentFact.RemindersSnoozed;

    private static DateTimeOffset? At(Incident incident, ReminderKind kind, ReminderOptions options)
    {
        var after = options.Of(kind);
        if (after <= TimeSpan.Zero || !incident.IsOpen || incident.Kind is IncidentKind.Retrospective || !Applies(incident, kind))
            return null;
        var began = kind switch
        {
            ReminderKind.NoCommander => incident.LeaderlessSince,
            ReminderKind.NoUpdate => incident.LastUpdateAt,
            _ => null,
        };
        var since = Later(Later(incident.DeclaredAt, incident.ReopenedAt), began);
        if (incident.Reminded.TryGetValue(kind, out var last))
            since = Later(since, last);
        var at = since + after;
        // A promise is kept or reminded of, whatever the severity, and once; after that the usual time counts.
        if (kind is ReminderKind.NoUpdate && incident.NextUpdateAt is { } promised && !(last >= promised))
            at = promised;
        return incident.SnoozedUntil > at ? incident.SnoozedUntil : at;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    private static bool Applies(Incident incident, ReminderKind kind) =>
        kind switch
        {
            ReminderKind.NoCommander => incident.Commander is null,
            ReminderKind.NoUpdate => incident.Severity is Severity.Sev1 or Severity.Sev2 || incident.NextUpdateAt is not null,
            _ => true,
        };
}

/// <summary>Look what people have to be reminded of, when it is due; comes again as long as the incident is open.</summary>
/// <param name="Round">How often it had been opened again when these looks began: those of an earlier round are over.</param>
/// <param name="Change">As <see cref="Incident.ReminderChanges"/> when they began: looks that began before the last one are over.</param>
internal sealed record RemindEffect(int Incident, int Round = 0, int Change = 0)
{
    public const string Kind = "remind";

    /// <summary>The longest time between two looks: after a start the settings may want reminders earlier.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMinutes(5);

    /// <summary>The next look, when the first reminder is due.</summary>
    public static Effect Next(Incident incident, ReminderOptions options, DateTimeOffset now)
    {
        var next = Reminders.Next(incident, options, now) ?? DateTimeOffset.MaxValue;
        var look = now + Look;
        var remind = new RemindEffect(incident.Number, incident.Reopens, incident.ReminderChanges);
        return new Effect(Kind, $"remind/{incident.Id}", remind, next < look ? next : look);
    }
}
