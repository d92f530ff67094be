using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>The only node is stopped for longer than its lease, as a machine that sleeps, and goes on with what it drove.</summary>
public abstract class SleepingNodeContract : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-sleeping-");
    private Bell bell = null!;

    private protected abstract string NewDatabase(DirectoryInfo folder);

    public async Task InitializeAsync() => bell = await Bell.StartAsync();

    public async Task DisposeAsync()
    {
        await bell.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_run_goes_on_after_a_sleep_and_nobody_is_asked_about_a_step_that_was_never_sent()
    {
        await File.WriteAllTextAsync(
            folder.FullName + "/two.yaml",
            $$"""
            runbook: two
            steps:
              - id: first
                uses: http/request@1
                with: { url: "{{bell.Address}}/first" }
              - id: second
                uses: http/request@1
                with: { method: POST, url: "{{bell.Address}}/second" }
            """
        );
        using var bot = new BotProcess(
            NewDatabase(folder),
            more: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Node__Lease"] = Lease.ToString(),
                ["Runbooks__Paths__0"] = folder.FullName,
            }
        );
        await bot.StartAsync();
        var run = (await bot.PostAsync("/api/v1/runs", new { runbook = "two" })).GetProperty("id").GetString();
        var first = await bell.NextAsync();
        bot.Suspend();
        first.Answer(200);
        // Nothing can be waited for: that time passes is what happens here.
        await Task.Delay(Lease * 2, TimeProvider.System);
        bot.Resume();

        // Where others may have taken over, a call that is under way at the end of the lease is cut off, and this one is made again.
        var second = await bell.NextAsync();
        while (second.Line is "GET /first")
        {
            second.Answer(200);
            second = await bell.NextAsync();
        }

        second.Line.ShouldBe("POST /second");
        second.Answer(200);

        await Until.Holds(
            async () => (await bot.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() is "succeeded",
            "the end of the run",
            async () => (await bot.GetAsync("/api/v1/runs/" + run)).ToString()
        );
        bell.Waiting.ShouldBe(0);
    }
}

public sealed class SqliteSleepingNodeTests : SleepingNodeContract
{
    private protected override string NewDatabase(DirectoryInfo folder) => $"Data Source={folder.FullName}/incident.db";
}

public sealed class PostgresSleepingNodeTests : SleepingNodeContract
{
    private protected override string NewDatabase(DirectoryInfo folder) => PostgresServer.Shared.NewDatabase();
}
