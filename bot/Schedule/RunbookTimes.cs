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

    private readonly Dictionary<string, CronExpression> known = new(StringComparer.Ordinal);
    private IReadOnlyList<ShelvedRunbook>? seen;

    /// <summary>Takes over what has changed on the shelf.</summary>
    public async Task CatchUpAsync(CancellationToken cancel)
    {
        var all = shelf.All;
        if (ReferenceEquals(all, seen))
            return;
        var scheduler = await factory.GetScheduler(cancel);
        var wanted = Wanted(all);
        foreach (var gone in known.Keys.Except(wanted.Keys, StringComparer.Ordinal).ToList())
        {
            await scheduler.UnscheduleJob(new TriggerKey(gone, Group), cancel);
            known.Remove(gone);
        }

        foreach (var (name, times) in wanted)
        {
            if (known.TryGetValue(name, out var there) && there.Equals(times))
                continue;
            var job = JobBuilder.Create<FireRunbook>().WithIdentity(name, Group).UsingJobData(FireRunbook.Name, name).Build();
            var trigger = TriggerBuilder
                .Create(time)
                .WithIdentity(name, Group)
                // What was missed while nobody was there is not made up for: at noon nobody wants the backup of 3 a.m. twice.
                .WithSchedule(CronScheduleBuilder.Create(times).WithMisfireInstruction(CronTriggerMisfireInstruction.DoNothing))
                .Build();
            await scheduler.UnscheduleJob(trigger.Key, cancel);
            await scheduler.ScheduleJob(job, trigger, cancellationToken: cancel);
            known[name] = times;
            Log.Scheduled(logger, name, times.CronExpressionString, times.TimeZone.Id);
        }

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
