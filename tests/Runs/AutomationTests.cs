using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Tests.Support;

namespace Tests.Runs;

/// <summary>Who may start what by which words, and the button that stops it all.</summary>
public sealed class AutomationTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private const string Auto = """
        runbook: auto
        on: { alert: { match: { pod: "~.*" }, mode: auto } }
        steps: [ { id: hold, approve: { need: 1 } } ]
        """;

    private const string Long = """
        runbook: long
        on: { chat: { command: "take long for {what}" } }
        inputs: { what: { type: string, required: true } }
        steps: [ { id: sleeps, run: "sleep 600", timeout: 20m } ]
        finally: [ { id: told, uses: incident/note@1, with: { text: "${{ inputs.what }} is over" } } ]
        """;

    [Fact]
    public async Task Stopping_all_automation_ends_what_runs_and_nothing_starts_by_itself_until_somebody_says_so()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Auto, Long]);
        var anna = await bot.TokenAsync(Role.Responder, "anna");
        await BotUnderTest.SayAsync(anna, "/incident declare A long night");
        await BotUnderTest.SayAsync(anna, "/incident take LONG for tea", "inc-1");
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon)));
        await UntilAsync(
            bot,
            anna,
            runs => runs.Count(run => State(run) is "running") == 1 && runs.Count(run => State(run) is "waiting") == 1
        );
        (await BotUnderTest.SayAsync(anna, "/incident automation")).ShouldContain("Under way: 2");

        (await BotUnderTest.TrySayAsync(anna, "/incident automation stop")).Accepted.ShouldBeFalse();
        (await BotUnderTest.SayAsync(anna, "/incident automation stop it makes things worse")).ShouldContain("2 runs");
        await UntilAsync(bot, anna, runs => runs.All(run => State(run) is "cancelled"));
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon), ("b", true, Noon)));
        await bot.UntilAsync(async () =>
            (await BotUnderTest.JsonAsync(anna, "/api/v1/incidents/inc-2/timeline?limit=500")).ToString() is var story
            && story.Contains("held back: All automation is stopped", StringComparison.Ordinal)
                ? story
                : null
        );
        (await RunsAsync(anna)).Count.ShouldBe(2);
        var look = await BotUnderTest.JsonAsync(anna, "/api/v1/automation");
        look.GetProperty("stopped").GetBoolean().ShouldBeTrue();
        look.GetProperty("reason").GetString().ShouldBe("it makes things worse");

        using var resumed = await anna.PostAsJsonAsync(
            new Uri("/api/v1/automation", UriKind.Relative),
            new { stopped = false, reason = "repaired" }
        );
        resumed.StatusCode.ShouldBe(HttpStatusCode.OK, await resumed.Content.ReadAsStringAsync());
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, Noon), ("b", true, Noon), ("c", true, Noon)));
        await UntilAsync(bot, anna, runs => runs.Count(run => State(run) is "waiting") == 1);
    }

    [Fact]
    public async Task Whoever_is_alone_at_night_breaks_the_glass_and_everybody_is_told()
    {
        await using var bot = await BotUnderTest.StartAsync(
            runbooks: ["runbook: two\nsteps: [ { id: act, approve: { need: 2, from: [leads] } } ]"]
        );
        var anna = await bot.TokenAsync(Role.Responder, "anna");
        await BotUnderTest.SayAsync(anna, "/incident declare A long night");
        await BotUnderTest.SayAsync(anna, "/incident run two", "inc-1");
        await UntilAsync(bot, anna, runs => runs.Exists(run => State(run) is "waiting"));
        var id = (await RunsAsync(anna)).ShouldHaveSingleItem().GetProperty("id").GetString();

        (await BotUnderTest.TrySayAsync(anna, $"/incident approve {id} act")).Accepted.ShouldBeFalse();
        (await BotUnderTest.TrySayAsync(anna, $"/incident approve {id} act --break-glass")).Reply.ShouldContain("reason");
        await BotUnderTest.SayAsync(anna, $"/incident approve {id} act --break-glass --reason nobody else answers");
        await UntilAsync(bot, anna, runs => runs.Exists(run => State(run) is "succeeded"));
        (await BotUnderTest.JsonAsync(anna, "/api/v1/incidents/inc-1/timeline?limit=500"))
            .ToString()
            .ShouldContain("nobody else answers", Case.Sensitive);
    }

    private static Task<string> UntilAsync(BotUnderTest bot, HttpClient client, Predicate<List<JsonElement>> holds) =>
        bot.UntilAsync(async () => holds(await RunsAsync(client)) ? "it holds" : null);

    private static async Task<List<JsonElement>> RunsAsync(HttpClient client) =>
        [.. (await BotUnderTest.JsonAsync(client, "/api/v1/runs")).GetProperty("items").EnumerateArray()];

    private static string State(JsonElement run) => run.GetProperty("state").GetString()!;
}
