using Bot.Access;
using Bot.Cli;
using Bot.Cli.DemoData;
using Bot.Storage;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tests.Support;

namespace Tests.Cli;

/// <summary>A history to look around in: whole, quiet, and the same for the same seed.</summary>
public sealed class DemoDataTests : IDisposable
{
    private static readonly DateTimeOffset Present = new(2026, 11, 27, 15, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-demo-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task It_looks_like_weeks_of_work_and_calls_nobody()
    {
        (await WriteAsync("history.db", new DemoWish(12, 1, 7, Present))).ShouldBeTrue();
        await using var bot = await ServeAsync("history.db");
        var anna = await bot.TokenAsync(Role.Viewer);

        var incidents = Items(await BotUnderTest.JsonAsync(anna, "/api/v1/incidents"));
        incidents.Count.ShouldBe(12);
        incidents
            .Count(one => one.GetProperty("state").GetString() is "triage" or "investigating" or "identified" or "monitoring")
            .ShouldBe(3);
        incidents.ShouldAllBe(one => one.GetProperty("declaredAt").GetDateTimeOffset() > Present.AddDays(-31));
        var closed = incidents.First(one => one.GetProperty("state").GetString() is "closed").GetProperty("id").GetString();
        (await anna.GetStringAsync(new Uri($"/api/v1/incidents/{closed}/postmortem", UriKind.Relative))).ShouldContain("resolve");

        var runs = Items(await BotUnderTest.JsonAsync(anna, "/api/v1/runs"));
        runs.Count(run => run.GetProperty("state").GetString() is "succeeded").ShouldBeGreaterThan(0);
        runs.Count(run => run.GetProperty("state").GetString() is "waiting").ShouldBe(1);
        var over = runs.First(run => run.GetProperty("state").GetString() is "succeeded").GetProperty("id").GetString();
        Items(await BotUnderTest.JsonAsync(anna, $"/api/v1/runs/{over}/output")).ShouldNotBeEmpty();

        // The chain is whole, times go forward, and nothing waits to be sent.
        await WholeLog.ReadAsync(bot.Get<ILogReader>());
        var events = await bot.Get<ILogReader>().AfterAsync(0, 10_000, default);
        events.Where(one => one.RecordedAt <= Present).Select(one => one.RecordedAt).ShouldBeInOrder();
        var waiting = await bot.Get<IStore>()
            .ReadAsync(connection => connection.QueryAsync<string>("select distinct kind from effects"), default);
        waiting.ShouldBe(["run.wake"]);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_history_to_the_byte()
    {
        await WriteAsync("one.db", new DemoWish(5, 1, 3, Present));
        await WriteAsync("again.db", new DemoWish(5, 1, 3, Present));
        await WriteAsync("other.db", new DemoWish(5, 1, 4, Present));

        var one = await HashesAsync("one.db");
        one.Count.ShouldBeGreaterThan(50);
        (await HashesAsync("again.db")).ShouldBe(one);
        (await HashesAsync("other.db")).ShouldNotBe(one);
    }

    [Fact]
    public async Task A_database_with_incidents_and_one_that_a_server_has_are_left_alone()
    {
        var settings = new Dictionary<string, string> { ["Storage__ConnectionString"] = $"Data Source={folder.FullName}/used.db" };
        await using (var bot = await ServeAsync("used.db"))
        {
            await BotUnderTest.SayAsync(await bot.TokenAsync(Role.Admin), "/incident declare A real one");
            (await Typed.InProcessAsync(settings, "demo-data")).Exit.ShouldBe(CommandLine.Failure);
        }

        var refused = await Typed.InProcessAsync(settings, "demo-data");
        refused.Exit.ShouldBe(CommandLine.Failure);
        refused.Error.ShouldContain("has incidents already");

        var added = await Typed.InProcessAsync(settings, "demo-data", "--add", "--incidents", "3", "--months", "1");
        added.Exit.ShouldBe(CommandLine.Success, added.Error);
        await using var again = await ServeAsync("used.db");
        Items(await BotUnderTest.JsonAsync(await again.TokenAsync(Role.Viewer), "/api/v1/incidents")).Count.ShouldBe(4);
    }

    private static List<System.Text.Json.JsonElement> Items(System.Text.Json.JsonElement list) =>
        [.. list.GetProperty("items").EnumerateArray()];

    private Task<bool> WriteAsync(string file, DemoWish wish) => DemoHistory.WriteAsync(wish, add: false, Settings(file), default);

    // At the present of the history: what waits in it waits still.
    private Task<BotUnderTest> ServeAsync(string file) =>
        BotUnderTest.StartAsync(
            settings: Settings(file),
            services: services => services.AddSingleton<TimeProvider>(new FakeTimeProvider(Present))
        );

    private Dictionary<string, string?> Settings(string file) =>
        new()
        {
            ["Storage:ConnectionString"] = $"Data Source={folder.FullName}/{file}",
            ["Node:Name"] = "demo",
            ["Runbooks:Paths:0"] = Path.Combine(SourceTree.Root, "runbooks", "library"),
        };

    private async Task<IReadOnlyList<string>> HashesAsync(string file)
    {
        await using var bot = await ServeAsync(file);
        var events = await bot.Get<ILogReader>().AfterAsync(0, 10_000, default);
        return [.. events.Where(one => one.RecordedAt <= Present).Select(one => Convert.ToHexString(one.Hash))];
    }
}
