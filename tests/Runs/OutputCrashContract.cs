using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>Output of a bot that is killed with -9: what was shown is there, and what may be missing is said.</summary>
public abstract class OutputCrashContract
{
    private protected abstract string NewDatabase();

    [Fact]
    public async Task What_was_shown_survives_kill_9_and_what_may_be_missing_is_said()
    {
        var folder = Directory.CreateTempSubdirectory("incident-output-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "speaks.yaml"),
            $"""
            runbook: speaks
            steps:
              - id: speak
                effect: read
                run: |
                  [ ! -e {folder.FullName}/again ] || exit 0
                  seq 1 500
                  exec sleep 600
            """
        );
        using var bot = new BotProcess(
            NewDatabase(),
            more: new Dictionary<string, string>(StringComparer.Ordinal) { ["Runbooks__Paths__0"] = folder.FullName }
        );
        await bot.StartAsync();
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook = "speaks" })).GetProperty("id").GetString()!;
        var shown = await Until.Comes(async () => await LinesAsync(bot, run) is { Count: >= 100 } lines ? lines : null, "output");

        bot.Kill();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "again"), "");
        await bot.StartAsync();
        var after = await Until.Comes(
            async () =>
                await LinesAsync(bot, run) is var lines && lines.Exists(line => line.StartsWith("info ", StringComparison.Ordinal))
                    ? lines
                    : null,
            "the word that lines may be missing"
        );

        after.Take(shown.Count).ShouldBe(shown);
        after.ShouldContain("info … the process that made attempt 1 ended before it: the last lines of its output may be missing …");
        folder.Delete(recursive: true);
    }

    private static async Task<List<string>> LinesAsync(BotProcess bot, string run)
    {
        var page = await bot.GetAsync($"/api/v1/runs/{run}/output?limit=1000");
        return
        [
            .. page.GetProperty("items")
                .EnumerateArray()
                .Select(
                    (line, i) =>
                    {
                        line.GetProperty("n").GetInt64().ShouldBe(i + 1);
                        return $"{line.GetProperty("stream").GetString()} {line.GetProperty("text").GetString()}";
                    }
                ),
        ];
    }
}

public sealed class SqliteOutputCrashTests : OutputCrashContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresOutputCrashTests : OutputCrashContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
