using Bot.Access;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What a run tells its incident is told again when a person has the run go on: they want the page, and the end is another one.</summary>
public sealed class RetriedStepTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("incident-retried-").FullName;
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$$"""
                runbook: tells
                summary: Its last step needs a flag
                steps:
                  - { id: begun, uses: incident/note@1, with: { text: begun } }
                  - { id: call, uses: incident/page@1, with: { target: "role:admin", reason: come } }
                  - { id: post, uses: chat/post@1, with: { text: hello } }
                  - { id: worse, uses: incident/severity@1, with: { severity: sev1 } }
                  - { id: act, run: "test -e {{{folder}}}/flag", fails-with: 1 }
                  - { id: better, uses: incident/severity@1, with: { severity: sev3 } }
                finally:
                  - { id: told, if: always(), uses: incident/note@1, with: { text: "It ended: ${{ run.outcome }}" } }
                """,
                """
                runbook: calls
                summary: Calls a group
                steps:
                  - { id: call, uses: incident/page@1, with: { target: "group:oncall" } }
                """,
                """
                runbook: calls-again
                summary: Calls a group until somebody is in it
                steps:
                  - id: call
                    uses: incident/page@1
                    with: { target: "group:oncall" }
                    retry: { attempts: 100, delay: 100ms, backoff: 1, jitter: none, on: [refused] }
                """,
            ]
        );
        admin = await bot.TokenAsync(Role.Admin, "olga");
        await BotUnderTest.SayAsync(admin, "/incident declare The shop is slow");
    }

    public async Task DisposeAsync()
    {
        await bot.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_a_run_told_it_tells_again_from_where_it_goes_on_and_how_it_ended_this_time()
    {
        var run = await StartAsync("tells");
        await run.EndsAsync("failed");
        await BotUnderTest.SayAsync(admin, "/incident severity sev4", "inc-1");
        await File.WriteAllTextAsync(folder + "/flag", "");

        await run.DecideAsync("call", "retry");

        await run.EndsAsync("succeeded");
        (await ToldAsync("incident.note-added")).ShouldBe(["Note: begun", "Note: It ended: failed", "Note: It ended: succeeded"]);
        (await ToldAsync("incident.page-requested")).Count.ShouldBe(2);
        (await ToldAsync("incident.message-posted")).ShouldBe(["hello", "hello"]);
        (await ToldAsync("incident.severity-changed")).Count.ShouldBe(4);
        (await run.AttemptsAsync("call")).ShouldBe(2);
    }

    [Fact]
    public async Task A_call_that_was_refused_is_made_when_a_person_tries_it_again()
    {
        var run = await StartAsync("calls");
        await run.EndsAsync("failed");
        await bot.PersonAsync("anna", Role.Responder, "oncall");

        await run.DecideAsync("call", "retry");

        await run.EndsAsync("succeeded");
        (await ToldAsync("incident.page-requested")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_call_that_was_refused_is_made_by_the_steps_own_retry()
    {
        var run = await StartAsync("calls-again");
        await bot.UntilAsync(async () => await run.AttemptsAsync("call") > 1 ? run : null);

        await bot.PersonAsync("anna", Role.Responder, "oncall");

        await run.EndsAsync("succeeded");
        (await ToldAsync("incident.page-requested")).ShouldHaveSingleItem();
    }

    private Task<StartedRun> StartAsync(string runbook) => StartedRun.OfAsync(bot, admin, runbook, incident: "inc-1");

    private async Task<List<string>> ToldAsync(string type) =>
        [
            .. (await BotUnderTest.JsonAsync(admin, "/api/v1/incidents/inc-1/timeline?limit=500"))
                .GetProperty("items")
                .EnumerateArray()
                .Where(told => told.GetProperty("type").GetString() == type)
                .Select(told => told.GetProperty("text").GetString()!),
        ];
}
