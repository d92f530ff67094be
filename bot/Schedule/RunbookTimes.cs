using Bot.Runs;
using Quartz;
using Runbooks.Definition;

namespace Bot.Schedule;

/// <summary>Keeps Quartz at what the runbooks on the shelf say (<c>on.schedule</c>), as their files change.</summary>
internal sealed partial class RunbookTimes(ISchedulerFactory factory, IRunbookShelf shelf, TimeProvider time, ILogger<RunbookTimes> logger)
    : BackgroundService
{
    /// <summary>The group of all their triggers and jobs in Quartz.</summary>
    public const string Group = "runbooks";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly Timetable<FireRunbook> table = new(factory, time, Group);
    private IReadOnlyList<ShelvedRunbook>? seen;

    /// <summary>Takes over what has changed on the shelf.</summary>
    public async Task CatchUpAsync(CancellationToken cancel)
    {
        var all = shelf.All;
        if (ReferenceEquals(all, seen))
            return;
        var wanted = Wanted(all);
        foreach (var name in await table.TakeOverAsync(wanted, times => (Schedule(times), time.GetUtcNow()), cancel))
            Log.Scheduled(logger, name, wanted[name].CronExpressionString, wanted[name].TimeZone.Id);
        seen = all;
    }

    /// <summary>The entry of a runbook that a trigger stands for.</summary>
    /// <returns>Null if it is not there any more.</returns>
    public static (RunbookDefinition Definition, ScheduleTrigger Entry)? Find(IRunbookShelf shelf, string name)
    {
        var hash = name.LastIndexOf('#');
        return
            shelf.Find(name[..hash]) is { } definition
            && int.TryParse(name.AsSpan(hash + 1), out var index)
            && definition.Schedules.ElementAtOrDefault(index) is { } entry
            ? (definition, entry)
            : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        do
        {
            try
            {
                await CatchUpAsync(stoppingToken);
            }
            catch (SchedulerException e)
            {
                Log.Failed(logger, e);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static Dictionary<string, CronExpression> Wanted(IReadOnlyList<ShelvedRunbook> all) =>
        all.Select(one => one.Definition)
            .OfType<RunbookDefinition>()
            .SelectMany(definition => definition.Schedules.Select((entry, i) => (Name: $"{definition.Name}#{i}", Times: TimesOf(entry))))
            .ToDictionary(one => one.Name, one => one.Times, StringComparer.Ordinal);

    // What was missed while nobody was there is not made up for: at noon nobody wants the backup of 3 a.m. twice.
    private static CronScheduleBuilder Schedule(CronExpression times) =>
        CronScheduleBuilder.Create(times).WithMisfireInstruction(CronTriggerMisfireInstruction.DoNothing);

    // Without a zone the times are UTC, as all others that the bot says.
    private static CronExpression TimesOf(ScheduleTrigger entry) =>
        CronExpression
            .Parse(entry.Cron.Text, CronFormat.Unix)
            .WithTimeZone(entry.Zone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(entry.Zone));

    private static partial class Log
    {
        [LoggerMessage(130, LogLevel.Information, "Schedule {Name}: {Cron} in {Zone}")]
        public static partial void Scheduled(ILogger logger, string name, string cron, string zone);

        [LoggerMessage(131, LogLevel.Error, "Schedules could not be taken over; it is tried again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
