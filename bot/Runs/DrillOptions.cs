using System.Globalization;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary><c>Runbooks:Drill</c>: when the runbooks' reads are tried, and when one counts as forgotten.</summary>
/// <param name="Cron">Five fields as in crontab(5); null: never by itself.</param>
/// <param name="Stale">A runbook that nobody has run for so long is a finding; zero: none is.</param>
/// <param name="Limit">For the steps of one runbook together.</param>
internal sealed record DrillOptions(string? Cron, TimeZoneInfo Zone, TimeSpan Stale, TimeSpan Limit)
{
    private const string Section = "Runbooks:Drill";

    private static readonly TimeSpan UsualLimit = TimeSpan.FromMinutes(1);

    /// <summary>Somebody waits for it in front of a page or a terminal, and all runbooks after it.</summary>
    public static TimeSpan LongestLimit { get; } = TimeSpan.FromMinutes(10);

    public static DrillOptions From(IConfiguration configuration) =>
        new(
            configuration[Section + ":Cron"] is { Length: > 0 } cron ? cron : null,
            configuration[Section + ":TimeZone"] is { Length: > 0 } zone ? TimeZoneInfo.FindSystemTimeZoneById(zone) : TimeZoneInfo.Utc,
            configuration[Section + ":Stale"] is { Length: > 0 } stale
                ? TimeSpan.Parse(stale, CultureInfo.InvariantCulture)
                : TimeSpan.Zero,
            configuration[Section + ":Limit"] is { Length: > 0 } limit ? TimeSpan.Parse(limit, CultureInfo.InvariantCulture) : UsualLimit
        );

    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        if (configuration[Section + ":Cron"] is { Length: > 0 } cron && CronSpec.Parse(cron).Problem is { } problem)
            yield return $"{Section}:Cron: {problem} Empty: no drill by itself.";
        if (configuration[Section + ":TimeZone"] is { Length: > 0 } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            yield return $"{Section}:TimeZone is '{zone}'. Write a name of the time zone database, as Europe/Zurich.";
        // That it is a span is seen with all others.
        if (TimeSpan.TryParse(configuration[Section + ":Limit"], CultureInfo.InvariantCulture, out var limit) && limit > LongestLimit)
            yield return $"{Section}:Limit is '{configuration[Section + ":Limit"]}'. Somebody may wait for it: at most {LongestLimit:c}.";
    }
}
