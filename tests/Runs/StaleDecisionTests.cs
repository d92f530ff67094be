using System.Net.Http.Json;
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
        var run = await StartedRun.OfAsync(bot, admin, "lost");
        var first = await run.AskedAsync("unknown");
        (await run.TryDecideAsync("act", "retry")).ShouldNotBeNull().ShouldContain("decide 'happened' or, if it did not, 'run-again'");
        await run.DecideAsync("act", "run-again", first);
        var second = await run.AskedAsync("unknown", other: first);

        // The same click again, by somebody whose screen has not followed: by program, as a card's button, and on the page.
        var told = (await run.TryDecideAsync("act", "run-again", first)).ShouldNotBeNull();
        told.ShouldMatch("^It is decided already: .+ had it run again at [0-9:]{5} UTC[.] It is asked anew: look at it again[.]$");
        (await BotUnderTest.TrySayAsync(admin, $"/incident decide {run.Id} act run-again --hash {first}")).ShouldBe((false, told));
        var page = await OnPageAsync(run.Id, "act", "happened", first);
        page.ShouldContain(told);
        page.ShouldContain($"/runs/{run.Id}</a>");
        (await run.AttemptsAsync("act")).ShouldBe(2);

        await run.DecideAsync("act", "happened", second);
        await run.EndsAsync("succeeded");
        (await run.TryDecideAsync("act", "skip", second))
            .ShouldNotBeNull()
            .ShouldMatch($"said that it happened at [0-9:]{{5}} UTC[.] The run {run.Id} is over[.]$");
    }

    [Fact]
    public async Task What_fits_as_well_is_not_what_the_card_asked()
    {
        var run = await StartedRun.OfAsync(bot, admin, "gated");
        var asked = await run.AskedAsync("approval");

        // A step that waits for approval could be done by hand; a card that asked whether something happened did not ask that.
        (await run.TryDecideAsync("act", "done-by-hand", new string('0', 64))).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await run.TryDecideAsync("", "stop", asked)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await run.AskedAsync("approval")).ShouldBe(asked);
    }

    [Fact]
    public async Task An_approval_before_the_run_was_begun_anew_is_none_for_what_comes_after_it()
    {
        var run = await StartedRun.OfAsync(bot, admin, "gated");
        var before = await run.AskedAsync("approval");
        await run.DecideAsync("act", "approve", before);
        await run.EndsAsync("failed");
        var end = Binding.OfEnd((await bot.Get<IRunDesk>().FindAsync(run.Id, default))!);
        await run.DecideAsync("act", "retry", end);

        // The same step with the same inputs, and yet a second effect: whoever approved the first did not approve this one.
        var again = await run.AskedAsync("approval", other: before);
        (await run.TryDecideAsync("act", "approve", before)).ShouldBe(DecisionRule.AskedAnew);
        await run.DecideAsync("act", "approve", again);
        await run.EndsAsync("failed");

        // And the button under the first failure goes on from nothing any more.
        (await run.TryDecideAsync("act", "retry", end)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await run.AttemptsAsync("act")).ShouldBe(2);
    }

    [Fact]
    public async Task A_hold_is_released_by_its_own_card_only()
    {
        var run = await StartedRun.OfAsync(bot, admin, "gated");
        await run.AskedAsync("approval");
        await HoldAsync(run.Id);
        var first = await run.AskedAsync("hold");
        (await BotUnderTest.SayAsync(admin, $"/incident decide {run.Id} release --hash {first}")).ShouldStartWith($"release: {run.Id}");
        await run.AskedAsync("approval");
        await HoldAsync(run.Id);
        var second = await run.AskedAsync("hold", other: first);

        (await run.TryDecideAsync("", "release", first)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await run.TryDecideAsync("", "stop", first)).ShouldBe(DecisionRule.NotAskedAnyMore);
        (await run.StateAsync()).GetProperty("state").GetString().ShouldBe("held");

        await run.DecideAsync("", "release", second);
        await run.AskedAsync("approval");
    }

    [Fact]
    public async Task A_decision_that_is_delivered_twice_gets_its_first_answer()
    {
        var run = await StartedRun.OfAsync(bot, admin, "gated");
        await run.AskedAsync("approval");
        var address = new Uri($"/api/v1/runs/{run.Id}/decisions", UriKind.Relative);

        var answers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = JsonContent.Create(new { step = "act", decision = "approve" }),
            };
            request.Headers.Add("Idempotency-Key", "press-1");
            using var answer = await admin.SendAsync(request);
            answer.EnsureSuccessStatusCode();
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        answers[1].ShouldBe(answers[0]);
        (await bot.Get<IRunDesk>().FindAsync(run.Id, default))!.Steps["act"].Decisions.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_names_the_step_is_told_what_they_decided()
    {
        var run = await StartedRun.OfAsync(bot, admin, "gated");
        var asked = await run.AskedAsync("approval");

        var reply = await BotUnderTest.SayAsync(admin, $"/incident approve {run.Id} act");

        reply.ShouldBe($"approve: act of {run.Id}: count gated (exactly {asked[..12]})");
    }

    [Fact]
    public async Task A_form_is_about_what_was_asked_when_it_opened()
    {
        var run = await StartedRun.OfAsync(bot, admin, "lost");
        var first = await run.AskedAsync("unknown");

        var (_, line) = await BotUnderTest.TrySayAsync(admin, $"/incident decide {run.Id} act skip");

        line.ShouldBe($"/incident decide {run.Id} act skip --hash {first} --reason …");
        await run.DecideAsync("act", "run-again", first);
        await run.AskedAsync("unknown", other: first);
        (await BotUnderTest.TrySayAsync(admin, line)).Reply.ShouldEndWith("It is asked anew: look at it again.");
    }

    [Fact]
    public async Task A_page_that_does_not_say_what_it_showed_decides_nothing()
    {
        var run = await StartedRun.OfAsync(bot, admin, "gated");
        var asked = await run.AskedAsync("approval");

        (await OnPageAsync(run.Id, "act", "approve", "")).ShouldContain(DecisionRule.ChangedMeanwhile);

        (await run.AskedAsync("approval")).ShouldBe(asked);
        (await OnPageAsync(run.Id, "act", "approve", asked)).ShouldContain($"approve: act of {run.Id}");
    }

    [Fact]
    public async Task Who_may_not_decide_sees_who_may_instead_of_buttons()
    {
        var run = await StartedRun.OfAsync(bot, admin, "gated");
        await run.AskedAsync("approval");
        await bot.PersonAsync("olga", Role.Approver);

        foreach (var (role, breaks) in new[] { (Role.Viewer, false), (Role.Responder, true) })
        {
            var page = await (await bot.PersonAsync($"some-{(breaks ? "responder" : "viewer")}", role)).GetStringAsync(
                new Uri($"/runs/{run.Id}", UriKind.Relative)
            );
            page.ShouldNotContain("value=\"deny\"");
            page.ShouldContain("This needs the role ");
            page.Contains("Nobody else is there?", StringComparison.Ordinal).ShouldBe(breaks);
        }

        (await (await bot.PersonAsync("otto", Role.Approver)).GetStringAsync(new Uri($"/runs/{run.Id}", UriKind.Relative))).ShouldContain(
            "value=\"deny\""
        );
    }

    [Fact]
    public async Task To_do_it_a_second_time_is_asked_once_more()
    {
        var run = await StartedRun.OfAsync(bot, admin, "lost");
        await run.AskedAsync("unknown");

        var page = await (await bot.PersonAsync("otto", Role.Approver)).GetStringAsync(new Uri($"/runs/{run.Id}", UriKind.Relative));

        page[..page.IndexOf("value=\"run-again\"", StringComparison.Ordinal)].ShouldContain("it happens a second time. Have you looked?");
    }

    // As after an outage that left more runs than go on by themselves.
    private async Task HoldAsync(string run)
    {
        var state = (await bot.Get<IRunDesk>().FindAsync(run, default))!;
        var held = await bot.Get<IDesk>()
            .SubmitAsync(new TakeOverWork(run, state.Epoch, bot.Get<NodeLease>().Name, "after an outage"), default);
        held.ShouldNotBeNull();
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
