using System.Globalization;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary><c>Runbooks:Drill</c>: when the runbooks' reads are tried, and when one counts as forgotten.</summary>
/// <param name="Cron">Five fields as in crontab(5); null: never by itself.</param>
/// <param name="Stale">A runbook that nobody has run for so long is a finding; zero: none is.</param>
internal sealed record DrillOptions(string? Cron, TimeZoneInfo Zone, TimeSpan Stale)
{
    private const string Section = "Runbooks:Drill";

    /// <summary>
    /// For the steps of one runbook together. A drill is an effect of the outbox, and has to be over before its claim is; who waits
    /// for one in front of a terminal has no more patience either.
    /// </summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(12);

    public static DrillOptions From(IConfiguration configuration) =>
        new(
            configuration[Section + ":Cron"] is { Length: > 0 } cron ? cron : null,
            configuration[Section + ":TimeZone"] is { Length: > 0 } zone ? TimeZoneInfo.FindSystemTimeZoneById(zone) : TimeZoneInfo.Utc,
            configuration[Section + ":Stale"] is { Length: > 0 } stale ? TimeSpan.Parse(stale, CultureInfo.InvariantCulture) : TimeSpan.Zero
        );

    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        if (configuration[Section + ":Cron"] is { Length: > 0 } cron && CronSpec.Parse(cron).Problem is { } problem)
            yield return $"{Section}:Cron: {problem} Empty: no drill by itself.";
        if (configuration[Section + ":TimeZone"] is { Length: > 0 } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            yield return $"{Section}:TimeZone is '{zone}'. Write a name of the time zone database, as Europe/Zurich.";
    }
}
