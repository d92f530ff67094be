using System.Net;
using Bot.Access;
using Tests.Runs;
using Tests.Support;

namespace Tests.Web;

/// <summary>A page of a run has room for 1 MB of results; the others have a page of their own.</summary>
public sealed class ResultPageTests
{
    [Fact]
    public async Task A_result_that_a_page_has_no_room_for_is_behind_a_link_to_its_step()
    {
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                "runbook: calls\nsteps: [ { id: call, for-each: [1, 2, 3, 4, 5, 6, 7], runbook: called } ]",
                """
                runbook: called
                steps:
                  - id: look
                    run: for i in $(seq 1 160); do printf '%0250d\n' "$i"; done
                    effect: read
                    outputs: { text: "${{ join(fromJSON('[1,2,3,4,5]'), result.stdout) }}" }
                """,
            ]
        );
        var run = await StartedRun.OfAsync(bot, await bot.TokenAsync(Role.Responder), "calls");
        await run.EndsAsync("succeeded");
        var person = await bot.PersonAsync("olga", Role.Viewer);

        var all = await PageAsync($"/runs/{run.Id}");
        all.Length.ShouldBeLessThan(2_000_000);
        all.ShouldNotContain("Only call");
        // The first is shown where it stands.
        all.ShouldNotContain("step=call%5B0%5D%2Flook");
        var link = $"/runs/{run.Id}?step=call%5B6%5D%2Flook";
        all.ShouldContain($"<a href=\"{link}\">Outputs (");

        var only = await PageAsync(link);
        only.ShouldContain("Only call[6]/look is shown.");
        only.ShouldNotContain("call[0]/look</strong>");
        only.ShouldContain("<summary>Outputs</summary>");
        only.ShouldNotContain("Outputs (");
        only.ShouldContain("&amp;step=call%5B6%5D%2Flook\">More lines</a>");
        using var none = await person.GetAsync(new Uri($"/runs/{run.Id}?step=call/none", UriKind.Relative));
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await none.Content.ReadAsStringAsync()).ShouldContain("step call/none of run " + run.Id);

        Task<string> PageAsync(string path) => person.GetStringAsync(new Uri(path, UriKind.Relative));
    }
}
