using Tests.Cli;
using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

/// <summary>What an alert about one PostgreSQL makes of a runbook that holds the connection of another one.</summary>
public sealed class OtherServerTests : IDisposable
{
    private const string Other = "127.0.0.1:1";

    private static readonly Dictionary<string, string> Secrets = new(StringComparer.Ordinal)
    {
        ["POSTGRES_ADMIN_PASSWORD"] = PlanStage.Secret,
        ["REPLICA_PASSWORD"] = PlanStage.Secret,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("incident-other-").FullName;

    public static TheoryData<string> Names => ["postgres-connections-exhausted", "postgres-replica-lag", "expired-credentials"];

    private static string Here => PostgresStage.NameOf(PostgresServer.Shared);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Nothing_else_is_looked_at_or_done_and_the_incident_is_told_why(string runbook)
    {
        using var bot = new BotProcess($"Data Source={folder}/incident.db", more: Secrets);
        await bot.StartAsync();
        await bot.PostAsync("/api/v1/incidents", new { title = "A PostgreSQL is ill" });
        var inputs = Inputs(runbook, PostgresStage.For(PostgresServer.Shared), Other);

        var started = await bot.PostAsync(
            "/api/v1/runs",
            new
            {
                runbook,
                inputs,
                incident = "inc-1",
            },
            "start"
        );

        var run = "/api/v1/runs/" + started.GetProperty("id").GetString();
        await Until.Holds(
            async () => (await bot.GetAsync(run)).GetProperty("state").GetString() is "failed",
            "the end of the run",
            async () => (await bot.GetAsync(run)).ToString()
        );
        (await bot.GetAsync(run))
            .GetProperty("steps")
            .EnumerateArray()
            .Where(step => step.GetProperty("attempts").GetArrayLength() > 0)
            .Select(step => step.GetProperty("id").GetString())
            .ShouldBe(["server", "hint"]);
        (await bot.GetAsync("/api/v1/incidents/inc-1/timeline"))
            .ToString()
            .ShouldContain($"Nothing was done: the alert is about {Other}, and `connection` is {Here}.");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task By_the_address_that_the_server_itself_has_it_is_known_too(string runbook)
    {
        var named = PostgresStage.For(PostgresServer.Shared).Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        var planned = await Typed.InProcessAsync(
            Secrets,
            [
                "runbook",
                "plan",
                Shipped.FileOf(runbook),
                .. Inputs(runbook, named, Here).SelectMany(input => new[] { "--input", $"{input.Key}={input.Value}" }),
                "--format",
                "json",
            ]
        );

        var server = planned.Json.GetProperty("steps")[0];
        server.GetProperty("step").GetString().ShouldBe("server");
        server.GetProperty("outcome").GetString().ShouldBe("success", planned.Output);
    }

    private static Dictionary<string, string> Inputs(string runbook, string connection, string server)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal) { ["connection"] = connection, ["server"] = server };
        if (runbook is "expired-credentials")
            inputs["account"] = "shop";
        return inputs;
    }
}
