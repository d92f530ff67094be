using Bot.Access;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>People who change the course of a run: done by hand, skipped, with another input, gone on from a step. The target counts what was done to it.</summary>
public sealed class ByHandTests : IAsyncLifetime
{
    private const string Token = "a-token-that-is-planted";
    private readonly string folder = Directory.CreateTempSubdirectory("incident-hand-").FullName;
    private CountingTarget target = null!;
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    private string Flag => Path.Combine(folder, "flag");

    public async Task InitializeAsync()
    {
        target = await CountingTarget.StartAsync();
        var secret = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(secret, Token);
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                .. new[]
                {
                    """
                    runbook: hand
                    summary: A check sees whether it is done
                    steps:
                      - id: act
                        uses: http/request@1
                        with: { method: POST, url: TARGET/act }
                        approve: { need: 1 }
                        check: { uses: http/request@1, with: { url: TARGET/act }, done-when: result.json.count > 0 }
                      - { id: after, uses: http/request@1, with: { method: POST, url: TARGET/after } }
                    """,
                    """
                    runbook: skips
                    summary: One may be skipped
                    steps:
                      - { id: maybe, uses: http/request@1, with: { method: POST, url: TARGET/maybe }, approve: { need: 1 }, skip-allowed: true }
                      - { id: must, uses: http/request@1, with: { method: POST, url: TARGET/must }, approve: { need: 1 } }
                    """,
                    """
                    runbook: bound
                    summary: People agree to all of a group, and its host is locked
                    inputs:
                      host: { type: string, default: a, pattern: "[a-z]+" }
                      what: { type: string, default: x, pattern: "[a-z]+" }
                    locks: [ "host/${{ inputs.host }}" ]
                    steps:
                      - id: all
                        approve: { need: 1 }
                        parallel:
                          - { id: agreed, approve: { need: 1 } }
                          - { id: act, uses: http/request@1, with: { method: POST, url: "TARGET/bound-${{ inputs.what }}" } }
                      - { id: gate, approve: { need: 1 } }
                    """,
                    """
                    runbook: agrees
                    summary: Two people agree before it goes on
                    steps:
                      - { id: gate, approve: { need: 2 } }
                      - { id: act, uses: http/request@1, with: { method: POST, url: TARGET/agreed } }
                    """,
                    """
                    runbook: changes
                    summary: Its host may turn out to be another
                    inputs:
                      host: { type: string, default: a, pattern: "[a-z]+" }
                      token: { type: secret, ref: "file:SECRET" }
                    steps:
                      - { id: first, uses: http/request@1, with: { method: POST, url: "TARGET/first-${{ inputs.host }}" } }
                      - { id: act, uses: http/request@1, with: { method: POST, url: "TARGET/act-${{ inputs.host }}", headers: { X: "${{ inputs.token }}" } }, approve: { need: 1 } }
                    """,
                    """
                    runbook: fails
                    summary: Its second step needs a flag
                    steps:
                      - { id: first, uses: http/request@1, with: { method: POST, url: TARGET/first } }
                      - { id: second, run: "test -e FLAG", fails-with: 1 }
                      - { id: third, uses: http/request@1, with: { method: POST, url: TARGET/third } }
                    finally:
                      - { id: last, uses: http/request@1, with: { method: POST, url: TARGET/last } }
                    """,
                }.Select(text =>
                    text.Replace("TARGET", target.Address, StringComparison.Ordinal)
                        .Replace("FLAG", Flag, StringComparison.Ordinal)
                        .Replace("SECRET", secret, StringComparison.Ordinal)
                ),
            ]
        );
        admin = await bot.TokenAsync(Role.Admin, "olga");
        await BotUnderTest.SayAsync(admin, "/incident declare The shop is slow");
    }

    public async Task DisposeAsync()
    {
        await bot.DisposeAsync();
        await target.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_somebody_says_to_have_done_by_hand_is_looked_for_and_the_step_is_not_made()
    {
        var run = await StartAsync("hand");
        await run.AskedAsync("approval");
        (await run.TryDecideAsync("act", "done-by-hand", reason: null)).ShouldBe("'done-by-hand' needs a reason; it goes on the timeline.");

        // Said, and not done: its check does not see it, and the run asks.
        await run.DecideAsync("act", "done-by-hand");
        var asked = await run.AskedAsync("unknown");
        target.Effects.GetValueOrDefault("act").ShouldBe(0);
        target.Effects.GetValueOrDefault("after").ShouldBe(0);

        using (var done = await bot.Stranger().PostAsync(new Uri($"{target.Address}/act"), null))
            done.EnsureSuccessStatusCode();
        await run.DecideAsync("act", "done-by-hand", asked);
        await run.EndsAsync("succeeded");
        (await run.StepAsync("act")).GetProperty("because").GetString().ShouldBe("done by hand by token:olga (because), its check agrees");
        (target.EffectsOf("act"), target.EffectsOf("after")).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_step_is_skipped_where_that_is_allowed_with_a_reason_that_is_told()
    {
        var run = await StartAsync("skips");
        var first = await run.AskedAsync("approval");
        (await run.TryDecideAsync("maybe", "skip", reason: " ")).ShouldBe("'skip' needs a reason; it goes on the timeline.");
        (await run.TryDecideAsync("must", "skip")).ShouldBe("The step 'must' has no 'skip-allowed: true'.");

        await run.DecideAsync("maybe", "skip");
        var second = await run.AskedAsync("approval", other: first);
        await run.DecideAsync("must", "approve", second);

        await run.EndsAsync("succeeded");
        (target.EffectsOf("maybe"), target.EffectsOf("must")).ShouldBe((0, 1));
        (await TimelineAsync()).ShouldContain("Step maybe was skipped: skipped by token:olga (because)");
    }

    [Fact]
    public async Task What_can_be_decided_is_said_with_what_is_asked_and_no_hand_does_what_others_have_to_agree_to()
    {
        var hand = await StartAsync("hand");
        var asked = await hand.AskedAsync("approval");
        (await ChoicesAsync(hand)).ShouldBe(["approve", "deny", "done-by-hand"]);
        await hand.DecideAsync("act", "done-by-hand", asked);
        await hand.AskedAsync("unknown");
        (await ChoicesAsync(hand)).ShouldBe(["happened", "run-again", "skip", "stop", "stop-and-undo", "done-by-hand"]);

        var gate = await StartAsync("agrees");
        await gate.AskedAsync("approval");
        (await ChoicesAsync(gate)).ShouldBe(["approve", "deny"]);
        (await gate.TryDecideAsync("gate", "done-by-hand")).ShouldBe("The step 'gate' only asks people; there is nothing to do by hand.");
        target.Effects.GetValueOrDefault("agreed").ShouldBe(0);
    }

    [Fact]
    public async Task Inputs_that_a_lock_or_an_approval_under_way_is_made_of_are_not_changed()
    {
        var run = await StartAsync("bound");
        var asked = await run.AskedAsync("approval");
        (await run.TryDecideAsync("", "change-inputs", answers: new { host = "b" })).ShouldBe(
            "With these inputs the run would need the lock host/b instead of host/a. Stop it, and start another one."
        );
        await run.DecideAsync("all", "approve", asked);
        await run.AskedAsync("approval", other: asked);

        (await run.TryDecideAsync("", "change-inputs", answers: new { what = "y" })).ShouldBe(
            "'all' is under way, which people approved with the inputs as they are. Wait for its end, or stop the run."
        );
    }

    [Fact]
    public async Task An_input_is_another_one_from_here_on_and_what_was_approved_before_is_void()
    {
        var run = await StartAsync("changes");
        var before = await run.AskedAsync("approval");
        (await ChangeAsync(new { hsot = "b" })).ShouldBe("inputs.hsot: There is no such input. There are: host, token.");
        (await ChangeAsync(new { host = "B2" }))!.ShouldStartWith("inputs.host is 'B2': It must match");
        (await ChangeAsync(new { token = "other" }))!.ShouldContain("inputs.token: A secret is not given");
        (await ChangeAsync(new { host = Token }))!.ShouldContain("inputs.host: It holds a secret");
        (await run.TryDecideAsync("", "change-inputs", reason: null, answers: new { host = "b" })).ShouldBe(
            "'change-inputs' needs a reason; it goes on the timeline."
        );
        (await run.AskedAsync("approval")).ShouldBe(before);

        (await ChangeAsync(new { host = "b" })).ShouldBeNull();
        var after = await run.AskedAsync("approval", other: before);
        (await run.TryDecideAsync("act", "approve", before)).ShouldNotBeNull();
        await run.DecideAsync("act", "approve", after);

        await run.EndsAsync("succeeded");
        target
            .Effects.OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => (one.Key, one.Value))
            .ShouldBe([("act-b", 1), ("first-a", 1)]);
        (await TimelineAsync()).ShouldContain("token:olga changed inputs from here on (host: b): because");

        Task<string?> ChangeAsync(object inputs) => run.TryDecideAsync("", "change-inputs", answers: inputs);
    }

    [Fact]
    public async Task A_run_that_failed_goes_on_from_a_step_and_does_nothing_before_it_again()
    {
        var run = await StartAsync("fails");
        await run.EndsAsync("failed");
        (await run.StateAsync())
            .GetProperty("leftBehind")
            .EnumerateArray()
            .Select(left => left.GetString()!)
            .ShouldContain("first: success");
        (await run.TryDecideAsync("thrid", "retry")).ShouldBe("Name a step of 'fails' to go on from: first, second, third.");
        (await run.TryDecideAsync("second", "approve")).ShouldBe($"The run {run.Id} is over.");

        await File.WriteAllTextAsync(Flag, "");
        await run.DecideAsync("second", "retry");

        await run.EndsAsync("succeeded");
        (target.EffectsOf("first"), target.EffectsOf("third"), target.EffectsOf("last")).ShouldBe((1, 1, 2));
        (await run.AttemptsAsync("second")).ShouldBe(2);
        (await run.StateAsync()).GetProperty("leftBehind").GetArrayLength().ShouldBe(0);
        (await run.TryDecideAsync("first", "retry")).ShouldBe($"The run {run.Id} has succeeded; start another one.");
    }

    private static async Task<string?[]> ChoicesAsync(StartedRun run) =>
        [
            .. (await run.StateAsync())
                .GetProperty("waitingFor")[0]
                .GetProperty("decisions")
                .EnumerateArray()
                .Select(decision => decision.GetString()),
        ];

    private Task<StartedRun> StartAsync(string runbook) => StartedRun.OfAsync(bot, admin, runbook, incident: "inc-1");

    private async Task<IReadOnlyList<string>> TimelineAsync() =>
        [
            .. (await BotUnderTest.JsonAsync(admin, "/api/v1/incidents/inc-1/timeline?limit=500"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(entry => entry.GetProperty("text").GetString()!),
        ];
}
