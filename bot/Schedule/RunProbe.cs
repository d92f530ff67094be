using Quartz;

namespace Bot.Schedule;

/// <summary>A probe's moment has come.</summary>
[DisallowConcurrentExecution]
internal sealed partial class RunProbe(ProbeRounds rounds, ILogger<RunProbe> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var (name, at) = Entry.Of(context);
        try
        {
            await rounds.RunAsync(name, at, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What was found and not told is told at the next moment.
            Log.Failed(logger, name, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(134, LogLevel.Error, "The probe {Name} could not be carried out; it is at its next moment")]
        public static partial void Failed(ILogger logger, string name, Exception e);
    }
}
