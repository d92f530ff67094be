using Quartz;

namespace Bot.Schedule;

internal static class ScheduleSetup
{
    /// <summary>
    /// What recurs, by Quartz. Each node has the schedules in memory; a firing of a runbook only writes one effect, keyed by what fires and for
    /// when, and one of a probe takes its moment in a table, so that several nodes, a restart or a clock that is set back do nothing twice.
    /// </summary>
    public static IServiceCollection AddSchedules(this IServiceCollection services) =>
        services
            .AddQuartz()
            .AddQuartzHostedService(options => options.WaitForJobsToComplete = true)
            .AddHostedService<SchedulerEnd>()
            .AddSingleton<RunbookTimes>()
            .AddHostedService(provider => provider.GetRequiredService<RunbookTimes>())
            .AddHostedService<DrillTimes>()
            .AddSingleton<ProbeRounds>()
            .AddSingleton<ProbeTimes>()
            .AddHostedService(provider => provider.GetRequiredService<ProbeTimes>());
}
