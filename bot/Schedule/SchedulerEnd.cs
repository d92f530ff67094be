using Quartz;

namespace Bot.Schedule;

/// <summary>
/// Nothing recurs in a bot that stops: the scheduler is stood by before anything that its jobs need ends, and is over with the
/// container, also where nobody stopped the host first. A job that fires then would find the services disposed.
/// </summary>
internal sealed class SchedulerEnd(ISchedulerFactory factory) : IHostedLifecycleService, IAsyncDisposable
{
    private IScheduler? scheduler;

    public async Task StartingAsync(CancellationToken cancellationToken) => scheduler = await factory.GetScheduler(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (scheduler is { Status: not (SchedulerStatus.ShuttingDown or SchedulerStatus.Shutdown) })
            await scheduler.Standby(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (scheduler is { Status: not (SchedulerStatus.ShuttingDown or SchedulerStatus.Shutdown) })
            await scheduler.Shutdown(waitForJobsToComplete: false);
    }
}
