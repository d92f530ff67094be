using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Planning;
using Tests.Support;

namespace Tests.Runs;

/// <summary>A decision is about what whoever made it has seen. By a card of yesterday nothing of today is approved.</summary>
public sealed class StaleDecisionTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                """
                runbook: lost
                summary: Its answer is lost each time
                steps: [ { id: act, run: "exit 7", skip-allowed: true } ]
                """,
                """
                runbook: gated
                summary: Asks first
                steps:
                  - { id: act, uses: core/count@1, with: { key: gated }, approve: { need: 1 } }
                  - { id: after, run: "exit 3", fails-with: 3 }
                """,
            ]
        );
        admin = await bot.TokenAsync(Role.Admin);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task Each_lost_answer_is_a_question_of_its_own_and_an_old_card_answers_none_of_them()
    {
        var run = await StartAsync("lost");
        var first = await AskedAsync(run, "unknown");
        await DecideAsync(run, "act", "run-again", first);
        var second = await AskedAsync(run, "unknown", other: first);

        // The same click again, by somebody whose screen has not followed: by program, as a card's button, and on the page.
        (await TryDecideAsync(run, "act", "run-again", first)).ShouldBe(DecisionRule.ChangedMeanwhile);
        (await BotUnderTest.TrySayAsync(admin, $"/incident decide {run} act run-again --hash {first}")).ShouldBe(
            (false, DecisionRule.ChangedMeanwhile)
        );
        (await OnPageAsync(run, "act", "happened", first)).ShouldContain(DecisionRule.ChangedMeanwhile);
        (await AttemptsAsync(run, "act")).ShouldBe(2);

        await DecideAsync(run, "act", "happened", second);
        await EndsAsync(run, "succeeded");
        (await TryDecideAsync(run, "act", "skip", second)).ShouldBe($"The run {run} is over.");
    }

    [Fact]
    public async Task What_fits_as_well_is_not_what_the_card_asked()
    {
        var run = await StartAsync("gated");
        var asked = await AskedAsync(run, "approval");

        // A step that waits for approval could be done by hand; a card that asked whether something happened did not ask that.
        (await TryDecideAsync(run, "act", "done-by-hand", new string('0', 64))).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await TryDecideAsync(run, "", "stop", asked)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await AskedAsync(run, "approval")).ShouldBe(asked);
    }

    [Fact]
    public async Task An_approval_before_the_run_was_begun_anew_is_none_for_what_comes_after_it()
    {
        var run = await StartAsync("gated");
        var before = await AskedAsync(run, "approval");
        await DecideAsync(run, "act", "approve", before);
        await EndsAsync(run, "failed");
        var end = Binding.OfEnd((await bot.Get<IRunDesk>().FindAsync(run, default))!);
        await DecideAsync(run, "act", "retry", end);

        // The same step with the same inputs, and yet a second effect: whoever approved the first did not approve this one.
        var again = await AskedAsync(run, "approval", other: before);
        (await TryDecideAsync(run, "act", "approve", before)).ShouldBe(DecisionRule.ChangedMeanwhile);
        await DecideAsync(run, "act", "approve", again);
        await EndsAsync(run, "failed");

        // And the button under the first failure goes on from nothing any more.
        (await TryDecideAsync(run, "act", "retry", end)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await AttemptsAsync(run, "act")).ShouldBe(2);
    }

    [Fact]
    public async Task A_hold_is_released_by_its_own_card_only()
    {
        var run = await StartAsync("gated");
        await AskedAsync(run, "approval");
        await HoldAsync(run);
        var first = await AskedAsync(run, "hold");
        (await BotUnderTest.SayAsync(admin, $"/incident decide {run} release --hash {first}")).ShouldStartWith($"release: {run}");
        await AskedAsync(run, "approval");
        await HoldAsync(run);
        var second = await AskedAsync(run, "hold", other: first);

        (await TryDecideAsync(run, "", "release", first)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await TryDecideAsync(run, "", "stop", first)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await StateAsync(run)).GetProperty("state").GetString().ShouldBe("held");

        await DecideAsync(run, "", "release", second);
        await AskedAsync(run, "approval");
    }

    [Fact]
    public async Task Whoever_names_the_step_is_told_what_they_decided()
    {
        var run = await StartAsync("gated");
        var asked = await AskedAsync(run, "approval");

        var reply = await BotUnderTest.SayAsync(admin, $"/incident approve {run} act");

        reply.ShouldBe($"approve: act of {run}: count gated (exactly {asked[..12]})");
    }

    [Fact]
    public async Task A_form_is_about_what_was_asked_when_it_opened()
    {
        var run = await StartAsync("lost");
        var first = await AskedAsync(run, "unknown");

        var (_, line) = await BotUnderTest.TrySayAsync(admin, $"/incident decide {run} act skip");

        line.ShouldBe($"/incident decide {run} act skip --hash {first} --reason …");
        await DecideAsync(run, "act", "run-again", first);
        await AskedAsync(run, "unknown", other: first);
        (await BotUnderTest.TrySayAsync(admin, line)).ShouldBe((false, DecisionRule.ChangedMeanwhile));
    }

    [Fact]
    public async Task A_page_that_does_not_say_what_it_showed_decides_nothing()
    {
        var run = await StartAsync("gated");
        var asked = await AskedAsync(run, "approval");

        (await OnPageAsync(run, "act", "approve", "")).ShouldContain(DecisionRule.ChangedMeanwhile);

        (await AskedAsync(run, "approval")).ShouldBe(asked);
        (await OnPageAsync(run, "act", "approve", asked)).ShouldContain($"approve: act of {run}");
    }

    private async Task<string> StartAsync(string runbook)
    {
        using var answer = await admin.PostAsJsonAsync(new Uri("/api/v1/runs", UriKind.Relative), new { runbook });
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private Task<JsonElement> StateAsync(string run) => BotUnderTest.JsonAsync(admin, "/api/v1/runs/" + run);

    /// <returns>The hash of what the run asks.</returns>
    private Task<string> AskedAsync(string run, string kind, string? other = null) =>
        bot.UntilAsync(async () =>
            (await StateAsync(run))
                .GetProperty("waitingFor")
                .EnumerateArray()
                .Where(wait => wait.GetProperty("kind").GetString() == kind)
                .Select(wait => wait.GetProperty("hash").GetString())
                .FirstOrDefault(hash => hash != other)
        );

    private Task<string> EndsAsync(string run, string state) =>
        bot.UntilAsync(async () => (await StateAsync(run)).GetProperty("state").GetString() == state ? state : null);

    private async Task<int> AttemptsAsync(string run, string step) =>
        (await StateAsync(run))
            .GetProperty("steps")
            .EnumerateArray()
            .Single(one => one.GetProperty("id").GetString() == step)
            .GetProperty("attempts")
            .GetArrayLength();

    // As after an outage that left more runs than go on by themselves.
    private async Task HoldAsync(string run)
    {
        var state = (await bot.Get<IRunDesk>().FindAsync(run, default))!;
        var held = await bot.Get<IDesk>()
            .SubmitAsync(new TakeOverWork(run, state.Epoch, bot.Get<NodeLease>().Name, "after an outage"), default);
        held.ShouldNotBeNull();
    }

    private async Task DecideAsync(string run, string step, string decision, string hash) =>
        (await TryDecideAsync(run, step, decision, hash)).ShouldBeNull();

    /// <returns>Null if it was accepted, else why not.</returns>
    private async Task<string?> TryDecideAsync(string run, string step, string decision, string hash)
    {
        using var answer = await admin.PostAsJsonAsync(
            new Uri($"/api/v1/runs/{run}/decisions", UriKind.Relative),
            new
            {
                step,
                decision,
                hash,
                reason = "because",
            }
        );
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode ? null : json.GetProperty("detail").GetString();
    }

    /// <returns>The page after the click.</returns>
    private async Task<string> OnPageAsync(string run, string step, string decision, string hash)
    {
        var person = await bot.PersonAsync("p-" + bot.Get<Bot.Log.IIdSource>().NewId(), Role.Admin);
        using var answer = await BotUnderTest.PostFormAsync(
            person,
            $"/runs/{run}",
            $"/runs/{run}/decisions",
            [new("step", step), new("decision", decision), new("hash", hash), new("reason", "because")]
        );
        return System.Net.WebUtility.HtmlDecode(await person.GetStringAsync(new Uri($"/runs/{run}", UriKind.Relative)));
    }
}
