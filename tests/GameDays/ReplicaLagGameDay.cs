using System.Globalization;
using System.Text.Json;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>
/// Somebody paused the replay of a PostgreSQL replica and forgot it. Prometheus sees it lag, Alertmanager tells the bot, the shipped
/// runbook lets it go on after an approval, and the bot is killed at a random step. <c>./test.sh --faults</c> does it twenty times.
/// </summary>
public sealed class ReplicaLagGameDay(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Secret = "planted-5c1e7a90b2";

    private const string Rules = $$$"""
        groups:
          - name: postgres
            rules:
              - alert: PostgresReplicaLag
                expr: {{{PostgresExporter.LagMetric}}} > 1000000
                for: 1s
                labels: { severity: critical, service: shop-db }
                annotations: { summary: "The replica is {{ $value }} bytes behind" }

        """;

    private static readonly string[] Steps = ["look", "resume", "blockers", "caught-up", "note"];
    private readonly string folder = Directory.CreateTempSubdirectory("incident-gameday-").FullName;
    private readonly Stack<IDisposable> started = new();
    private PostgresServer primary = null!;
    private PostgresServer replica = null!;
    private BotProcess bot = null!;

    public static TheoryData<int> Repetitions => [.. Enumerable.Range(FaultReport.Seed, FaultReport.Full ? 20 : 1)];

    public async Task InitializeAsync()
    {
        primary = Started(new PostgresServer());
        replica = Started(primary.NewReplica());
        var exporter = Started(new PostgresExporter(folder, replica));
        await exporter.UntilReadyAsync();
        bot = Started(
            new BotProcess(
                $"Data Source={folder}/incident.db",
                more: new Dictionary<string, string>
                {
                    ["REPLICA_DB"] = $"Host=127.0.0.1;Port={replica.Port};Username=postgres;Database=postgres;Password={Secret}",
                }
            )
        );
        await bot.StartAsync();
        var alertmanager = Started(
            new AlertmanagerServer(folder, new Uri(bot.Address, "/alerts/" + BotProcess.Source), BotProcess.SourceToken)
        );
        await alertmanager.UntilReadyAsync();
        await Started(new PrometheusServer(folder, exporter.Port, alertmanager, Rules)).UntilReadyAsync();
    }

    public Task DisposeAsync()
    {
        while (started.TryPop(out var one))
            one.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_replica_that_lags_is_repaired_although_the_bot_dies_at_a_random_step(int seed)
    {
#pragma warning disable RS0030 // chance with a seed
        var deadly = Steps[new Random(seed).Next(Steps.Length)];
#pragma warning restore RS0030
        var broken = TimeProvider.System.GetUtcNow();
        replica.Execute("postgres", "select pg_wal_replay_pause()");
        primary.Execute("postgres", "create table load as select generate_series(1, 100000) as n");

        var killed = false;
        await Until.Holds(
            async () =>
            {
                if (await RunAsync() is not { } run)
                    return false;
                if (!killed && Began(run, deadly))
                {
                    bot.Kill();
                    killed = true;
                    await bot.StartAsync();
                    return false;
                }

                await ApproveAsync(run);
                return run.GetProperty("state").GetString() is "succeeded" or "failed" or "cancelled";
            },
            $"the end of the run, killed at {deadly},",
            ToldAsync
        );
        await Until.Holds(
            async () => (await bot.GetAsync("/api/v1/incidents/inc-1")).GetProperty("state").GetString() is "resolved",
            "the end of the incident",
            ToldAsync
        );

        killed.ShouldBeTrue();
        var told = await ToldAsync();
        var last = (await RunAsync())!.Value;
        last.GetProperty("state").GetString().ShouldBe("succeeded", told);
        replica.Execute("postgres", "select pg_is_wal_replay_paused()").ShouldBe(false);
        replica.Execute("postgres", "select count(*) from load").ShouldBe(100_000L);
        told.ShouldContain("Step resume was approved by");
        told.ShouldNotContain(Secret);
        var incident = await bot.GetAsync("/api/v1/incidents/inc-1");
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}, killed at {deadly}: incident after {Seconds(incident, "declaredAt", broken)} s, resolved after {Seconds(incident, "resolvedAt", broken)} s"
            )
        );
    }

    private static double Seconds(JsonElement incident, string field, DateTimeOffset since) =>
        Math.Round((incident.GetProperty(field).GetDateTimeOffset() - since).TotalSeconds, 1);

    private static bool Began(JsonElement run, string step) =>
        run.GetProperty("steps")
            .EnumerateArray()
            .Any(one => one.GetProperty("id").GetString() == step && one.GetProperty("attempts").GetArrayLength() > 0);

    private async Task<JsonElement?> RunAsync()
    {
        var runs = (await bot.GetAsync("/api/v1/runs")).GetProperty("items");
        return runs.GetArrayLength() == 0 ? null : await bot.GetAsync("/api/v1/runs/" + runs[0].GetProperty("id").GetString());
    }

    private async Task ApproveAsync(JsonElement run)
    {
        foreach (var waiting in run.GetProperty("waitingFor").EnumerateArray())
        {
            if (waiting.GetProperty("kind").GetString() is not "approval")
                continue;
            await bot.PostAsync(
                $"/api/v1/runs/{run.GetProperty("id").GetString()}/decisions",
                new
                {
                    step = waiting.GetProperty("step").GetString(),
                    decision = "approve",
                    hash = waiting.GetProperty("hash").GetString(),
                    reason = "the maintenance is over",
                }
            );
        }
    }

    private async Task<string> ToldAsync()
    {
        try
        {
            var entries = (await bot.GetAsync("/api/v1/incidents/inc-1/timeline?limit=200")).GetProperty("items").EnumerateArray();
            return string.Join('\n', entries.Select(entry => entry.GetProperty("text").GetString()).Append(bot.Written));
        }
        catch (HttpRequestException fault)
        {
            return fault.Message + bot.Written;
        }
    }

    private T Started<T>(T one)
        where T : IDisposable
    {
        started.Push(one);
        return one;
    }
}
