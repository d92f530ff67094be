using System.Text.Json;
using Tests.Servers;

namespace Tests.Library;

/// <summary>A primary and a replica, whose commands and changes Redis counts itself.</summary>
internal abstract class RedisStage(string runbook) : PlanStage(runbook)
{
    // They change something, or are part of what does.
    private static readonly string[] Writing =
    [
        "acl|setuser",
        "client|kill",
        "eval",
        "lpop",
        "rpush",
        "set",
        "xack",
        "xadd",
        "xautoclaim",
        "xclaim",
        "xgroup|createconsumer",
        "xreadgroup",
    ];

    protected RedisServers Redis { get; private set; } = null!;

    protected string Address => $"127.0.0.1:{Redis.First}";

    public override async Task SetUpAsync()
    {
        Redis = Started(new RedisServers(Folder, Secret));
        await Redis.UntilReadyAsync();
        Environment["REDIS_PASSWORD"] = Secret;
        await BreakAsync();
    }

    public override async Task<string> WrittenAsync()
    {
        var counts = (await Redis.AskAsync(Redis.First, "INFO commandstats"))
            .Split('\n')
            .Where(line => Writing.Any(command => line.StartsWith($"cmdstat_{command}:", StringComparison.Ordinal)))
            .Select(line => line.Split(',')[0]);
        return string.Join(
            '\n',
            [
                .. counts,
                Line(await Redis.AskAsync(Redis.First, "INFO persistence"), "rdb_changes_since_last_save"),
                await Redis.AskAsync(Redis.First, "ACL LIST"),
            ]
        );
    }

    protected abstract Task BreakAsync();

    protected async Task RunAsync(params string[] commands)
    {
        foreach (var command in commands)
            await Redis.AskAsync(Redis.First, command);
    }

    protected static string Line(string info, string name) =>
        info.Split('\n').First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Trim();
}

internal sealed class LongQueue() : RedisStage("queue-backlog")
{
    private Systemctl services = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts => [("more", "systemctl start")];

    public override async Task<string> WrittenAsync() => $"{await base.WrittenAsync()} {string.Join('\n', services.Commanded)}";

    protected override async Task BreakAsync()
    {
        services = new Systemctl(Folder);
        var ssh = Started(new SshServer(Folder, services.Bin));
        await ssh.UntilReadyAsync();
        (Inputs["queue"], Inputs["redis"], Inputs["server"], Inputs["long"]) = ("jobs", Address, Address, "0");
        (Inputs["host"], Inputs["port"], Inputs["user"]) = ("127.0.0.1", $"{ssh.Port}", ssh.User);
        (Environment["WORKER_SSH_KEY"], Environment["Ssh__KnownHosts"]) = (ssh.ClientKey, ssh.KnownHosts());
        await RunAsync("RPUSH jobs 1 2 3");
    }
}

internal sealed class StuckConsumer() : RedisStage("stuck-consumer")
{
    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [("restart", "systemctl restart"), ("hand-over", "give what anna has held for 300000ms or longer")];

    protected override async Task BreakAsync()
    {
        (Inputs["stream"], Inputs["group"], Inputs["consumer"]) = ("orders", "packers", "anna");
        (Inputs["other"], Inputs["redis"], Inputs["server"]) = ("bert", Address, Address);
        Environment["CONSUMER_SSH_KEY"] = Secret;
        await RunAsync(
            "XADD orders 1-0 id 1",
            "XGROUP CREATE orders packers 0",
            "XREADGROUP GROUP packers anna STREAMS orders >",
            "XGROUP CREATECONSUMER orders packers bert",
            "XCLAIM orders packers anna 0 1-0 IDLE 3600000 JUSTID"
        );
    }
}

internal sealed class HotShard() : RedisStage("hot-shard")
{
    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [("tell", "2 are of the account shop"), ("stop", "ACL SETUSER"), ("close", "CLIENT KILL")];

    protected override async Task BreakAsync()
    {
        (Inputs["address"], Inputs["account"], Inputs["well"]) = (Address, "shop", "50");
        await RunAsync("ACL SETUSER shop on nopass +@all", "ACL SETUSER bench on nopass +@all");
        for (var each = 0; each < 2; each++)
            Started(await Redis.SignInAsync("shop"));
        // Its connections come and go.
        Started(Redis.Load(Folder, "bench"));
        await Redis.UntilBusyAsync();
    }
}

internal sealed class DeadPrimary() : PlanStage("redis-primary-down")
{
    private RedisServers redis = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts => [("failover", RedisServers.Shard)];

    public override async Task SetUpAsync()
    {
        redis = Started(new RedisServers(Folder, Secret, sentinels: true, downAfter: TimeSpan.FromMinutes(10)));
        await redis.UntilReadyAsync(sentinels: true);
        redis.Kill(redis.First);
        (Inputs["shard"], Inputs["sentinels"]) = (RedisServers.Shard, JsonSerializer.Serialize(redis.Sentinels));
        Environment["REDIS_PASSWORD"] = Environment["REDIS_SENTINEL_PASSWORD"] = Secret;
    }

    public override async Task<string> WrittenAsync()
    {
        var told = new List<string>();
        foreach (var port in redis.SentinelPorts)
        {
            var master = (await redis.AskAsync(port, $"SENTINEL MASTER {RedisServers.Shard}")).Split('\n');
            told.Add(await redis.AskAsync(port, $"SENTINEL GET-MASTER-ADDR-BY-NAME {RedisServers.Shard}"));
            told.Add(master[Array.IndexOf(master, "config-epoch") + 1]);
        }

        told.Add(
            (await redis.AskAsync(redis.Second, "INFO replication"))
                .Split('\n')
                .First(line => line.StartsWith("role:", StringComparison.Ordinal))
        );
        return string.Join('\n', told);
    }
}
