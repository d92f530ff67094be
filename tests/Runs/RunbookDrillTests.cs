using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Bot.Access;
using Bot.Runs;
using Bot.Schedule;
using Bot.Storage;
using Quartz;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>The drill of runbooks in the whole bot, against a target that counts what is done to it.</summary>
public sealed class RunbookDrillTests : IAsyncLifetime
{
    private const string Mixed = """
        runbook: mixed
        summary: A step of each kind
        inputs:
          known: { default: yes-it-is }
          asked: { required: true }
          labelled: { default: "${{ alert.labels.shard }}" }
          made: { default: "host-${{ inputs.labelled }}" }
        steps:
          - { id: read, uses: http/request@1, with: { url: "TARGET/read-${{ inputs.known }}" } }
          - { id: script, run: "echo name=script >> $INCIDENT_OUTPUT", effect: read }
          - { id: well, uses: http/request@1, with: { url: TARGET/well }, expect: result.json.count > 5, else: end-success }
          - { id: broken-only, uses: http/request@1, with: { url: TARGET/broken-only }, expect: result.json.count > 5 }
          - { id: after-read, uses: http/request@1, with: { url: "TARGET/${{ steps.script.outputs.name }}" } }
          - { id: once, uses: http/request@1, with: { method: POST, url: TARGET/once } }
          - { id: idempotent, uses: http/request@1, with: { method: PUT, url: TARGET/idempotent } }
          - { id: chosen, uses: http/request@1, with: { method: "${{ inputs.known == 'yes-it-is' && 'DELETE' || 'GET' }}", url: TARGET/chosen } }
          - { id: promised, uses: http/request@1, with: { method: POST, url: TARGET/promised }, effect: read, i-accept: "it only searches" }
          - { id: shell, run: "curl -X POST TARGET/shell" }
          - { id: depends, uses: http/request@1, with: { url: "TARGET/depends-${{ steps.once.outputs.status }}" } }
          - { id: perhaps, if: steps.once.outputs.status == 200, uses: http/request@1, with: { url: TARGET/perhaps } }
          - { id: verdict, uses: http/request@1, with: { url: TARGET/verdict }, expect: result.status == steps.once.outputs.status }
          - { id: approved, approve: true, uses: http/request@1, with: { url: TARGET/approved } }
          - id: guarded
            approve: true
            uses: http/request@1
            with: { method: POST, url: TARGET/guarded }
            before: { uses: http/request@1, with: { url: TARGET/guarded-before } }
            check: { uses: http/request@1, with: { url: TARGET/guarded-check }, done-when: result.json.count > 5 }
          - { id: odd, uses: http/request@1, with: { method: POST, url: TARGET/odd }, check: { uses: http/request@1, with: { method: POST, url: TARGET/odd-check } } }
          - { id: nobody-said, uses: http/request@1, with: { url: "TARGET/${{ inputs.asked }}" } }
          - { id: no-label, uses: http/request@1, with: { url: "TARGET/${{ inputs.labelled }}" } }
          - { id: no-host, uses: http/request@1, with: { url: "TARGET/${{ inputs.made }}" } }
          - { id: no-alert, uses: http/request@1, with: { url: "TARGET/${{ alert.fingerprint }}" } }
          - { id: pause, wait: { for: 1h } }
          - { id: question, ask: { text: Well?, inputs: { sure: { type: boolean } } } }
          - { id: each, for-each: [a, b], uses: http/request@1, with: { url: "TARGET/each-${{ item }}" } }
          - { id: call, runbook: inner, with: { name: called } }
          - { id: uncalled, runbook: inner, with: { name: "${{ inputs.asked }}" } }
        finally:
          - { id: last, uses: http/request@1, with: { url: TARGET/last } }
        """;

    private static readonly string[] Books =
    [
        Mixed,
        """
            runbook: inner
            summary: Called by another
            inputs: { name: { required: true } }
            steps:
              - { id: read, uses: http/request@1, with: { url: "TARGET/inner-${{ inputs.name }}" } }
              - { id: act, uses: http/request@1, with: { method: POST, url: TARGET/inner-act } }
            """,
        """
            runbook: rotten
            summary: Everything in it is broken
            inputs: { size: { type: integer, maximum: 5, default: "${{ alert.labels.size || 9 }}" } }
            steps:
              - { id: gone, uses: http/request@1, with: { url: "http://127.0.0.1:CLOSED/" }, continue-on-error: true }
              - { id: answers, uses: http/request@1, with: { url: TARGET/answers }, expect: result.json.count > 5, continue-on-error: true }
              - { id: after, uses: http/request@1, with: { url: "TARGET/${{ steps.gone.outputs.json.path }}" } }
              - { id: change, uses: http/request@1, with: { method: POST, url: TARGET/change }, check: { uses: http/request@1, with: { url: "http://127.0.0.1:CLOSED/" } } }
            """,
        """
            runbook: secretive
            summary: Its secret is not there
            inputs: { token: { type: secret, ref: "env:NOBODY_SET_THIS_TOKEN" } }
            steps: [ { id: ask, uses: http/request@1, with: { url: TARGET/secretive, headers: { X-Token: "${{ inputs.token }}" } } } ]
            """,
        "runbook: broken\nsteps: [ { id: a, uses: http/requst@1 } ]",
        """
            runbook: theirs
            summary: Only for some
            permissions: { run: [dba] }
            steps: [ { id: look, uses: http/request@1, with: { url: TARGET/theirs } } ]
            """,
    ];

    private readonly ConcurrentQueue<CountingTarget.Call> calls = new();
    private CountingTarget target = null!;
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        target = await CountingTarget.StartAsync(calls.Enqueue);
        var closed = Loopback.FreePort();
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                .. Books.Select(text =>
                    text.Replace("TARGET", target.Address, StringComparison.Ordinal)
                        .Replace("CLOSED", $"{closed}", StringComparison.Ordinal)
                ),
            ]
        );
        admin = await bot.TokenAsync(Role.Admin, groups: "dba");
    }

    public async Task DisposeAsync()
    {
        await bot.DisposeAsync();
        await target.DisposeAsync();
    }

    [Fact]
    public async Task It_makes_what_reads_and_nothing_else_and_names_what_it_left_out()
    {
        var report = await DrillAsync("mixed");

        report.Findings.ShouldBeEmpty();
        calls.Where(call => call.Acts).ShouldBeEmpty();
        calls
            .Select(call => call.Name)
            .ShouldBe([
                "read-yes-it-is",
                "well",
                "broken-only",
                "script",
                "guarded-before",
                "guarded-check",
                "each-a",
                "each-b",
                "inner-called",
                "last",
            ]);
        report.Made.ShouldBe(
            [
                "read",
                "script",
                "well",
                "broken-only",
                "after-read",
                "guarded.before",
                "guarded.check",
                "each[0]",
                "each[1]",
                "call/read",
                "last",
            ],
            ignoreOrder: true
        );
        var left = report.LeftOut.ToDictionary(one => one.Step, one => one.Because);
        left.ShouldBe(
            new Dictionary<string, string>
            {
                ["broken-only"] = "expected result.json.count > 5; but a run would have ended well at well",
                ["once"] = "it is once",
                ["idempotent"] = "it is idempotent",
                ["chosen"] = "it is idempotent",
                ["promised"] = "it is a read by 'i-accept' only",
                ["shell"] = "it is once",
                ["depends"] = "it depends on once",
                ["perhaps"] = "whether it happens depends on once",
                ["verdict"] = "it depends on once",
                ["approved"] = "people approve it first",
                ["guarded"] = "people approve it first",
                ["odd"] = "it is once",
                ["odd.check"] = "it is once",
                ["nobody-said"] = "it depends on inputs.asked",
                ["no-label"] = "it depends on inputs.labelled",
                ["no-host"] = "it depends on inputs.made",
                ["no-alert"] = "it depends on the alert",
                ["pause"] = "nobody waits",
                ["question"] = "nobody is asked",
                ["call/act"] = "it is once",
                ["uncalled"] = "it depends on inputs.asked",
            },
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task It_says_what_has_rotted_and_how()
    {
        var report = await DrillAsync("rotten");

        report
            .Findings.Select(finding => (finding.Kind, finding.Step))
            .ShouldBe([(Rot.Input, null), (Rot.Unreachable, "gone"), (Rot.Failing, "answers"), (Rot.Unreachable, "change.check")]);
        report.Findings[2].Message.ShouldBe("expected result.json.count > 5");
        report.LeftOut.ShouldContain(new DrillOmission("after", "it depends on gone"));

        var secretive = await DrillAsync("secretive");
        secretive.Findings.Single().Kind.ShouldBe(Rot.Secret);
        secretive.LeftOut.ShouldBe([new DrillOmission("ask", "a secret is missing")]);
        calls.ShouldNotContain(call => call.Name == "secretive");

        var broken = (await DrillAsync("book-4.yaml")).Findings.Single();
        broken.Kind.ShouldBe(Rot.NotLoaded);
        broken.Message.ShouldContain("There is no action 'http/requst@1'");
    }

    [Fact]
    public async Task One_that_nobody_has_run_since_it_is_known_is_a_finding_until_somebody_does()
    {
        var long_ago = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(200);
        await bot.Get<DrillTable>().PutAsync("mixed", long_ago, 0, "{}", default);
        await bot.Get<DrillTable>().PutAsync("inner", long_ago, 0, "{}", default);

        var forgotten = (await DrillAsync("inner")).Findings.Single(finding => finding.Kind is Rot.NeverRun);
        forgotten.Message.ShouldBe("nobody has run it in the 200 days that it is known");

        // It runs where others call it.
        using var started = await admin.PostAsJsonAsync(
            new Uri("/api/v1/runs", UriKind.Relative),
            new { runbook = "mixed", inputs = new { asked = "x", labelled = "y" } }
        );
        started.EnsureSuccessStatusCode();
        (await DrillAsync("inner")).Findings.ShouldNotContain(finding => finding.Kind == Rot.NeverRun);
        (await DrillAsync("mixed")).Findings.ShouldNotContain(finding => finding.Kind == Rot.NeverRun);
    }

    [Fact]
    public async Task When_it_is_time_each_runbook_is_drilled_once_whatever_fires_and_people_see_what_was_found()
    {
        var at = new DateTimeOffset(2027, 1, 4, 6, 0, 0, TimeSpan.Zero);
        var fire = new FireDrill(bot.Get<EffectTable>(), bot.Get<DrillTable>(), bot.Get<RunbookDrill>(), TimeProvider.System);
        await bot.Get<DrillTable>().PutAsync("long-gone", at, 3, "{}", default);

        // Two nodes fire for the same time.
        (await fire.WriteAsync(at, default)).ShouldBe(6);
        (await fire.WriteAsync(at, default)).ShouldBe(0);

        var reports = await bot.UntilAsync(async () => (await LastAsync()) is { Count: 6 } all ? all : null);
        calls.Count(call => call.Name == "read-yes-it-is").ShouldBe(1);
        reports.Where(report => report.IsRotten).Select(report => report.Runbook).ShouldBe(["book-4.yaml", "rotten", "secretive"]);
        (await bot.Get<DrillTable>().ListAsync(default)).ShouldNotContain(row => row.Name == "long-gone");
        (await bot.Get<GaugeTable>().ReadAsync(default)).RottenRunbooks.ShouldBe(3);
        var health = await admin.GetStringAsync(new Uri("/health", UriKind.Relative));
        health.ShouldContain("Runbooks with rot");
        health.ShouldContain("answers: expected");
        var page = await admin.GetStringAsync(new Uri("/runbooks", UriKind.Relative));
        page.ShouldContain(", 3 with rot");
        page.ShouldContain("Rot, found by the drill");
    }

    [Fact]
    public async Task Quartz_has_the_time_that_the_setting_says()
    {
        var scheduler = await bot.Get<ISchedulerFactory>().GetScheduler();

        var trigger = await scheduler.GetTrigger(new TriggerKey(DrillTimes.Name));

        trigger
            .ShouldNotBeNull()
            .GetFireTimeAfter(new DateTimeOffset(2027, 1, 2, 12, 0, 0, TimeSpan.Zero))
            .ShouldBe(new DateTimeOffset(2027, 1, 3, 6, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task Stopped_automation_stops_the_drill_that_comes_by_itself()
    {
        await BotUnderTest.SayAsync(admin, "/incident automation stop something is odd");
        var at = new DateTimeOffset(2027, 1, 4, 6, 0, 0, TimeSpan.Zero);
        await new FireDrill(bot.Get<EffectTable>(), bot.Get<DrillTable>(), bot.Get<RunbookDrill>(), TimeProvider.System).WriteAsync(
            at,
            default
        );

        await bot.UntilAsync(async () =>
            (await bot.Get<EffectTable>().PendingAsync(DueDrill.Kind, DueDrill.Kind, 10, default)).Count == 0 ? "" : null
        );

        calls.ShouldBeEmpty();
        (await bot.Get<EffectTable>().FindAsync("runbook.drill/mixed/20270104T060000Z", default))
            .ShouldNotBeNull()
            .Outcome!.ShouldStartWith("mixed was not drilled: All automation was stopped by ");
    }

    [Fact]
    public async Task Who_may_not_start_a_runbook_may_not_have_it_drilled()
    {
        var responder = await bot.TokenAsync(Role.Responder);

        using var refused = await responder.PostAsJsonAsync(new Uri("/api/v1/drills", UriKind.Relative), new { runbook = "theirs" });
        using var viewer = await (await bot.TokenAsync(Role.Viewer)).PostAsJsonAsync(
            new Uri("/api/v1/drills", UriKind.Relative),
            new { runbook = "mixed" }
        );

        refused.StatusCode.ShouldBe(System.Net.HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("Only dba may start 'theirs'.");
        viewer.StatusCode.ShouldBe(System.Net.HttpStatusCode.Forbidden);
        calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_asks_for_more_time_than_a_drill_has_is_left_out_and_whoever_does_not_has_not_answered()
    {
        // Takes the connection, and never says a word.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = $"http://{silent.LocalEndpoint}/";
        await using var other = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$"""
                runbook: patient
                summary: Its first step may take long
                steps:
                  - { id: slow, uses: http/request@1, with: { url: "{{address}}" }, timeout: 2m, continue-on-error: true }
                """,
                $$"""
                runbook: hasty
                summary: Its step says nothing of it
                steps: [ { id: look, uses: http/request@1, with: { url: "{{address}}" } } ]
                """,
            ],
            settings: new Dictionary<string, string?> { ["Runbooks:Drill:Limit"] = "00:00:01" }
        );
        var responder = await other.TokenAsync(Role.Responder);

        var patient = await DrillAsync("patient", responder);
        patient.Findings.ShouldBeEmpty();
        patient.LeftOut.Single().Because.ShouldEndWith("all that the drill had left for it, and it may take 2m");

        var hasty = await DrillAsync("hasty", responder);
        hasty.Findings.Single().Kind.ShouldBe(Rot.Unreachable);
        hasty.LeftOut.ShouldBeEmpty();
    }

    private Task<DrillReport> DrillAsync(string runbook) => DrillAsync(runbook, admin);

    private static async Task<DrillReport> DrillAsync(string runbook, HttpClient by)
    {
        using var answer = await by.PostAsJsonAsync(new Uri("/api/v1/drills", UriKind.Relative), new { runbook });
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonSerializer.Deserialize<DrillReport>(text, Bot.Web.Api.ApiJson.Options)!;
    }

    private async Task<List<DrillReport>> LastAsync() =>
        [
            .. (await BotUnderTest.JsonAsync(admin, "/api/v1/drills"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(item => item.Deserialize<DrillReport>(Bot.Web.Api.ApiJson.Options)!),
        ];
}
