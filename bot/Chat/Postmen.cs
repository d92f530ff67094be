using Bot.Desk;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// One postman for each platform that is on. Of several nodes one has the platform, by a lease: its limits are one workspace's,
/// so one keeps them. When that node dies the next one goes on from what is on disk.
/// </summary>
internal sealed partial class Postmen(
    IEnumerable<IChatPlatform> platforms,
    IServiceProvider services,
    LeaseTable leases,
    IStore store,
    NodeLease node,
    ChatOptions options,
    IConfiguration configuration,
    ILogger<Postmen> logger
) : BackgroundService
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Renew = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            platforms
                .Where(platform => platform is { IsOn: true, ReadsTheLog: false })
                .Select(platform => KeepAsync(platform, stoppingToken))
        );

    private async Task KeepAsync(IChatPlatform platform, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var before = TimeProvider.System.GetTimestamp();
                if (await TakeAsync(platform, stop) is { } lease)
                {
                    Log.Mine(logger, platform.Name);
                    // SQLite has one node.
                    TimeSpan? length = store.Dialect == Dialect.Sqlite ? null : Lease;
                    await WorkAsync(platform, lease, new Tenure(lease, length, TimeProvider.System, before), stop);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop: the database may be away; the postman begins anew from what is on disk.
            catch (Exception e)
            {
                Log.Failed(logger, platform.Name, e);
            }

            await Task.Delay(Look, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(IChatPlatform platform, Lease lease, Tenure tenure, CancellationToken stop)
    {
        var plan = new RoomPlan(
            options,
            (configuration["Web:PublicUrl"] ?? "").TrimEnd('/'),
            platform.Name,
            user => services.GetRequiredService<ChatDirectory>().PersonOf(platform.Name, user),
            group => services.GetRequiredService<AccessState>().Current.InGroup(platform.Name, group),
            platform.MembersOf,
            incident => services.GetRequiredService<ChatDirectory>().RoomOf(platform.Name, incident),
            room => services.GetRequiredService<ChatDirectory>().IncidentOf(platform.Name, room)
        );
        // A step may take longer than the lease: what it writes after the lease was lost must not come over what the next node wrote.
        var fenced = new FencedStore(store, lease);
        var rooms = new RoomTable(fenced);
        var steps = ActivatorUtilities.CreateInstance<RoomSteps>(
            services,
            platform,
            plan,
            rooms,
            new PostTable(fenced),
            new InviteTable(fenced),
            tenure
        );
        using var readBack = ActivatorUtilities.CreateInstance<ReadBack>(services, platform, rooms);
        var postman = ActivatorUtilities.CreateInstance<Postman>(services, platform, plan, steps, readBack, rooms);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reading = readBack.RunAsync(ending.Token);
        try
        {
            await postman.RunAsync(
                async cancel =>
                {
                    if (store.Dialect == Dialect.Sqlite || tenure.SinceRenewed < Renew)
                        return true;
                    var before = TimeProvider.System.GetTimestamp();
                    if (!await leases.RenewAsync(lease, Lease, cancel))
                        return false;
                    tenure.Renewed(before);
                    return true;
                },
                stop
            );
        }
        finally
        {
            await ending.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                await leases.ReleaseAsync(lease, CancellationToken.None);
        }
    }

    private Task<Lease?> TakeAsync(IChatPlatform platform, CancellationToken stop) =>
        leases.TakeAsync("chat:" + platform.Name, node.Name, Lease, stop);

    private static partial class Log
    {
        [LoggerMessage(755, LogLevel.Information, "This node brings {Platform} up to date")]
        public static partial void Mine(ILogger logger, string platform);

        [LoggerMessage(756, LogLevel.Error, "The outbox of {Platform} broke off; it begins again")]
        public static partial void Failed(ILogger logger, string platform, Exception e);
    }
}
