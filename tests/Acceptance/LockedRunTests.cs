using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Tests.Support;

namespace Tests.Acceptance;

/// <summary>A run that asks for locks when it starts: they are granted in the commit that begins it, and it goes on by itself.</summary>
public sealed class LockedRunTests
{
    private const string Runbook = """
        runbook: locked
        locks: [shop]
        steps:
          - id: act
            uses: core/count@1
            with: { key: locked }
        """;

    [Fact]
    public async Task A_run_with_free_locks_starts_at_once_and_the_next_one_after_it()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Runbook]);
        var admin = await bot.TokenAsync(Role.Admin);

        var runs = new[] { await StartAsync(admin), await StartAsync(admin) };

        foreach (var run in runs)
            await Until.Holds(
                async () => (await BotUnderTest.JsonAsync(admin, "/api/v1/runs/" + run)).GetProperty("state").GetString() is "succeeded",
                "the end of the run"
            );
    }

    private static async Task<string> StartAsync(HttpClient admin)
    {
        using var answer = await admin.PostAsJsonAsync("/api/v1/runs", new { runbook = "locked", inputs = new { } });
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }
}
