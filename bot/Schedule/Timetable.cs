using Quartz;

namespace Bot.Schedule;

/// <summary>Keeps the triggers of one group in Quartz at what is wanted: what is gone is taken out, what has changed begins anew.</summary>
/// <param name="group">Of its triggers and jobs.</param>
/// <typeparam name="TJob">What a firing does; it finds its entry's name under <see cref="Entry.Name"/>.</typeparam>
internal sealed class Timetable<TJob>(ISchedulerFactory factory, TimeProvider time, string group)
    where TJob : IJob
{
    private readonly Dictionary<string, object> known = new(StringComparer.Ordinal);

    /// <param name="wanted">By name, what says when; compared with what was wanted before.</param>
    /// <param name="on">The schedule of one, and when it begins.</param>
    /// <returns>Names of those that are new or have changed.</returns>
    public async Task<IReadOnlyList<string>> TakeOverAsync<TTimes>(
        IReadOnlyDictionary<string, TTimes> wanted,
        Func<TTimes, (IScheduleBuilder Schedule, DateTimeOffset From)> on,
        CancellationToken cancel
    )
        where TTimes : notnull
    {
        var scheduler = await factory.GetScheduler(cancel);
        foreach (var gone in known.Keys.Except(wanted.Keys, StringComparer.Ordinal).ToList())
        {
            await scheduler.UnscheduleJob(new TriggerKey(gone, group), cancel);
            known.Remove(gone);
        }

        var changed = new List<string>();
        foreach (var (name, times) in wanted)
        {
            if (known.TryGetValue(name, out var there) && there.Equals(times))
                continue;
            var (schedule, from) = on(times);
            var job = JobBuilder.Create<TJob>().WithIdentity(name, group).UsingJobData(Entry.Name, name).Build();
            var trigger = TriggerBuilder.Create(time).WithIdentity(name, group).StartAt(from).WithSchedule(schedule).Build();
            await scheduler.UnscheduleJob(trigger.Key, cancel);
            await scheduler.ScheduleJob(job, trigger, cancellationToken: cancel);
            known[name] = times;
            changed.Add(name);
        }

        return changed;
    }
}

internal static class Entry
{
    /// <summary>In a job's data: which of the group it is.</summary>
    public const string Name = "name";

    /// <summary>Which entry fires, and for when.</summary>
    public static (string Name, DateTimeOffset At) Of(IJobExecutionContext context) =>
        (context.MergedJobDataMap.GetString(Name)!, context.ScheduledFireTimeUtc ?? context.FireTimeUtc);
}
