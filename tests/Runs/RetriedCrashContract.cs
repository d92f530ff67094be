using System.Text.Json;
using Tests.Crash.Host;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>A bot that is killed between what a step tells its incident and the record of it, in the first round or when a person had it made again.</summary>
public abstract class RetriedCrashContract
{
    private protected abstract string NewDatabase();

    [Theory]
    [InlineData("after the call of call")]
    [InlineData("after the call of call (time 2)")]
    public async Task Each_round_calls_once(string point)
    {
        var folder = Directory.CreateTempSubdirectory("incident-retried-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "calls.yaml"),
            $$"""
            runbook: calls
            steps:
              - { id: call, uses: incident/page@1, with: { target: "role:admin", reason: come } }
              - { id: act, run: "test -e {{folder.FullName}}/flag", fails-with: 1 }
            """
        );
        var armed = Path.Combine(folder.FullName, "armed");
        using var bot = new BotProcess(
            NewDatabase(),
            "one",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Runbooks__Paths__0"] = folder.FullName,
                [CrashPoints.ArmedVariable] = armed,
                [CrashPoints.PassedVariable] = Path.Combine(folder.FullName, "passed"),
            },
            "Tests.dll"
        );
        await File.WriteAllTextAsync(armed, point);
        await bot.StartAsync();
        await bot.PostAsync("/api/v1/incidents", new { title = "A long night" });
        var run = (await PostAsync("/api/v1/runs", new { runbook = "calls", incident = "inc-1" })).GetProperty("id").GetString()!;
        await EndsAsync("failed");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "flag"), "");

        await PostAsync($"/api/v1/runs/{run}/decisions", new { step = "call", decision = "retry" });
        await EndsAsync("succeeded");

        File.Exists(armed).ShouldBeFalse("it was to die");
        var timeline = await bot.GetAsync("/api/v1/incidents/inc-1/timeline?limit=500");
        timeline
            .GetProperty("items")
            .EnumerateArray()
            .Count(told => told.GetProperty("type").GetString() == "incident.page-requested")
            .ShouldBe(2);
        folder.Delete(recursive: true);

        Task EndsAsync(string state) =>
            Until.Holds(
                async () => (await AskAsync(() => bot.GetAsync($"/api/v1/runs/{run}"))).GetProperty("state").GetString() == state,
                $"a run that has {state}"
            );

        Task<JsonElement> PostAsync(string path, object body) => AskAsync(() => bot.PostAsync(path, body, key: path));

        // It may die under the question.
        async Task<JsonElement> AskAsync(Func<Task<JsonElement>> ask)
        {
            try
            {
                return await ask();
            }
            catch (HttpRequestException)
            {
                await Until.Holds(() => Task.FromResult(!bot.IsAlive), "its death");
                await bot.StartAsync();
                return await ask();
            }
        }
    }
}

public sealed class SqliteRetriedCrashTests : RetriedCrashContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresRetriedCrashTests : RetriedCrashContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
