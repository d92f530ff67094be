using Bot.Parts;

namespace Bot.Storage;

/// <summary>
/// This process among several: its name, its epoch, and whether its lease holds. The lease ends by the database's clock; the
/// process judges its own validity by its monotonic clock and a margin, so that it stops its I/O before others may take over.
/// </summary>
internal sealed partial class NodeLease(
    LeaseTable leases,
    NodeOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<NodeLease> logger
) : BackgroundService
{
    public const string Prefix = "node:";
    private Lease? lease;
    private long renewedAt;
    private bool renewed;

    public string Name => options.Name;

    /// <summary>Grows each time a process of this name starts: the fencing token of everything it drives.</summary>
    public long Epoch => lease?.Epoch ?? throw new InvalidOperationException("The node's lease is taken when the bot starts.");

    public bool IsValid => Volatile.Read(ref renewed) && time.GetElapsedTime(Volatile.Read(ref renewedAt)) < options.Lease * 0.8;

    /// <summary>Takes the lease before anything else starts. A lease of the same name that still runs belongs to a process that died.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var before = time.GetTimestamp();
        lease =
            await leases.TakeAsync(Prefix + Name, Name, options.Lease, cancellationToken)
            ?? throw new StartException($"Another process is the node '{Name}'. Give this one another Node:Name.");
        Renewed(before);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Volatile.Write(ref renewed, false);
        if (lease is not null)
            await leases.ReleaseAsync(lease, cancellationToken);
    }

    /// <summary>Names of nodes whose lease is over: what they drove may be taken over.</summary>
    public async Task<IReadOnlyList<string>> DeadNodesAsync(CancellationToken cancel) =>
        [
            .. (await leases.ExpiredAsync(cancel))
                .Where(other => other.Name.StartsWith(Prefix, StringComparison.Ordinal) && other.Owner != Name)
                .Select(other => other.Owner),
        ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Lease / 4, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Measured from before the call: the database may have counted from the moment it was sent.
            var before = time.GetTimestamp();
            try
            {
                if (await leases.RenewAsync(lease!, options.Lease, stoppingToken))
                    Renewed(before);
                else
                    await TakeAgainAsync(before, stoppingToken);
            }
            // The edge of the loop: a lease that cannot be renewed runs out, and this node stops acting by its own clock.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotRenewed(logger, Name, e.Message);
            }
        }
    }

    // The epoch is not ours any more: another process was started with this name. Two that answer to one name would both
    // drive what belongs to it, so the one that came first goes.
    private async Task TakeAgainAsync(long before, CancellationToken cancel)
    {
        Volatile.Write(ref renewed, false);
        Log.Lost(logger, Name);
        if (await leases.TakeAsync(Prefix + Name, Name, options.Lease, cancel, held: false) is { } again)
        {
            lease = again;
            Renewed(before);
            return;
        }

        Log.NameTaken(logger, Name);
        lifetime.StopApplication();
    }

    private void Renewed(long before)
    {
        Volatile.Write(ref renewedAt, before);
        Volatile.Write(ref renewed, true);
    }

    private static partial class Log
    {
        [LoggerMessage(620, LogLevel.Warning, "Node {Node} could not renew its lease: {Error}")]
        public static partial void NotRenewed(ILogger logger, string node, string error);

        [LoggerMessage(621, LogLevel.Error, "Node {Node} lost its lease and stops what it drives")]
        public static partial void Lost(ILogger logger, string node);

        [LoggerMessage(622, LogLevel.Critical, "Another process was started as node {Node}, so this one ends. Give each its own Node:Name")]
        public static partial void NameTaken(ILogger logger, string node);
    }
}

/// <param name="Name">Unique among the processes on one database (<c>Node:Name</c>).</param>
/// <param name="Lease">For how long others wait before they take over (<c>Node:Lease</c>, 10 s).</param>
internal sealed record NodeOptions(string Name, TimeSpan Lease)
{
    public static NodeOptions From(IConfiguration configuration) =>
        new(
            configuration["Node:Name"] is { Length: > 0 } name ? name : $"{Environment.MachineName}-{Environment.ProcessId}",
            configuration.GetValue("Node:Lease", TimeSpan.FromSeconds(10))
        );
}
