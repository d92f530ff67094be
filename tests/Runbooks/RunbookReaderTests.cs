using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;

namespace Tests.Runbooks;

public sealed class RunbookReaderTests
{
    private static readonly Dictionary<string, IStepAction> Actions = new IStepAction[] { new Call(), new Look() }.ToDictionary(
        action => action.Name,
        StringComparer.Ordinal
    );
    private static readonly RunbookReader Reader = new(Actions);

    [Fact]
    public void Every_key_of_the_language_is_read()
    {
        var (definition, problems) = Reader.Read(
            """
            runbook: all-keys
            summary: One of each
            on:
              alert: { match: { alertname: [A, "~B.*"] }, mode: auto, cooldown: 30m, budget: { runs: 2, per: 6h, then: propose } }
              schedule: [ { cron: "0 3 * * mon-fri", timezone: Europe/Zurich, with: { shard: shop } } ]
              chat: { command: "redis failover {shard}" }
            inputs:
              shard: { type: string, required: true, enum: [shop, cart], description: which }
              hosts: { type: list, items: string, min-length: 1, max-length: 9 }
              key: { type: secret, ref: "env:KEY" }
            permissions: { run: [oncall] }
            locks: [ "redis/${{ inputs.shard }}" ]
            limits: { timeout: 25m, targets: 10, on-unknown: stop }
            env: { SHARD: "${{ inputs.shard }}" }
            steps:
              - id: fix
                name: Fix it
                for-each: "${{ inputs.hosts }}"
                where: item != 'x'
                max-parallel: 4
                rate: { waves: [1, 10%, 100%], errors: 10% }
                uses: test/call@1
                with: { to: http://10.0.0.1, what: "${{ item }}", key: "${{ secrets.key }}" }
                effect: keyed
                idempotency-key: "${{ item }}"
                i-accept: the target drops repeats
                approve: { need: 2, from: [leads], expires: 10m, remind: 5m, self: false }
                before: { uses: test/look@1, optional: true }
                check: { uses: test/look@1, settle: 15s, done-when: result.id != before.id, first: true, authoritative: true }
                verify: true
                undo: { run: "exit 0", effect: idempotent, approve: true }
                timeout: 30s
                retry: { attempts: 4, delay: 500ms, backoff: 2, max-delay: 5s, jitter: full, on: [not-sent, refused] }
                fails-with: [404, 409]
                expect: result.ok
                else: end-success
                continue-on-error: true
                skip-allowed: true
                outputs: { id: "${{ result.id }}" }
              - id: script
                run: echo hi
                shell: python
                env: { A: b }
                log-limit: 64KB
                artifacts: [ "*.log" ]
              - id: other
                runbook: restart-service
                with: { name: web }
              - wait: { until: alert.state == 'resolved', every: 10s, timeout: 8m }
              - id: which
                ask: { text: "Which one?", inputs: { host: { type: string } }, from: [oncall], expires: 10m }
              - parallel:
                  - { id: left, uses: test/look@1 }
                  - { id: right, uses: test/look@1, if: steps.which.outputs.host == 'a' }
              - approve: { need: 1 }
            finally:
              - { id: tell, uses: test/look@1 }
            outputs: { host: "${{ steps.which.outputs.host }}" }
            """
        );

        problems.ShouldBeEmpty();
        definition.ShouldNotBeNull();
        definition.ById.Keys.ShouldBe(
            ["fix", "script", "other", "step-4", "which", "left", "right", "step-6", "step-7", "tell"],
            ignoreOrder: true
        );
        var fix = definition.ById["fix"];
        (fix.MaxParallel, fix.Verify, fix.SkipAllowed, fix.Undo!.Id, fix.Undo.Approve!.Need).ShouldBe((4, true, true, "fix.undo", 1));
        fix.Rate!.Waves.ShouldBe([new Share(1, false), new Share(10, true), new Share(100, true)]);
        definition.Limits.ShouldBe(new RunLimits(TimeSpan.FromMinutes(25), 10, true));
        definition.Chat!.Inputs.ShouldBe(["shard"]);
        definition.Calls.ShouldBe(["restart-service"]);
        definition.ReadsAlertState.ShouldBeTrue();
    }

    [Theory]
    [InlineData("runbook: a\nstep: []", "2:1", "Unknown key 'step' of a runbook. Did you mean 'steps'?")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, timeot: 3s } ]", "2:31", "Did you mean 'timeout'?")]
    [InlineData("runbook: a\nsteps: [ { uses: test/lok@1 } ]", "2:18", "Did you mean 'test/look@1'?")]
    [InlineData("runbook: a\nsteps: [ { uses: test/call@1, with: { too: x } } ]", "2:39", "has no argument 'too'. Did you mean 'to'?")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, uses: test/look@1 } ]", "2:31", "is here twice")]
    [InlineData("runbook: a\nsteps: [ { run: 'echo ${{ inputs.x }}' } ]", "2:17", "lets a value become code")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, run: x } ]", "2:10", "more than one of uses, run")]
    [InlineData("runbook: a\nsteps: [ { id: one, uses: test/look@1, if: steps.two.outcome } ]", "2:44", "There is no step 'two'.")]
    [InlineData("runbook: a\ninputs: { shard: {} }\nsteps: [ { uses: test/look@1, if: inputs.shrad } ]", "3:35", "Did you mean 'shard'?")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, for-each: [1], rate: { waves: [0] } } ]", "2:62", "numbers of targets from 1")]
    [InlineData("runbook: a\nsteps: [ { wait: { for: 5m, until: x } } ]", "2:18", "either 'for' or 'until'")]
    [InlineData("runbook: a\nsteps: [ { wait: { for: 5 minutes } } ]", "2:25", "must be a duration")]
    [InlineData("runbook: a\nsteps: [ { uses: test/call@1, with: { to: http://x }, effect: read } ]", "2:63", "needs i-accept")]
    [InlineData("runbook: a\non: { schedule: [ { cron: '61 3 * * *' } ] }\nsteps: [ { uses: test/look@1 } ]", "2:27", "is no minute")]
    [InlineData("runbook: a\nsteps: [ { uses: '${{ alert.x }}' } ]", "2:18", "no value may choose what is called")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, max-parallel: 3 } ]", "2:45", "needs 'for-each'")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, approve: } ]", "2:31", "'approve' has no value here")]
    [InlineData("runbook: a\nlocks:\nsteps: [ { uses: test/look@1 } ]", "2:1", "'locks' has no value here")]
    [InlineData("runbook: a\nsteps:\n\t- uses: test/look@1", "3:1", "here stands a tab")]
    [InlineData("runbook: a\nsteps: [ { uses: !env test/look@1 } ]", "2:18", "The tag '!env' is not read here")]
    [InlineData("runbook: a\nenv: { <<: { A: b } }\nsteps: [ { uses: test/look@1 } ]", "2:8", "merges no keys by '<<'")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, timeout: 0s } ]", "2:40", "longer than nothing")]
    [InlineData("runbook: a\nsteps: [ { run: '' } ]", "2:17", "'run' is empty")]
    [InlineData("runbook: a\nsteps: [ { run: x, artifacts: /etc/passwd } ]", "2:31", "must be a path below the folder")]
    [InlineData("runbook: a\nsteps: [ { run: x, artifacts: [a, logs/../../x] } ]", "2:31", "must be a path below the folder")]
    [InlineData("runbook: a\nsteps: [ { run: x, artifacts: ~/x } ]", "2:31", "must be a path below the folder")]
    [InlineData("runbook: a\nsteps: [ { run: x, artifacts: '' } ]", "2:31", "has an empty path")]
    [InlineData("runbook: a\nsteps: [ { run: x, artifacts: '${{ inputs.x }}' } ]", "2:31", "taken as it is written")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, artifacts: x } ]", "2:42", "'artifacts' of the step 'step-1' needs 'run'")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, for-each: 5 } ]", "2:41", "'for-each' takes a list")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, for-each: 'x${{ env.A }}' } ]", "2:41", "'for-each' takes a list")]
    [InlineData("runbook: a\nsteps: [ { uses: test/look@1, for-each: [1], rate: { waves: [5, 3] } } ]", "2:65", "3 after 5 starts nobody")]
    [InlineData("runbook: a\nsteps: [ { id: again, runbook: a } ]", "2:10", "calls the runbook that it is in")]
    [InlineData("runbook: a\ninputs: { n: { type: integer, default: x } }\nsteps: [ { uses: test/look@1 } ]", "2:40", "of type integer")]
    [InlineData("runbook: a\ninputs: { n: { enum: [b, c], default: d } }\nsteps: [ { uses: test/look@1 } ]", "2:39", "must be one of b, c")]
    [InlineData(
        "runbook: a\ninputs: { n: { type: boolean, enum: [yes] } }\nsteps: [ { uses: test/look@1 } ]",
        "2:37",
        "not of type boolean"
    )]
    [InlineData("runbook: a\ninputs: { n: { minimum: 1 } }\nsteps: [ { uses: test/look@1 } ]", "2:25", "inputs of type integer or number")]
    [InlineData(
        "runbook: a\ninputs: { n: { type: list, items: { type: string } } }\nsteps: [ { uses: test/look@1 } ]",
        "2:35",
        "one of string, "
    )]
    [InlineData(
        "runbook: a\ninputs: { b: { default: '${{ inputs.c }}' }, c: {} }\nsteps: [ { uses: test/look@1 } ]",
        "2:11",
        "which is filled in after it"
    )]
    [InlineData("runbook: a\ninputs: { n: { pattern: '(' } }\nsteps: [ { uses: test/look@1 } ]", "2:25", "Invalid pattern '('")]
    public void A_mistake_is_named_with_its_place_and_its_fix(string text, string place, string says)
    {
        var (definition, problems) = Reader.Read(text);

        definition.ShouldBeNull();
        problems.ShouldContain(
            problem => problem.ToString().StartsWith(place + ":", StringComparison.Ordinal) && problem.Message.Contains(says),
            string.Join('\n', problems)
        );
    }

    [Theory]
    [InlineData("{ delay: 1h, jitter: none }", 60)]
    [InlineData("{ delay: 10s, jitter: none }", 1)]
    [InlineData("{ delay: 1h, max-delay: 2m, jitter: none }", 2)]
    public void A_delay_is_as_long_as_it_is_written_unless_it_says_otherwise(string retry, int minutes)
    {
        var (definition, _) = Reader.Read($"runbook: a\nsteps: [ {{ id: one, uses: test/look@1, retry: {retry} }} ]");

        definition!.ById["one"].Retry!.DelayAfter(9, 0.5).ShouldBe(TimeSpan.FromMinutes(minutes));
    }

    [Theory]
    [InlineData("[ { id: one, uses: test/look@1, if: steps.two.outcome }, { id: two, uses: test/look@1 } ]", "one", "two")]
    [InlineData("[ { id: one, run: x, effect: read, env: { A: '${{ steps.one.outcome }}' } } ]", "one", "one")]
    [InlineData(
        "[ { id: all, parallel: [ { id: one, uses: test/look@1 }, { id: two, uses: test/look@1, if: steps.one.outcome } ] } ]",
        "two",
        "one"
    )]
    [InlineData(
        "[ { id: all, parallel: [ { id: one, uses: test/look@1 } ] }, { id: two, uses: test/look@1, if: steps.one.outcome } ]",
        null,
        null
    )]
    public void A_step_that_reads_what_has_not_ended_is_warned_of(string steps, string? step, string? read)
    {
        var definition = Reader.Read($"runbook: a\nsummary: s\nsteps: {steps}").Definition.ShouldNotBeNull();

        var said = RunbookAdvice.Of(definition, Actions).Where(one => one.Rule == "reads-too-early").Select(one => one.Message);

        said.ShouldBe(step is null ? [] : [$"The step '{step}' reads 'steps.{read}', which has not ended by then."]);
    }

    [Fact]
    public void All_problems_come_at_once()
    {
        var (_, problems) = Reader.Read(
            "runbook: Bad Name\ninputs: { X: { type: strng } }\nsteps: [ { uses: nothing@1 }, { wait: {} } ]\nmore: 1"
        );

        problems.Count.ShouldBe(6, string.Join('\n', problems));
    }

    [Theory]
    [InlineData("${{ alert.labels.host }}", "A value of the alert")]
    [InlineData("http://${{ alert.labels.host }}/restart", "A value of the alert")]
    [InlineData("http://${{ inputs.host }}:80/", "The input 'host', which an alert gives,")]
    [InlineData("${{ inputs.typed }}/x", "The input 'typed', which chat gives,")]
    [InlineData("${{ env.TARGET }}/x", "The input 'host', which an alert gives,")]
    [InlineData("http://a.b/${{ alert.labels.host }}", null)]
    [InlineData("${{ inputs.given }}/${{ inputs.host }}", "The input 'host', which an alert gives,")]
    [InlineData("http://${{ inputs.given }}/${{ inputs.host }}", null)]
    [InlineData("http://${{ inputs.chosen }}/", null)]
    public void Nothing_from_an_alert_or_from_chat_says_where_a_call_goes(string to, string? source)
    {
        var (_, problems) = Reader.Read(
            $$$"""
            runbook: a
            on: { chat: { command: "go {typed}" } }
            inputs:
              host: { default: "${{ alert.labels.host }}", pattern: "[a-z]+" }
              typed: {}
              given: {}
              chosen: { default: "${{ alert.labels.host }}", enum: [a, b] }
            env: { TARGET: "${{ inputs.host }}" }
            steps: [ { uses: test/call@1, with: { to: "{{{to}}}" } } ]
            """
        );

        if (source is null)
            problems.ShouldBeEmpty();
        else
            problems.ShouldHaveSingleItem().Message.ShouldStartWith(source + " would form the host of 'to'");
    }

    [Fact]
    public void A_step_that_says_why_may_call_what_an_alert_names()
    {
        var (_, problems) = Reader.Read(
            """
            runbook: a
            steps:
              - { uses: test/call@1, with: { to: "${{ alert.labels.url }}" }, i-accept: the rule names it }
              - { uses: test/call@1, with: { to: "${{ alert.labels.url }}" } }
            """
        );

        problems.ShouldHaveSingleItem().Line.ShouldBe(4);
    }

    [Fact]
    public void What_is_empty_where_something_has_to_stand_is_named() =>
        Reader
            .Read(
                """
                runbook: a
                inputs: { size: { enum: [] } }
                locks: [ null ]
                permissions: { run: [] }
                steps:
                  - { id: gate, approve: { from: [] } }
                  - { id: both, parallel: [] }
                """
            )
            .Problems.Select(problem => problem.ToString())
            .ShouldBe([
                "2:25: 'enum' is empty. Name at least one, or leave it out.",
                "3:10: 'locks' must be a text.",
                "4:21: 'run' is empty. Name at least one, or leave it out.",
                "6:34: 'from' is empty. Name at least one, or leave it out.",
                "7:27: 'parallel' is empty. Name at least one, or leave it out.",
            ]);

    [Fact]
    public void Ten_megabytes_are_refused() =>
        Reader
            .Read("runbook: a\nsummary: " + new string('x', 10_000_000))
            .Problems.ShouldHaveSingleItem()
            .Message.ShouldContain("at most 1000000");

    [Fact]
    public void Anchors_that_explode_are_refused()
    {
        var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
        for (var letter = 'b'; letter < 'k'; letter++)
            text += $"{letter}: &{letter} [{string.Join(", ", Enumerable.Repeat("*" + (char)(letter - 1), 10))}]\n";

        Reader.Read(text).Problems.ShouldContain(problem => problem.Message.Contains("with its aliases expanded"));
    }

    [Theory]
    [InlineData("*/20 0-2 1,15 feb *", new[] { 0, 20, 40 }, new[] { 0, 1, 2 })]
    [InlineData("5 22 * * 7", new[] { 5 }, new[] { 22 })]
    public void Cron_is_read_as_crontab_says(string text, int[] minutes, int[] hours)
    {
        var (cron, problem) = CronSpec.Parse(text);

        problem.ShouldBeNull();
        cron!.Minutes.ShouldBe(minutes);
        cron.Hours.ShouldBe(hours);
    }

    private sealed record CallArguments([Untainted(UntaintedPart.Origin)] string To, string What = "", string Key = "");

    private sealed record LookArguments(string At = "");

    private sealed class Call : IStepAction
    {
        public string Name => "test/call@1";
        public string Summary => "Calls.";
        public Type Arguments => typeof(CallArguments);

        public ActionGuide Guide => new(typeof(NoResult), []);

        public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

        public string Describe(JsonElement with) => "call";

        public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
            throw new NotSupportedException("Only read, never called.");
    }

    private sealed class Look : IStepAction
    {
        public string Name => "test/look@1";
        public string Summary => "Looks.";
        public Type Arguments => typeof(LookArguments);

        public ActionGuide Guide => new(typeof(NoResult), []);

        public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

        public string Describe(JsonElement with) => "look";

        public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
            throw new NotSupportedException("Only read, never called.");
    }
}
