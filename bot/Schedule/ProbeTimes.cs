using Bot.Intake;
using Bot.Log;
using Quartz;

namespace Bot.Schedule;

/// <summary>Keeps Quartz at what <c>config/probes.yaml</c> says, as it changes.</summary>
internal sealed partial class ProbeTimes(
    ISchedulerFactory factory,
    ConfigShelf config,
    ProbeRounds rounds,
    TimeProvider time,
    ILogger<ProbeTimes> logger
) : BackgroundService
{
    /// <summary>The group of all their triggers and jobs in Quartz.</summary>
    public const string Group = "probes";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly Timetable<RunProbe> table = new(factory, time, Group);
    private IReadOnlyList<Probe> seen = [];
    private bool hasSeen;
    private bool others;

    /// <summary>Takes over what has changed in the file.</summary>
    public async Task CatchUpAsync(CancellationToken cancel)
    {
        var probes = config.Current.Probes;
        if (hasSeen && ReferenceEquals(probes, seen))
        {
            others = others && await rounds.ForgetOthersAsync(probes, probes, cancel);
            return;
        }

        await table.TakeOverAsync(
            probes.ToDictionary(probe => probe.Name, probe => probe.Every, StringComparer.Ordinal),
            every => (Schedule(every), Next(every)),
            cancel
        );
        others = await rounds.ForgetOthersAsync(probes, seen, cancel);
        (seen, hasSeen) = (probes, true);
        if (probes.Count > 0)
            Log.TakenOver(logger, probes.Count);
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
            catch (Exception e) when (e is SchedulerException or StoreUnavailableException)
            {
                Log.Failed(logger, e);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A look that was missed is over: the next one says how it stands.
    private static SimpleScheduleBuilder Schedule(TimeSpan every) =>
        SimpleScheduleBuilder
            .Create()
            .WithInterval(every)
            .RepeatForever()
            .WithMisfireInstruction(SimpleTriggerMisfireInstruction.NextWithRemainingCount);

    // The same moments on all nodes, whenever they started: each is one look.
    private DateTimeOffset Next(TimeSpan every)
    {
        var now = time.GetUtcNow().UtcTicks;
        return new DateTimeOffset(now - (now % every.Ticks) + every.Ticks, TimeSpan.Zero);
    }

    private static partial class Log
    {
        [LoggerMessage(132, LogLevel.Information, "{Probes} probes are on the schedule")]
        public static partial void TakenOver(ILogger logger, int probes);

        [LoggerMessage(133, LogLevel.Error, "The probes could not be taken over; it is tried again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
