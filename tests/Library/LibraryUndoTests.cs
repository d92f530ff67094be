using System.Text.Json;
using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

/// <summary>
/// Runbooks that ship are stopped and undone after they have acted: their servers are again what they were before, no more and no less.
/// </summary>
public sealed class LibraryUndoTests : IAsyncLifetime
{
    private const string Secret = PlanStage.Secret;
    private static readonly JsonSerializerOptions Kebab = new() { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower };
    private readonly string folder = Directory.CreateTempSubdirectory("incident-undo-").FullName;
    private readonly Stack<IDisposable> started = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        while (started.TryPop(out var one))
            one.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Of_the_workers_only_those_that_it_started_are_stopped_again()
    {
        var redis = Started(new RedisServers(folder, Secret));
        await redis.UntilReadyAsync();
        await redis.AskAsync(redis.First, "RPUSH jobs 1 2 3");
        var services = new Systemctl(folder);
        services.Start("worker@6");
        var ssh = Started(new SshServer(folder, services.Bin));
        await ssh.UntilReadyAsync();

        await UndoneAsync(
            "queue-backlog",
            new
            {
                queue = "jobs",
                redis = $"127.0.0.1:{redis.First}",
                server = $"127.0.0.1:{redis.First}",
                @long = 1,
                port = ssh.Port,
                user = ssh.User,
            },
            new()
            {
                ["REDIS_PASSWORD"] = Secret,
                ["WORKER_SSH_KEY"] = ssh.ClientKey,
                ["Ssh__KnownHosts"] = ssh.KnownHosts(),
            },
            () => Task.FromResult(services.Running.Count() == 4),
            asked: () => services.Start("worker@7")
        );

        services.Running.ShouldBe(["worker@6", "worker@7"]);
        services.Commanded.ShouldBe([.. Each("start"), .. Each("stop")]);

        static IEnumerable<string> Each(string verb) => new[] { 5, 8 }.Select(worker => $"{verb} worker@{worker}");
    }

    [Fact]
    public async Task An_account_that_was_switched_off_is_on_again_with_the_rights_that_it_had()
    {
        var redis = Started(new RedisServers(folder, Secret));
        await redis.UntilReadyAsync();
        await redis.AskAsync(redis.First, "ACL SETUSER shop on nopass ~* +ping +get");
        await redis.AskAsync(redis.First, "ACL SETUSER bench on nopass +@all");
        using var client = await redis.SignInAsync("shop");
        var accounts = await redis.AskAsync(redis.First, "ACL LIST");
        // Another program keeps it hot, so that the run goes on looking.
        Started(redis.Load(folder, "bench"));
        await redis.UntilBusyAsync();

        await UndoneAsync(
            "hot-shard",
            new
            {
                address = $"127.0.0.1:{redis.First}",
                account = "shop",
                well = 50,
            },
            new() { ["REDIS_PASSWORD"] = Secret },
            async () => (await redis.AskAsync(redis.First, "ACL LIST")).Contains("user shop off", StringComparison.Ordinal)
        );

        (await redis.AskAsync(redis.First, "ACL LIST")).ShouldBe(accounts);
    }

    [Theory]
    [InlineData("default", "on")]
    [InlineData("shop", "off")]
    public async Task No_account_is_touched_that_is_everybodys_or_off_already(string account, string state)
    {
        var redis = Started(new RedisServers(folder, Secret));
        await redis.UntilReadyAsync();
        foreach (var one in (string[])["bench", "shop"])
            await redis.AskAsync(redis.First, $"ACL SETUSER {one} on nopass +@all");
        Started(redis.Load(folder, "bench"));
        await redis.UntilBusyAsync();
        await redis.AskAsync(redis.First, $"ACL SETUSER {account} {state}");
        var accounts = await redis.AskAsync(redis.First, "ACL LIST");
        var bot = await StartBotAsync(new() { ["REDIS_PASSWORD"] = Secret });

        var run = await StartAsync(
            bot,
            "hot-shard",
            new
            {
                address = $"127.0.0.1:{redis.First}",
                account,
                well = 50,
            }
        );

        await UntilAsync(bot, run, "failed");
        (await redis.AskAsync(redis.First, "ACL LIST")).ShouldBe(accounts);
    }

    [Fact]
    public async Task The_replay_of_a_replica_that_was_paused_is_paused_again()
    {
        var primary = Started(new PostgresServer());
        primary.Execute("postgres", "alter system set max_standby_streaming_delay = -1");
        primary.Execute("postgres", "select pg_reload_conf()");
        primary.Execute("postgres", "create table load as select 1 as n");
        var replica = Started(primary.NewReplica());
        // It stays behind, so that the run goes on looking: nobody ends what has not run for long.
        Started(new LongQuery(PostgresStage.Administrator(replica), "select pg_sleep(600) from load"));
        replica.Execute("postgres", "select pg_wal_replay_pause()");
        primary.Execute("postgres", "truncate load");

        await UndoneAsync(
            "postgres-replica-lag",
            new
            {
                server = PostgresStage.NameOf(replica),
                connection = PostgresStage.For(replica),
                maxLag = 0,
            },
            new() { ["REPLICA_PASSWORD"] = Secret },
            () => Task.FromResult(replica.Execute("postgres", "select pg_is_wal_replay_paused()") is false),
            done: "resume"
        );

        replica.Execute("postgres", "select pg_is_wal_replay_paused()").ShouldBe(true);
    }

    /// <param name="isOld">It does not say which run a dispatch became: that is found by its name.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_version_that_was_taken_back_is_deployed_again(bool isOld)
    {
        await using var github = await GitHubServer.StartAsync(folder + "/web.git");
        github.IsOld = isOld;
        var prometheus = Started(new PrometheusServer(folder));
        await prometheus.UntilReadyAsync();

        await UndoneAsync(
            "bad-rollout",
            new
            {
                released = GitHubServer.Repository,
                repository = GitHubServer.Repository,
                version = "2.0.1",
                previous = "2.0.0",
                prometheus = prometheus.Address,
                errors = "vector(0.2)",
            },
            new() { ["GitHub__Token"] = GitHubServer.Token, ["GitHub__ApiUrl"] = github.Address.ToString() },
            () =>
                Task.FromResult(github.Requests.Any(request => request.Operation.EndsWith("/actions/runs/1000", StringComparison.Ordinal)))
        );

        Deployed().ShouldBe(["2.0.0", "2.0.1"]);
        github.Objections.ShouldBeEmpty();

        IEnumerable<string> Deployed() =>
            github
                .Requests.Where(request => request.Operation.EndsWith("/dispatches", StringComparison.Ordinal))
                // One that does not know the wish has refused the whole.
                .Where(request => !isOld || request.Body!["return_run_details"] is null)
                .Select(request => request.Body!["inputs"]!["version"]!.GetValue<string>());
    }

    /// <param name="isWatched">Whether there is a Prometheus that counts the errors; without it the pods alone decide.</param>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_revision_that_was_taken_back_is_wanted_again_and_the_alerts_are_heard(bool isWatched)
    {
        await using var kubernetes = await KubernetesServer.StartAsync();
        Rollouts.AddBad(kubernetes);
        var prometheus = Started(new PrometheusServer(folder));
        var alertmanager = Started(new AlertmanagerServer(folder, new Uri("http://127.0.0.1:9"), "nobody-listens"));
        await prometheus.UntilReadyAsync();
        await alertmanager.UntilReadyAsync();

        await UndoneAsync(
            "kubernetes-bad-rollout",
            new
            {
                cluster = KubernetesServer.Name,
                @namespace = "shop",
                deployment = "web",
                prometheus = isWatched ? prometheus.Address : "http://127.0.0.1:9",
                alertmanager = alertmanager.Address,
                errors = "vector(0.2)",
            },
            new() { ["KUBERNETES_KUBECONFIG"] = kubernetes.Kubeconfig },
            async () =>
                Rollouts.ImageOf(kubernetes[Rollouts.Web]) is "web:2"
                && (await alertmanager.SilencesAsync()).Contains("\"state\":\"active\"", StringComparison.Ordinal)
        );

        Rollouts.ImageOf(kubernetes[Rollouts.Web]).ShouldBe("web:3");
        (await alertmanager.SilencesAsync()).ShouldContain("\"state\":\"expired\"");
        (await alertmanager.SilencesAsync()).ShouldNotContain("\"state\":\"active\"");
        kubernetes.Objections.ShouldBeEmpty();
    }

    // Whatever it asks is approved or answered; once it has acted, somebody wants it stopped and undone.
    /// <param name="asked">What others do while people are asked.</param>
    /// <param name="done">The step that has succeeded before it is undone; null: it may still be under way.</param>
    private async Task UndoneAsync(
        string runbook,
        object inputs,
        Dictionary<string, string> environment,
        Func<Task<bool>> acted,
        Action? asked = null,
        string? done = null
    )
    {
        var bot = await StartBotAsync(environment);
        var run = await StartAsync(bot, runbook, inputs);
        await Until.Holds(
            async () =>
            {
                var now = await bot.GetAsync(run);
                if (now.GetProperty("waitingFor").GetArrayLength() > 0)
                    asked?.Invoke();
                await bot.ApproveAsync(now);
                return await acted() && (done is null || now.GetProperty("steps").EnumerateArray().Any(Succeeded));

                bool Succeeded(JsonElement step) =>
                    step.GetProperty("id").GetString() == done && step.GetProperty("outcome").GetString() is "success";
            },
            "the act",
            () => ToldAsync(bot, run)
        );
        await bot.PostAsync(run + "/decisions", new { decision = "stop-and-undo", reason = "it was the wrong thing to do" });
        await UntilAsync(bot, run, "cancelled");
    }

    private async Task<BotProcess> StartBotAsync(Dictionary<string, string> environment)
    {
        var bot = Started(new BotProcess($"Data Source={folder}/incident.db", more: environment));
        await bot.StartAsync();
        return bot;
    }

    /// <returns>Where the run is found.</returns>
    private static async Task<string> StartAsync(BotProcess bot, string runbook, object inputs)
    {
        var given = JsonSerializer.SerializeToElement(inputs, Kebab);
        return "/api/v1/runs/"
            + (await bot.PostAsync("/api/v1/runs", new { runbook, inputs = given }, "start")).GetProperty("id").GetString();
    }

    private static Task UntilAsync(BotProcess bot, string run, string state) =>
        Until.Holds(
            async () =>
            {
                var now = await bot.GetAsync(run);
                await bot.ApproveAsync(now);
                return now.GetProperty("state").GetString() == state;
            },
            $"the run, {state},",
            () => ToldAsync(bot, run)
        );

    private static async Task<string> ToldAsync(BotProcess bot, string run) => (await bot.GetAsync(run)) + bot.Written;

    private T Started<T>(T one)
        where T : IDisposable
    {
        started.Push(one);
        return one;
    }
}
