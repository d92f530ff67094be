using System.Text.Json;
using Bot.Access;
using Bot.Schedule;
using Microsoft.Extensions.Hosting;
using Quartz;
using Tests.Support;

namespace Tests.Schedule;

/// <summary>Runbooks that start because it is time, by the real Quartz in the whole bot.</summary>
public sealed class RunbookScheduleTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                """
                runbook: nightly
                on:
                  schedule:
                    - { cron: "0 3 * * 1-5", timezone: Europe/Zurich, with: { what: all } }
                    - { cron: "0 0 29 2 *" }
                inputs:
                  what: { type: string, default: some }
                steps:
                  - { id: count, uses: core/count@1, with: { key: "${{ inputs.what }}" } }
                """,
                """
                runbook: incomplete
                on: { schedule: [ { cron: "0 0 1 1 *" } ] }
                inputs:
                  host: { type: string, required: true }
                steps:
                  - { id: count, uses: core/count@1, with: { key: x } }
                """,
            ]
        );
        admin = await bot.TokenAsync(Role.Admin);
        await bot.Get<RunbookTimes>().CatchUpAsync(default);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task Nothing_fires_in_a_bot_that_stops_however_it_is_stopped()
    {
        var scheduler = await bot.Get<ISchedulerFactory>().GetScheduler();
        await bot.UntilAsync(() => Task.FromResult(scheduler.Status is SchedulerStatus.Running ? "running" : null));
        var stoodBy = false;
        using var stopping = bot.Get<IHostApplicationLifetime>()
            .ApplicationStopping.Register(() => stoodBy = scheduler.Status is SchedulerStatus.Standby);
        await bot.Get<IHost>().StopAsync();
        stoodBy.ShouldBeTrue();
        scheduler.Status.ShouldBe(SchedulerStatus.Shutdown);

        // A container that is thrown away takes its scheduler with it.
        IScheduler left;
        await using (var other = await BotUnderTest.StartAsync())
            left = await other.Get<ISchedulerFactory>().GetScheduler();
        left.Status.ShouldBe(SchedulerStatus.Shutdown);
    }

    [Fact]
    public async Task The_times_are_those_of_crontab_in_the_zone_that_is_named()
    {
        var scheduler = await bot.Get<ISchedulerFactory>().GetScheduler();
        var nightly = await scheduler.GetTrigger(new TriggerKey("nightly#0", RunbookTimes.Group));

        // A Saturday in winter: the next weekday's 3 a.m. in Zurich is Monday 2 a.m. UTC.
        nightly
            .ShouldNotBeNull()
            .GetFireTimeAfter(new DateTimeOffset(2027, 1, 2, 12, 0, 0, TimeSpan.Zero))
            .ShouldBe(new DateTimeOffset(2027, 1, 4, 2, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task It_starts_with_what_its_entry_gives_and_once_for_each_time()
    {
        var at = new DateTimeOffset(2027, 1, 4, 2, 0, 0, TimeSpan.Zero);
        await FireAsync("nightly#0", at);
        await FireAsync("nightly#0", at);
        await FireAsync("nightly#0", at.AddDays(1));

        var runs = await bot.UntilAsync(async () =>
            await RunsAsync() is { Count: 2 } all && all.TrueForAll(run => run.GetProperty("state").GetString() is "succeeded") ? all : null
        );
        runs.ShouldAllBe(run => run.GetProperty("runbook").GetString() == "nightly");
        var run = await BotUnderTest.JsonAsync(admin, "/api/v1/runs/" + runs[0].GetProperty("id").GetString());
        run.GetProperty("inputs").GetProperty("what").GetString().ShouldBe("all");
    }

    [Fact]
    public async Task One_that_cannot_start_is_shown()
    {
        await FireAsync("incomplete#0", new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));

        var health = await bot.UntilAsync(async () =>
            await admin.GetStringAsync(new Uri("/health", UriKind.Relative)) is var page
            && page.Contains("incomplete did not start", StringComparison.Ordinal)
                ? page
                : null
        );
        health.ShouldContain("inputs.host");
    }

    [Fact]
    public async Task One_that_was_stopped_starts_when_it_is_tried_again_and_may()
    {
        await BotUnderTest.SayAsync(admin, "/incident automation stop not now");
        await FireAsync("nightly#0", new DateTimeOffset(2027, 1, 4, 2, 0, 0, TimeSpan.Zero));
        var effects = bot.Get<Bot.Storage.EffectTable>();
        var dead = await bot.UntilAsync(async () => await effects.DeadAsync(1, default) is [var one] ? one : null);
        dead.Outcome.ShouldNotBeNull().ShouldContain("All automation is stopped");

        await BotUnderTest.SayAsync(admin, "/incident automation resume now");
        (await effects.RetryAsync(dead.Id, TimeProvider.System.GetUtcNow(), default)).ShouldBeTrue();

        await bot.UntilAsync(async () => await RunsAsync() is { Count: 1 } all ? all : null);
    }

    // As Quartz does when it is time, but now.
    private async Task FireAsync(string name, DateTimeOffset at)
    {
        var effects = bot.Get<Bot.Storage.EffectTable>();
        await FireRunbook.WriteAsync(effects, name, at, TimeProvider.System.GetUtcNow(), default);
    }

    private async Task<List<JsonElement>> RunsAsync() =>
        [.. (await BotUnderTest.JsonAsync(admin, "/api/v1/runs?state=over")).GetProperty("items").EnumerateArray()];
}
