using System.Text.Json;
using Tests.Cli;
using Tests.Servers;
using Tests.Storage;
using Tests.Support;

namespace Tests.Runbooks;

/// <summary>
/// <c>plan</c> of shipped runbooks on real servers that are ill: it names every call that would change something, and the servers' own
/// counters say that nothing was changed.
/// </summary>
public sealed class LibraryPlanTests : IDisposable
{
    private const string Secret = "planted-77d1b0c4e2";
    private readonly string folder = Directory.CreateTempSubdirectory("incident-plan-").FullName;
    private readonly Stack<IDisposable> started = new();

    public void Dispose()
    {
        while (started.TryPop(out var one))
            one.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_failover_of_redis_is_planned_and_not_made()
    {
        var redis = Started(new RedisServers(folder, Secret, sentinels: true, downAfter: TimeSpan.FromMinutes(10)));
        await redis.UntilReadyAsync(sentinels: true);
        redis.Kill(redis.First);
        async Task<string> StandsAsync() =>
            string.Join(
                '\n',
                await Task.WhenAll(
                    redis.SentinelPorts.Select(port => redis.AskAsync(port, $"SENTINEL GET-MASTER-ADDR-BY-NAME {RedisServers.Shard}"))
                )
            ) + RoleOf(await redis.AskAsync(redis.Second, "INFO replication"));
        var before = await StandsAsync();

        await PlanAsync(
            "redis-primary-down",
            new() { ["shard"] = RedisServers.Shard, ["sentinels"] = JsonSerializer.Serialize(redis.Sentinels) },
            new() { ["REDIS_PASSWORD"] = Secret, ["REDIS_SENTINEL_PASSWORD"] = Secret },
            ("failover", RedisServers.Shard)
        );

        (await StandsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task What_is_done_about_a_queue_a_stream_and_a_hot_shard_of_redis_is_planned_and_not_done()
    {
        var redis = Started(new RedisServers(folder, Secret));
        await redis.UntilReadyAsync();
        await redis.AskAsync(redis.First, "RPUSH jobs 1 2 3");
        await redis.AskAsync(redis.First, "XADD orders * id 1");
        await redis.AskAsync(redis.First, "XGROUP CREATE orders packers 0");
        await redis.AskAsync(redis.First, "XREADGROUP GROUP packers anna STREAMS orders >");
        await redis.AskAsync(redis.First, "ACL SETUSER shop on nopass +@all");
        await redis.AskAsync(redis.First, "CONFIG RESETSTAT");
        var changes = Line(await redis.AskAsync(redis.First, "INFO persistence"), "rdb_changes_since_last_save");
        var accounts = await redis.AskAsync(redis.First, "ACL LIST");
        var address = $"127.0.0.1:{redis.First}";
        var secrets = new Dictionary<string, string>
        {
            ["REDIS_PASSWORD"] = Secret,
            ["WORKER_SSH_KEY"] = Secret,
            ["CONSUMER_SSH_KEY"] = Secret,
        };

        await PlanAsync(
            "queue-backlog",
            new()
            {
                ["queue"] = "jobs",
                ["redis"] = address,
                ["long"] = "0",
            },
            secrets,
            ("more", "systemctl start")
        );
        await PlanAsync(
            "stuck-consumer",
            new()
            {
                ["stream"] = "orders",
                ["group"] = "packers",
                ["consumer"] = "anna",
                ["redis"] = address,
                ["idle-ms"] = "1000",
            },
            secrets,
            ("restart", "systemctl restart"),
            ("hand-over", "XAUTOCLAIM")
        );
        await PlanAsync(
            "hot-shard",
            new()
            {
                ["address"] = address,
                ["account"] = "shop",
                ["well"] = "1",
            },
            secrets,
            ("stop", "ACL SETUSER"),
            ("close", "CLIENT KILL")
        );

        var stats = await redis.AskAsync(redis.First, "INFO commandstats");
        foreach (var command in new[] { "acl|setuser", "client|kill", "xautoclaim", "lpop", "rpush", "set:" })
            stats.ShouldNotContain("cmdstat_" + command);
        stats.ShouldContain("cmdstat_llen");
        Line(await redis.AskAsync(redis.First, "INFO persistence"), "rdb_changes_since_last_save").ShouldBe(changes);
        (await redis.AskAsync(redis.First, "ACL LIST")).ShouldBe(accounts);
    }

    [Fact]
    public async Task The_repair_of_an_etcd_is_planned_and_not_made()
    {
        var etcd = Started(new EtcdServers(folder));
        await etcd.UntilReadyAsync();
        etcd.Kill(2);
        var backups = Directory.CreateDirectory(folder + "/backups").FullName;
        using var http = new HttpClient(new SocketsHttpHandler());
        async Task<string> StandsAsync()
        {
            using var key = new StringContent("""{ "key": "AA==" }""");
            // While a new leader is elected there is no answer.
            return await Until.Comes(
                async () =>
                {
                    using var answer = await http.PostAsync(new Uri(etcd.Endpoint(0) + "/v3/kv/range"), key);
                    return answer.IsSuccessStatusCode
                        ? JsonElement
                            .Parse(await answer.Content.ReadAsStringAsync())
                            .GetProperty("header")
                            .GetProperty("revision")
                            .ToString()
                        : null;
                },
                "the revision"
            );
        }
        var before = await StandsAsync();

        await PlanAsync(
            "etcd-member-lost",
            new()
            {
                ["endpoint"] = etcd.Endpoint(2),
                ["healthy"] = etcd.Endpoint(0),
                ["host"] = "127.0.0.1",
                ["backups"] = backups,
            },
            new() { ["ETCD_SSH_KEY"] = Secret },
            ("snapshot", backups),
            ("start", "systemctl restart etcd")
        );

        (await StandsAsync()).ShouldBe(before);
        Directory.GetFiles(backups).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_repair_of_a_server_behind_haproxy_is_planned_and_not_made()
    {
        var server = Started(new HttpBackend(folder, "s1"));
        server.Start();
        var haproxy = Started(new HaproxyServer(folder, server));
        await haproxy.UntilUpAsync(server);
        server.Kill();
        await Until.Holds(async () => await haproxy.StatusAsync(server) == "DOWN", "the death of the server");

        await PlanAsync(
            "haproxy-backend-down",
            new()
            {
                ["socket"] = haproxy.Socket,
                ["backend"] = HaproxyServer.Backend,
                ["server"] = server.Name,
            },
            [],
            ("drain", "drain"),
            ("restart", "restart-backend"),
            ("ready", "ready")
        );

        // One that is drained shows as DRAIN or "DOWN (agent)", never as DOWN alone with this state.
        (await haproxy.StatusAsync(server)).ShouldBe("DOWN");
        (await haproxy.AdminStateAsync(server)).ShouldBe("0", "nobody drained it or took it out");
        server.Starts.ShouldBe(1);
    }

    [SkippableFact]
    public async Task The_cleaning_of_a_disk_is_planned_and_not_made()
    {
        var disk = Started(new SmallDisk(megabytes: 4));
        disk.Fill();
        var bin = Directory.CreateDirectory(folder + "/bin").FullName;
        Executable.Write(bin + "/sudo", $"#!/bin/sh\nprintf '%s %s\\n' \"$1\" \"$2\" >> '{folder}/as-root'\n");
        var ssh = Started(new SshServer(folder, bin));
        await ssh.UntilReadyAsync();

        await PlanAsync(
            "disk-full",
            new()
            {
                ["host"] = "127.0.0.1",
                ["port"] = $"{ssh.Port}",
                ["user"] = ssh.User,
                ["mount"] = disk.Folder,
            },
            new() { ["DISK_SSH_KEY"] = ssh.ClientKey, ["Ssh__KnownHosts"] = ssh.KnownHosts() },
            ("clean", "journalctl --vacuum-size")
        );

        (await File.ReadAllLinesAsync(folder + "/as-root")).ShouldAllBe(line =>
            line.StartsWith("du ", StringComparison.Ordinal) || line.StartsWith("find /proc/", StringComparison.Ordinal)
        );
    }

    // Every step that acts, in order, each with a word that its call has to say.
    private static async Task PlanAsync(
        string runbook,
        Dictionary<string, string> inputs,
        Dictionary<string, string> environment,
        params (string Step, string Says)[] acts
    )
    {
        var file = Path.Combine(SourceTree.Root, "runbooks", "library", runbook + ".yaml");
        string[] arguments =
        [
            "runbook",
            "plan",
            file,
            .. inputs.SelectMany(input => new[] { "--input", $"{input.Key}={input.Value}" }),
            "--format",
            "json",
        ];
        var typed = await Typed.InProcessAsync(environment, arguments);

        typed.Exit.ShouldBe(0, typed.ToString());
        typed.Output.ShouldNotContain(Secret);
        var planned = typed
            .Json.GetProperty("steps")
            .EnumerateArray()
            // Of a step whose arguments are not known before it runs, the effect may not be either; it is named all the same.
            .Where(step =>
                step.GetProperty("step").GetString() is var id
                && (acts.Any(act => act.Step == id) || (id is not "note" && step.GetProperty("effect").GetString() is not (null or "read")))
            )
            .ToList();
        planned.Select(step => step.GetProperty("step").GetString()).ShouldBe(acts.Select(act => act.Step), typed.Output);
        foreach (var (step, (_, says)) in planned.Zip(acts))
        {
            step.GetProperty("call").GetString()!.ShouldContain(says, Case.Insensitive, typed.Output);
            (step.TryGetProperty("outcome", out var outcome) && outcome.ValueKind is JsonValueKind.String).ShouldBeFalse(typed.Output);
        }
    }

    private static string RoleOf(string info) => Line(info, "role");

    private static string Line(string info, string name) =>
        info.Split('\n').First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Trim();

    private T Started<T>(T one)
        where T : IDisposable
    {
        started.Push(one);
        return one;
    }
}
