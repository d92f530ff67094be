using Bot.Parts;

namespace Bot.Storage;

/// <summary>
/// This process among several: its name, its epoch, and whether its lease holds. The lease ends by the database's clock; the
/// process judges its own validity by its monotonic clock and a margin, and has its I/O end by <see cref="Tenure"/> before others may take over.
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
    private readonly Lock guard = new();
    private Lease? lease;
    private CancellationTokenSource? tenure;
    private ITimer? watch;
    private long renewedAt;
    private bool renewed;

    public string Name => options.Name;

    /// <summary>Grows each time a process of this name starts: the fencing token of everything it drives.</summary>
    public long Epoch => lease?.Epoch ?? throw new InvalidOperationException("The node's lease is taken when the bot starts.");

    public bool IsValid => Left > TimeSpan.Zero;

    /// <summary>
    /// Fires at the moment from which the lease is not valid any more, and in a process that was frozen then, as soon as it wakes. When the
    /// lease is valid again there is another one. Never on SQLite: nobody else is there to take over.
    /// </summary>
    public CancellationToken Tenure
    {
        get
        {
            if (!leases.HasOthers)
                return CancellationToken.None;
            lock (guard)
                return tenure?.Token ?? new CancellationToken(canceled: true);
        }
    }

    private TimeSpan Left
    {
        get
        {
            lock (guard)
                return renewed ? (options.Lease * 0.8) - time.GetElapsedTime(renewedAt) : TimeSpan.Zero;
        }
    }

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
        End();
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
        if (End())
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
        lock (guard)
        {
            // Whoever was frozen for too long may come here before the timer does: what it drove until then may be another node's by now.
            Watch();
            var again = watch is not null && tenure is null;
            (renewedAt, renewed) = (before, true);
            tenure ??= new CancellationTokenSource();
            Watch();
            if (again && IsValid)
                Log.Again(logger, Name);
        }
    }

    // By the clock and margin of IsValid, whenever the timer believes that it is time.
    private void Watch()
    {
        if (!leases.HasOthers)
            return;
        lock (guard)
        {
            if (Left is var left && left > TimeSpan.Zero)
            {
                watch ??= time.CreateTimer(_ => Watch(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                watch.Change(left, Timeout.InfiniteTimeSpan);
            }
            else if (End())
            {
                Log.Lost(logger, Name);
            }
        }
    }

    /// <returns>False if it was over already.</returns>
    private bool End()
    {
        lock (guard)
        {
            var over = tenure;
            (renewed, tenure) = (false, null);
            // Elsewhere: whoever hears of it may have more to do than this lease can wait for.
            _ = over?.CancelAsync();
            return over is not null;
        }
    }

    public override void Dispose()
    {
        watch?.Dispose();
        tenure?.Dispose();
        base.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(620, LogLevel.Warning, "Node {Node} could not renew its lease: {Error}")]
        public static partial void NotRenewed(ILogger logger, string node, string error);

        [LoggerMessage(621, LogLevel.Error, "Node {Node} lost its lease and stops what it drives")]
        public static partial void Lost(ILogger logger, string node);

        [LoggerMessage(622, LogLevel.Critical, "Another process was started as node {Node}, so this one ends. Give each its own Node:Name")]
        public static partial void NameTaken(ILogger logger, string node);

        [LoggerMessage(623, LogLevel.Information, "Node {Node} has its lease again and goes on")]
        public static partial void Again(ILogger logger, string node);
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
