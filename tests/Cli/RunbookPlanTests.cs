using System.Text.Json;
using Bot.Cli;

namespace Tests.Cli;

/// <summary><c>incident runbook plan FILE</c>: every call that would change something is named, also where not all of it is known.</summary>
public sealed class RunbookPlanTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("incident-books-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_depends_on_a_step_that_is_not_made_is_said_as_it_is_written_with_the_most_that_it_could_do()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "open.yaml"),
            """
            runbook: open
            summary: Little is known before it runs
            inputs: { host: { default: web-1 } }
            steps:
              - { id: begin, uses: http/request@1, with: { method: POST, url: "http://127.0.0.1:1/begin" } }
              - id: path
                uses: http/request@1
                with: { method: POST, url: "http://${{ inputs.host }}/jobs/${{ steps.begin.outputs.json.id }}" }
                i-accept: "the host is ours"
              - { id: verb, uses: http/request@1, with: { method: "${{ steps.begin.outputs.json.verb }}", url: "http://127.0.0.1:1/" } }
              - { id: look, uses: http/request@1, with: { url: "http://127.0.0.1:1/${{ steps.begin.outputs.json.id }}" } }
              - { id: shell, run: "reboot\nsleep 1", env: { ID: "${{ steps.begin.outputs.json.id }}" } }
              - { id: each, for-each: "${{ steps.begin.outputs.json.hosts }}", uses: http/request@1, with: { method: PUT, url: "http://127.0.0.1:1/${{ item }}" } }
              - { id: call, runbook: called, with: { id: "${{ steps.begin.outputs.json.id }}", count: 2 } }
            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "called.yaml"),
            """
            runbook: called
            summary: Deletes
            inputs: { id: { required: true }, count: { type: integer }, name: { default: "job-${{ inputs.id }}" } }
            steps:
              - { id: drop, uses: http/request@1, with: { method: DELETE, url: "http://127.0.0.1:1/${{ inputs.count }}/${{ inputs.name }}" } }
            """
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "open.yaml"), "--format", "json");

        planned.Exit.ShouldBe(CommandLine.Success, planned.ToString());
        planned
            .Json.GetProperty("steps")
            .EnumerateArray()
            .Select(step =>
                $"{step.GetProperty("step").GetString()} | {(step.TryGetProperty("effect", out var effect) ? effect.GetString() : null)} | "
                + $"{step.GetProperty("call").GetString()} | {string.Join(' ', step.GetProperty("dependsOn").EnumerateArray())}"
            )
            .ShouldBe([
                "begin | once | POST http://127.0.0.1:1/begin | ",
                "path | once | POST http://web-1/jobs/${{ steps.begin.outputs.json.id }} | begin",
                "verb | once | ${{ steps.begin.outputs.json.verb }} http://127.0.0.1:1/ | begin",
                "look | read | GET http://127.0.0.1:1/${{ steps.begin.outputs.json.id }} | begin",
                "shell | once | on the bot's machine, bash: reboot … (2 lines) with ID=${{ steps.begin.outputs.json.id }} | begin",
                "each |  | for each of a list that is not known: http/request@1 | begin",
                "each[0] | idempotent | PUT http://127.0.0.1:1/${{ item }} | begin",
                "call |  | runbook called {\"count\":2} | begin",
                "call/drop | idempotent | DELETE http://127.0.0.1:1/2/${{ inputs.name }} | inputs.name",
            ]);

        var text = (await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "open.yaml"))).Output;
        text.ShouldContain("6 calls would change something; 8 steps cannot be known before the run.");
    }

    [Fact]
    public async Task What_would_be_skipped_changes_nothing_and_a_known_side_of_a_condition_may_decide_it()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "some.yaml"),
            """
            runbook: some
            summary: Not all of it happens
            inputs: { rotated: { default: "" }, all: { type: boolean, default: true } }
            steps:
              - { id: there, run: "echo '{}'" }
              - id: clean
                parallel:
                  - { id: never, run: "rm a", effect: idempotent, if: inputs.rotated != '' }
                  - { id: neither, run: "rm b", effect: idempotent, if: "inputs.rotated && contains(steps.there.outputs.stdout, 'b')" }
                  - { id: surely, run: "rm c", effect: idempotent, if: "inputs.all || contains(steps.there.outputs.stdout, 'c')" }
                  - { id: perhaps, run: "rm d", effect: idempotent, if: "inputs.all && contains(steps.there.outputs.stdout, 'd')" }
            """
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "some.yaml"), "--format", "json");
        var text = (await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "some.yaml"))).Output;

        planned
            .Json.GetProperty("steps")
            .EnumerateArray()
            .Select(step =>
                $"{step.GetProperty("step")} | {step.GetProperty("outcome")} | {string.Join(' ', step.GetProperty("dependsOn").EnumerateArray())}"
            )
            .ShouldBe(["there |  | ", "clean |  | ", "never | skipped | ", "neither | skipped | ", "surely |  | ", "perhaps |  | there"]);
        text.ShouldContain("3 calls would change something; 0 steps cannot be known before the run.");
    }

    [Fact]
    public async Task What_is_wrong_with_other_files_is_not_said_beside_the_plan()
    {
        const string good = "runbook: good\nsummary: Counts\nsteps: [ { id: a, uses: core/count@1, with: { key: a } } ]\n";
        foreach (
            var (path, text) in new[]
            {
                ("own/good.yaml", good),
                ("own/bad.yaml", "runbook: bad\nstpes: []\n"),
                ("library/good.yaml", good),
            }
        )
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            await File.WriteAllTextAsync(Path.Combine(folder, path), text);
        }

        var planned = await Typed.InProcessAsync(
            new Dictionary<string, string> { ["Runbooks__Paths__0"] = Path.Combine(folder, "library") },
            ["runbook", "plan", Path.Combine(folder, "own", "good.yaml")]
        );

        planned.Exit.ShouldBe(CommandLine.Success, planned.ToString());
        planned.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task By_its_name_and_without_a_server_only_its_own_problems_are_told()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "good.yaml"), "runbook: good\nsummary: x\nsteps: [ { id: a, run: echo } ]\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "bad.yaml"), "runbook: bad\nstpes: []\n");
        var settings = new Dictionary<string, string>
        {
            ["Runbooks__Paths__0"] = folder,
            ["Storage__ConnectionString"] = $"Data Source={folder}/incident.db",
        };

        var good = await Typed.InProcessAsync(settings, ["runbook", "plan", "good"]);
        var bad = await Typed.InProcessAsync(settings, ["runbook", "plan", "bad"]);

        good.Exit.ShouldBe(CommandLine.Success, good.ToString());
        good.Error.ShouldBeEmpty();
        bad.Exit.ShouldBe(CommandLine.Failure);
        bad.Error.ShouldContain("bad.yaml");
        bad.Error.ShouldNotContain("cannot be run: ");
    }

    [Fact]
    public async Task Where_it_calls_one_that_has_problems_that_is_said()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "bad.yaml"), "runbook: bad\nstpes: []\n");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "good.yaml"),
            "runbook: good\nsummary: Calls\nsteps: [ { id: a, runbook: bad } ]\n"
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "good.yaml"));

        planned.Exit.ShouldBe(CommandLine.Failure);
        planned.Error.ShouldContain($"The runbook 'bad' has problems of its own: incident runbook check {folder}/bad.yaml");
    }

    [Fact]
    public async Task That_a_run_would_fail_where_a_look_did_is_said_there_unless_something_would_be_done_before_it()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "broken.yaml"),
            """
            runbook: broken
            summary: Nobody listens
            steps:
              - { id: may, uses: http/request@1, with: { url: "http://127.0.0.1:1/" }, continue-on-error: true }
              - { id: look, uses: http/request@1, with: { url: "http://127.0.0.1:1/" } }
              - { id: again, uses: http/request@1, with: { url: "http://127.0.0.1:1/" }, retry: { attempts: 3, on: [not-sent] } }
              - { id: act, uses: http/request@1, with: { method: POST, url: "http://127.0.0.1:1/" } }
              - { id: well, uses: http/request@1, with: { url: "http://127.0.0.1:1/" } }
            """
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "broken.yaml"), "--format", "json");

        IEnumerable<string?> Saying(string words) =>
            planned
                .Json.GetProperty("steps")
                .EnumerateArray()
                .Where(step => step.ToString().Contains(words, StringComparison.Ordinal))
                .Select(step => step.GetProperty("step").GetString());
        Saying("A run would fail here").ShouldBe(["look"], planned.Output);
        Saying("A run would try it again, and fail here if that stays so").ShouldBe(["again"], planned.Output);
    }

    [Fact]
    public async Task What_a_look_finds_after_something_that_would_have_been_done_decides_nothing()
    {
        const string look = "uses: tcp/connect@1, with: { address: \"127.0.0.1:1\" }";
        const string finds = look + ", expect: \"!result.ok\", outputs: { up: \"${{ result.ok }}\", all: \"${{ fromJSON('[]') }}\" }";
        const string post = "uses: http/request@1, with: { method: POST, url: \"http://127.0.0.1:1/\" }";
        await File.WriteAllTextAsync(
            Path.Combine(folder, "called.yaml"),
            $$$"""
            runbook: called
            summary: Acts where it is told to
            inputs: { up: { type: boolean } }
            steps:
              - { id: drop, {{{post}}}, if: inputs.up }
            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "acts.yaml"),
            $$$"""
            runbook: acts
            summary: What it finds after it has acted is another thing
            inputs: { mode: { default: full } }
            steps:
              - { id: before, {{{finds}}} }
              - { id: surely-not, {{{post}}}, if: steps.before.outputs.up }
              - { id: told, uses: incident/note@1, with: { text: it begins } }
              - { id: still, {{{finds}}} }
              - { id: not-yet, {{{post}}}, if: steps.still.outputs.up }
              - { id: act, {{{post}}} }
              - { id: after, {{{finds}}} }
              - { id: tell, {{{post}}}, if: steps.after.outputs.up }
              - { id: known, {{{post}}}, if: steps.before.outputs.up && steps.after.outputs.up }
              - { id: each, for-each: "${{ steps.after.outputs.all }}", uses: http/request@1, with: { method: PUT, url: "http://127.0.0.1:1/${{ item }}" }, effect: once }
              - { id: verb, uses: http/request@1, with: { method: "${{ case(steps.after.outputs.up, 'POST', 'GET') }}", url: "http://127.0.0.1:1/" } }
              - { id: call, runbook: called, with: { up: "${{ steps.after.outputs.up }}" } }
              - { id: over, {{{look}}}, expect: result.ok, else: end-success }
              - { id: well, {{{look}}}, expect: result.ok }
              - { id: more, {{{post}}}, if: inputs.mode == 'full' }
              - { id: less, {{{post}}}, if: inputs.mode == 'none' }
              - { id: gate, approve: { need: 1 } }
              - { id: agreed, {{{post}}}, if: steps.gate.outcome == 'success' }
            finally:
              - { id: alas, {{{post}}}, if: failure() }
            """
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "acts.yaml"), "--format", "json");
        var text = (await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "acts.yaml"))).Output;

        Lines(planned)
            .ShouldBe([
                "before | read | success | ",
                "surely-not |  | skipped | ",
                "told | idempotent |  | ",
                "still | read | success | ",
                "not-yet |  | skipped | ",
                "act | once |  | ",
                "after | read | success | ",
                "tell | once |  | after",
                "known |  | skipped | ",
                "each | once |  | after",
                "each[0] | once |  | after",
                "verb | once |  | after",
                "call |  |  | after",
                "call/drop | once |  | inputs.up",
                "over | read | success | ",
                "well | read | failure | ",
                "more | once |  | ",
                "less |  | skipped | ",
                "gate |  |  | ",
                "agreed | once |  | gate",
                "alas | once |  | told act after tell each verb call over well more gate agreed",
            ]);
        planned.Output.ShouldContain("so that the run ends here. A run may find it otherwise; what follows is what it would do then");
        planned.Output.ShouldNotContain("A run would fail here");
        text.ShouldContain("${{ case(steps.after.outputs.up, 'POST', 'GET') }} http://127.0.0.1:1/");
        text.ShouldContain("9 calls would change something;");
    }

    [Fact]
    public async Task What_stands_beside_a_look_and_acts_may_be_done_before_it()
    {
        const string finds =
            "uses: tcp/connect@1, with: { address: \"127.0.0.1:1\" }, expect: \"!result.ok\", outputs: { up: \"${{ result.ok }}\" }";
        const string post = "uses: http/request@1, with: { method: POST, url: \"http://127.0.0.1:1/\" }";
        await File.WriteAllTextAsync(
            Path.Combine(folder, "beside.yaml"),
            $$$"""
            runbook: beside
            summary: Looks and acts at a time
            steps:
              - { id: looks, parallel: [ { id: one, {{{finds}}} }, { id: other, {{{finds}}} } ] }
              - { id: never, {{{post}}}, if: steps.one.outputs.up || steps.looks.outcome != 'success' }
              - { id: both, parallel: [ { id: look, {{{finds}}} }, { id: act, {{{post}}} } ] }
              - { id: perhaps, {{{post}}}, if: steps.look.outputs.up }
              - { id: done, {{{post}}}, if: steps.both.outcome == 'success' }
              - { id: fleet, for-each: [a, b], parallel: [ { id: turn, uses: http/request@1, with: { method: PUT, url: "http://127.0.0.1:1/${{ item }}" } } ] }
            """
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "beside.yaml"), "--format", "json");

        Lines(planned)
            .ShouldBe([
                "looks |  |  | ",
                "one | read | success | ",
                "other | read | success | ",
                "never |  | skipped | ",
                "both |  |  | ",
                "look | read | success | ",
                "act | once |  | ",
                "perhaps | once |  | look",
                "done | once |  | both",
                "fleet |  |  | ",
                "fleet[0] |  |  | ",
                "fleet[0]/turn | idempotent |  | ",
                "fleet[1] |  |  | ",
                "fleet[1]/turn | idempotent |  | ",
            ]);
    }

    private static IEnumerable<string> Lines(Typed planned)
    {
        planned.Exit.ShouldBe(CommandLine.Success, planned.ToString());
        return planned
            .Json.GetProperty("steps")
            .EnumerateArray()
            .Select(step =>
                $"{step.GetProperty("step")} | {Text(step, "effect")} | {Text(step, "outcome")} | "
                + string.Join(' ', step.GetProperty("dependsOn").EnumerateArray())
            );
    }

    private static string? Text(JsonElement step, string name) => step.TryGetProperty(name, out var value) ? value.GetString() : null;

    [Fact]
    public async Task What_is_done_at_the_end_in_any_case_is_planned_where_a_look_ends_the_run_as_well()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "inner.yaml"),
            """
            runbook: inner
            summary: It is well already
            steps:
              - { id: look, uses: tcp/connect@1, with: { address: "127.0.0.1:1" }, expect: result.ok, else: end-success }
              - { id: act, uses: http/request@1, with: { method: POST, url: "http://127.0.0.1:1/" } }
            finally:
              - { id: tell, uses: incident/note@1, with: { text: looked }, if: always() }
            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "outer.yaml"),
            """
            runbook: outer
            summary: Asks another one
            steps:
              - { id: call, runbook: inner }
            finally:
              - { id: note, uses: incident/note@1, with: { text: over } }
            """
        );

        var planned = await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "outer.yaml"), "--format", "json");

        planned
            .Json.GetProperty("steps")
            .EnumerateArray()
            .Select(step => step.GetProperty("step").GetString())
            .ShouldBe(["call", "call/look", "call/tell", "note"], planned.Output);
    }

    [Fact]
    public async Task What_people_approve_is_in_sight_with_its_values_and_where_it_acts_and_what_would_take_it_back()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "shown.yaml"),
            """
            runbook: shown
            summary: What people approve is in sight
            inputs: { service: { default: shop }, none: {}, password: { type: secret, ref: "env:PATH" } }
            env: { WHERE: web-1 }
            steps:
              - id: act
                run: systemctl restart "$SERVICE"
                env: { SERVICE: "${{ inputs.service }}", NONE: "${{ inputs.none }}", PASSWORD: "${{ inputs.password }}" }
                undo: { run: 'systemctl stop "$SERVICE"', env: { SERVICE: "${{ inputs.service }}" }, approve: { need: 1 } }
              - { id: far, uses: ssh/run@1, with: { host: web-1, port: 2222, user: ops, key: none, command: 'restart "$SERVICE"', env: { SERVICE: "${{ inputs.service }}" } } }
              - { id: cluster, uses: kubernetes/rollout-restart@1, with: { name: web, namespace: shop, context: prod-eu, kubeconfig: "${{ inputs.password }}" } }
              - { id: node, uses: kubernetes/cordon@1, with: { node: worker-3, kubeconfig: "${{ inputs.password }}" } }
              - { id: database, uses: postgres/promote@1, with: { connection: "${{ inputs.password }}" } }
              - { id: sentinels, uses: redis/sentinel-failover@1, with: { sentinels: ["s1:26379", "s2:26379"], shard: shop } }
              - { id: body, uses: http/request@1, with: { method: post, url: "http://web-1/scale", json: { replicas: 3 } } }
              - { id: idle, approve: { need: 1 }, parallel: [ { id: never, if: inputs.none, run: reboot } ] }
              - { id: well, uses: tcp/connect@1, with: { address: "127.0.0.1:1" }, expect: result.ok }
            """
        );

        var text = (await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "shown.yaml"))).Output;

        text.ShouldContain("""on the bot's machine, bash: systemctl restart "$SERVICE" with WHERE=web-1, SERVICE=shop, NONE=, PASSWORD=""");
        text.ShouldContain(
            """undo: on the bot's machine, bash: systemctl stop "$SERVICE" with WHERE=web-1, SERVICE=shop, once people approve it"""
        );
        text.ShouldContain("""on ops@web-1:2222 run: restart "$SERVICE" with SERVICE=shop""");
        text.ShouldContain("restart all pods of deployment shop/web in cluster prod-eu");
        text.ShouldContain("keep new pods off node worker-3 in the cluster of env:PATH");
        text.ShouldContain("promote the PostgreSQL of env:PATH to primary");
        text.ShouldContain("promote the best replica of shop, by one of the Sentinels s1:26379, s2:26379");
        text.ShouldContain("""POST http://web-1/scale with {"replicas":3}""");
        text.ShouldNotContain("people approve it first", Case.Sensitive, "of the group nothing is to be done");
        text.ShouldContain("made for real, with nothing done before it: failure");
    }
}
