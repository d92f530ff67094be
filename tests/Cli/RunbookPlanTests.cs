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
                "verb | once | ${{ STEPS.BEGIN.OUTPUTS.JSON.VERB }} http://127.0.0.1:1/ | begin",
                "look | read | GET http://127.0.0.1:1/${{ steps.begin.outputs.json.id }} | begin",
                "shell | once | bash: reboot … (2 lines) with ID=${{ steps.begin.outputs.json.id }} | begin",
                "each |  | for each of a list that is not known: http/request@1 | begin",
                "each[0] | idempotent | PUT http://127.0.0.1:1/${{ item }} | begin",
                "call |  | runbook called {\"count\":2} | begin",
                "call/drop | idempotent | DELETE http://127.0.0.1:1/2/${{ inputs.name }} | inputs.name",
            ]);

        var text = (await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "open.yaml"))).Output;
        text.ShouldContain("6 calls would change something; 8 steps cannot be known before the run.");
    }

    [Fact]
    public async Task Values_of_variables_are_shown_and_what_would_take_a_step_back_and_that_a_look_came_before_the_act()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "shown.yaml"),
            """
            runbook: shown
            summary: What people approve is in sight
            inputs: { service: { default: shop }, password: { type: secret, ref: "env:PATH" } }
            env: { WHERE: web-1 }
            steps:
              - id: act
                run: systemctl restart "$SERVICE"
                env: { SERVICE: "${{ inputs.service }}", PASSWORD: "${{ inputs.password }}" }
                undo: { run: 'systemctl stop "$SERVICE"', env: { SERVICE: "${{ inputs.service }}" } }
              - { id: far, uses: ssh/run@1, with: { host: web-1, user: ops, key: none, command: 'restart "$SERVICE"', env: { SERVICE: "${{ inputs.service }}" } } }
              - { id: well, uses: tcp/connect@1, with: { address: "127.0.0.1:1" }, expect: result.ok }
            """
        );

        var text = (await Typed.HereAsync("runbook", "plan", Path.Combine(folder, "shown.yaml"))).Output;

        text.ShouldContain("""bash: systemctl restart "$SERVICE" with WHERE=web-1, SERVICE=shop, PASSWORD=""");
        text.ShouldContain("""undo: bash: systemctl stop "$SERVICE" with WHERE=web-1, SERVICE=shop""");
        text.ShouldContain("""on ops@web-1 run: restart "$SERVICE" with SERVICE=shop""");
        text.ShouldContain("made for real, with nothing done before it: failure");
    }
}
