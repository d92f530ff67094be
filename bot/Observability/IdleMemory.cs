namespace Bot.Observability;

/// <summary>
/// Gives garbage back while nothing happens. The collector lets the youngest generation grow to the size of the processor's
/// cache (80 MB on a large server) before it looks at it, so a bot at rest would hold on to what its start left behind.
/// </summary>
internal sealed class IdleMemory(TimeProvider time) : BackgroundService
{
    private const long Quiet = 1 << 20;
    private const long WorthIt = 16 << 20;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        long before = 0;
        long collected = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var quiet = allocated - before < Quiet;
            before = allocated;
            if (!quiet || allocated - collected < WorthIt)
                continue;
            // Aggressive: what is free goes back to the system. Some 30 ms, in which nobody waits for anything.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            collected = allocated;
        }
    }
}
