using System.Text.Json;
using Npgsql;
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

    [Fact]
    public async Task What_is_done_about_sessions_an_account_and_a_replica_of_PostgreSQL_is_planned_and_not_done()
    {
        var primary = Started(new PostgresServer());
        // Neither writes anything of its own accord, and the replica lets queries hold up its replay for as long as they take.
        foreach (var setting in (string[])["autovacuum = off", "max_standby_streaming_delay = -1"])
            primary.Execute("postgres", "alter system set " + setting);
        primary.Execute("postgres", "select pg_reload_conf()");
        primary.Execute("postgres", "create role shop login password 'old' valid until '2026-01-01'");
        primary.Execute("postgres", "create extension pg_walinspect");
        primary.Execute("postgres", "create table load as select 1 as n");
        var replica = Started(primary.NewReplica());
        var held = await SessionsAsync(primary, 12, "begin");
        var report = Started(new LongQuery(replica, "select pg_sleep(600) from load"));
        primary.Execute("postgres", "truncate load");
        const string behind = "select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()";
        await Until.Holds(() => Task.FromResult(replica.Execute("postgres", behind) is true), "a replica that is behind");
        var since = primary.Execute("postgres", "select pg_current_wal_lsn()::text");
        var written = Written(primary);
        var environment = new Dictionary<string, string>
        {
            ["POSTGRES_ADMIN_DB"] = $"Host=127.0.0.1;Port={primary.Port};Username=postgres;Database=postgres;Password={Secret}",
            ["REPLICA_DB"] = $"Host=127.0.0.1;Port={replica.Port};Username=postgres;Database=postgres;Password={Secret}",
        };

        await PlanAsync(
            "postgres-connections-exhausted",
            new() { ["well"] = "1", ["patience"] = "1ms" },
            environment,
            ("end-hanging", "end at most 100 sessions in state idle in transaction")
        );
        await PlanAsync("expired-credentials", new() { ["account"] = "shop" }, environment, ("rotate", "rotate-credentials"));
        var lag = new Dictionary<string, string> { ["max-lag"] = "0", ["patience"] = "1ms" };
        await PlanAsync("postgres-replica-lag", lag, environment, ("end-queries", "end at most 100 sessions in state active"));
        replica.Execute("postgres", "select pg_wal_replay_pause()");
        await PlanAsync("postgres-replica-lag", lag, environment, ("resume", "replay"));

        Written(primary).ShouldBe(written);
        // What the server itself notes for its replica and tidies up while it reads is nobody's call.
        primary
            .Execute(
                "postgres",
                $"""
                select coalesce(string_agg(resource_manager || ' ' || record_type, ', '), '')
                from pg_get_wal_records_info('{since}', pg_current_wal_lsn()) where resource_manager not in ('Standby', 'XLOG', 'Heap2')
                """
            )
            .ShouldBe("");
        replica.Execute("postgres", "select pg_is_wal_replay_paused()").ShouldBe(true);
        report.IsRunning.ShouldBeTrue();
        foreach (var session in held)
            (await new NpgsqlCommand("select 1", session).ExecuteScalarAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_deployment_of_the_version_before_is_planned_and_not_started()
    {
        await using var github = await GitHubServer.StartAsync(folder + "/web.git");
        var prometheus = Started(new PrometheusServer(folder));
        await prometheus.UntilReadyAsync();

        await PlanAsync(
            "bad-rollout",
            new()
            {
                ["repository"] = GitHubServer.Repository,
                ["version"] = "2.0.1",
                ["previous"] = "2.0.0",
                ["prometheus"] = prometheus.Address,
                ["errors"] = "vector(0.2)",
            },
            new() { ["GitHub__Token"] = GitHubServer.Token, ["GitHub__ApiUrl"] = github.Address.ToString() },
            ("deploy", "deploy.yml")
        );

        github.Requests.ShouldAllBe(request => request.Operation.StartsWith("GET ", StringComparison.Ordinal));
        github.Objections.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_renewal_of_a_certificate_is_planned_and_not_made()
    {
        var server = Started(TlsTarget.SelfSigned("shop.example"));

        await PlanAsync(
            "certificate-expiring",
            new()
            {
                ["host"] = "127.0.0.1",
                ["port"] = $"{server.Port}",
                ["name"] = "shop.example",
                ["days"] = "60",
            },
            new() { ["CERTIFICATE_SSH_KEY"] = Secret },
            ("renew", "certbot renew"),
            ("reload", "systemctl reload")
        );

        server.Requests.ShouldBe(0, "what came in after the handshake");
    }

    [Fact]
    public async Task The_restart_of_a_name_server_is_planned_and_not_made()
    {
        var ill = Started(new NameServer(fails: true));
        var other = Started(new NameServer());

        await PlanAsync(
            "dns-failure",
            new()
            {
                ["name"] = "shop.example",
                ["resolver"] = ill.Address,
                ["other"] = other.Address,
            },
            new() { ["DNS_SSH_KEY"] = Secret },
            ("restart", "systemctl restart")
        );
    }

    [Fact]
    public async Task The_restart_of_a_service_is_planned_and_not_made()
    {
        await using var ill = TcpTarget.Answering("HTTP/1.1 503 Service Unavailable\nContent-Length: 0\n\n");
        await using var service = await CountingTarget.StartAsync();

        await PlanAsync(
            "restart-service",
            new()
            {
                ["service"] = "shop",
                ["health-url"] = $"http://127.0.0.1:{ill.Port}/health",
                ["restart-url"] = service.Address + "/restart",
            },
            [],
            ("restart", "POST " + service.Address + "/restart")
        );

        service.EffectsOf("restart").ShouldBe(0);
    }

    [Fact]
    public void Every_runbook_that_ships_is_planned_here()
    {
        var tests = File.ReadAllText(Path.Combine(SourceTree.Root, "tests", "Runbooks", nameof(LibraryPlanTests) + ".cs"));

        Directory
            .GetFiles(Path.Combine(SourceTree.Root, "runbooks", "library"), "*.yaml")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => !name.EndsWith(".test", StringComparison.Ordinal))
            .Where(name => !tests.Contains($"\"{name}\",", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    private async Task<List<NpgsqlConnection>> SessionsAsync(PostgresServer server, int count, string sql)
    {
        var sessions = new List<NpgsqlConnection>();
        for (var each = 0; each < count; each++)
        {
            var session = Started(new NpgsqlConnection(Administrator(server)));
            await session.OpenAsync();
            await new NpgsqlCommand(sql, session).ExecuteNonQueryAsync();
            sessions.Add(session);
        }

        return sessions;
    }

    // One that would hold up its connection's end is cancelled before that.
    private sealed class LongQuery : IDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly NpgsqlConnection connection;
        private readonly Task running;

        public LongQuery(PostgresServer server, string sql)
        {
            connection = new NpgsqlConnection(Administrator(server));
            connection.Open();
            running = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }.ExecuteNonQueryAsync(stop.Token);
        }

        public bool IsRunning => !running.IsCompleted;

        public void Dispose()
        {
            stop.Cancel();
            Should.Throw<OperationCanceledException>(() => running);
            connection.Dispose();
            stop.Dispose();
        }
    }

    private static string Administrator(PostgresServer server) =>
        $"Host=127.0.0.1;Port={server.Port};Username=postgres;Database=postgres;Pooling=false";

    private static object? Written(PostgresServer server) =>
        server.Execute("postgres", "select sum(tup_inserted + tup_updated + tup_deleted)::bigint from pg_stat_database");

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
