using System.Text.Json;
using Tests.Nodes;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What a script had left when the bot was killed with -9, or stopped in the middle of it.</summary>
public abstract class ArtifactCrashContract
{
    private protected abstract string NewDatabase();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_kept_once_whoever_carries_the_run_on(bool killed)
    {
        var folder = Directory.CreateTempSubdirectory("incident-artifacts-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "leaves.yaml"),
            $"""
            runbook: leaves
            steps:
              - id: leave
                effect: read
                artifacts: half.txt
                run: |
                  [ ! -e {folder.FullName}/again ] || exit 0
                  echo half > half.txt
                  echo ready
                  exec sleep 600
            """
        );
        using var bot = new BotProcess(
            NewDatabase(),
            more: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Runbooks__Paths__0"] = folder.FullName,
                ["Node__Drain"] = "00:00:01",
            }
        );
        await bot.StartAsync();
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook = "leaves" })).GetProperty("id").GetString()!;
        await Until.Holds(
            async () =>
                (await bot.GetAsync($"/api/v1/runs/{run}/output"))
                    .GetProperty("items")
                    .EnumerateArray()
                    .Any(line => line.GetProperty("text").GetString() == "ready"),
            "the script's word"
        );

        if (killed)
            bot.Kill();
        else
        {
            bot.Terminate();
            await Until.Holds(() => Task.FromResult(!bot.IsAlive), "the end of the bot");
        }

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "again"), "");
        await bot.StartAsync();
        var over = await Until.Comes(
            async () =>
                await bot.GetAsync($"/api/v1/runs/{run}") is var state && state.GetProperty("state").GetString() == "succeeded"
                    ? (object)state
                    : null,
            "the end of the run"
        );

        var artifact = ((JsonElement)over).GetProperty("artifacts").EnumerateArray().ShouldHaveSingleItem();
        artifact.GetProperty("name").GetString().ShouldBe("half.txt");
        artifact.GetProperty("attempt").GetInt32().ShouldBe(1);
        artifact.GetProperty("size").GetInt32().ShouldBe(5);
        artifact.GetProperty("url").GetString().ShouldNotBeNull();
        folder.Delete(recursive: true);
    }
}

public sealed class SqliteArtifactCrashTests : ArtifactCrashContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresArtifactCrashTests : ArtifactCrashContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
