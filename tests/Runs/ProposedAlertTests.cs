using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Bot.Cli;
using Bot.Storage;
using Tests.Cli;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What was proposed to an incident because of an alert takes its inputs from that alert, by whichever door it is started or planned.</summary>
public sealed class ProposedAlertTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private BotUnderTest bot = null!;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                """
                runbook: restart
                on: { alert: { match: { pod: "~.*" }, mode: propose } }
                inputs: { host: { default: "${{ alert.labels.pod }}", required: true } }
                steps: [ { id: count, uses: core/count@1, with: { key: "${{ inputs.host }}" } } ]
                """,
            ]
        );
        client = await bot.TokenAsync(Role.Admin, "olga");
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("web-7", true, Noon)));
        await bot.UntilAsync(async () =>
            await bot.Get<IncidentTable>().FindAsync(1, default) is { Proposed: [{ Runbook: "restart" }] } ? "proposed" : null
        );
    }

    public Task DisposeAsync() => bot.DisposeAsync().AsTask();

    [Fact]
    public async Task The_API_plans_and_starts_it_for_that_alert()
    {
        using var answer = await client.PostAsJsonAsync(
            new Uri("/api/v1/runs?plan=true", UriKind.Relative),
            new { runbook = "restart", incident = "inc-1" }
        );
        var plan = await answer.Content.ReadFromJsonAsync<JsonElement>();
        answer.IsSuccessStatusCode.ShouldBeTrue(plan.ToString());
        plan.GetProperty("inputs").GetProperty("host").GetString().ShouldBe("web-7");

        var run = await StartedRun.OfAsync(bot, client, "restart", incident: "inc-1");
        (await run.StateAsync()).GetProperty("inputs").GetProperty("host").GetString().ShouldBe("web-7");
    }

    [Fact]
    public async Task It_says_in_words_why_and_its_page_plans_it()
    {
        (await bot.Get<IncidentTable>().FindAsync(1, default))!.Proposed[0].Reason!.ShouldMatch(@"^matches [^{]*\(.*pod=web-7.*\)$");
        var person = await bot.PersonAsync("ann", Role.Responder);
        (await person.GetStringAsync(new Uri("/incidents/inc-1", UriKind.Relative))).ShouldContain("Plan only");
        using var plan = await BotUnderTest.PostFormAsync(
            person,
            "/incidents/inc-1",
            "/runbooks/restart/start",
            [new("incident", "inc-1"), new("plan", "true")]
        );
        var page = await plan.Content.ReadAsStringAsync();
        page.ShouldContain("Plan of restart");
        page.ShouldContain("web-7");
        var viewer = await bot.PersonAsync("vera", Role.Viewer);
        (await viewer.GetStringAsync(new Uri("/incidents/inc-1", UriKind.Relative))).ShouldNotContain("Plan only");
        (await person.GetStringAsync(new Uri("/runbooks?incident=inc-1", UriKind.Relative))).ShouldContain(
            "<option value=\"inc-1\" selected"
        );
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("run")]
    public async Task The_command_line_takes_it_too(string verb)
    {
        var token = client.DefaultRequestHeaders.Authorization!.Parameter!;

        var typed = await Typed.HereAsync(
            "runbook",
            verb,
            "restart",
            "--incident",
            "inc-1",
            "--format",
            "json",
            "--server",
            bot.Address.ToString(),
            "--token",
            token
        );

        typed.Exit.ShouldBe(CommandLine.Success, typed.ToString());
        typed.Json.GetProperty("inputs").GetProperty("host").GetString().ShouldBe("web-7");
    }

    [Fact]
    public async Task Without_the_incident_nothing_is_known_of_its_alert()
    {
        using var answer = await client.PostAsJsonAsync(new Uri("/api/v1/runs", UriKind.Relative), new { runbook = "restart" });

        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("inputs.host");
    }
}
