using Bot.Runs;
using Quartz;

namespace Bot.Schedule;

/// <summary>Has Quartz fire the drill of the runbooks as <c>Runbooks:Drill</c> says.</summary>
internal sealed class DrillTimes(ISchedulerFactory factory, DrillOptions options, TimeProvider time) : IHostedService
{
    /// <summary>Its job and its trigger in Quartz.</summary>
    public const string Name = "drill";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Cron is not { } cron)
            return;
        var scheduler = await factory.GetScheduler(cancellationToken);
        var times = CronExpression.Parse(cron, CronFormat.Unix).WithTimeZone(options.Zone);
        var job = JobBuilder.Create<FireDrill>().WithIdentity(Name).Build();
        var trigger = TriggerBuilder
            .Create(time)
            .WithIdentity(Name)
            // The next one finds what a missed one would have found.
            .WithSchedule(CronScheduleBuilder.Create(times).WithMisfireInstruction(CronTriggerMisfireInstruction.DoNothing))
            .Build();
        await scheduler.ScheduleJob(job, trigger, cancellationToken: cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
