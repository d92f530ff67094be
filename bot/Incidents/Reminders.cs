using System.Collections.Immutable;

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
/// <param name="StillOpen">Since it was declared.</param>
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

    private static DateTimeOffset? At(Incident incident, ReminderKind kind, ReminderOptions options)
    {
        var after = options.Of(kind);
        if (after <= TimeSpan.Zero || !incident.IsOpen || incident.Kind is IncidentKind.Retrospective || !Applies(incident, kind))
            return null;
        var since = kind is ReminderKind.NoUpdate ? incident.LastUpdateAt ?? incident.DeclaredAt : incident.DeclaredAt;
        if (incident.Reminded.TryGetValue(kind, out var last) && last > since)
            since = last;
        var at = since + after;
        // A promise is kept or reminded of, whatever the severity, and once; after that the usual time counts.
        if (kind is ReminderKind.NoUpdate && incident.NextUpdateAt is { } promised && !(last > promised))
            at = promised;
        return incident.SnoozedUntil > at ? incident.SnoozedUntil : at;
    }

    private static bool Applies(Incident incident, ReminderKind kind) =>
        kind switch
        {
            ReminderKind.NoCommander => incident.Commander is null,
            ReminderKind.NoUpdate => incident.Severity is Severity.Sev1 or Severity.Sev2 || incident.NextUpdateAt is not null,
            _ => true,
        };
}

/// <summary>Look what people have to be reminded of; comes again as long as the incident is open.</summary>
/// <param name="Round">How often it had been opened again when these looks began: those of an earlier round are over.</param>
internal sealed record RemindEffect(int Incident, int Round = 0)
{
    public const string Kind = "remind";

    /// <summary>How long until the first look, and between two looks while nothing is due.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMinutes(5);
}
