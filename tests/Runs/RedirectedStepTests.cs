using Bot.Access;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What a step did before it was redirected is not forgotten with what lies behind the redirect.</summary>
public sealed class RedirectedStepTests
{
    [Fact]
    public async Task What_may_be_done_before_a_redirect_to_nowhere_is_asked_about_and_can_be_undone()
    {
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 303 Done\nLocation: http://127.0.0.1:{Loopback.FreePort()}/jobs/42\nContent-Length: 0\nConnection: close\n\n"
        );
        await using var other = await CountingTarget.StartAsync();
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$$"""
                runbook: put
                steps:
                  - id: put
                    uses: http/request@1
                    with: { method: PUT, url: "http://127.0.0.1:{{{target.Port}}}/jobs", follow-redirects: true, body: x }
                    undo: { uses: http/request@1, with: { method: DELETE, url: "{{{other.Address}}}/undone" } }
                """,
            ]
        );
        using var client = await bot.TokenAsync(Role.Admin);

        var run = await StartedRun.OfAsync(bot, client, "put");
        var asked = await run.AskedAsync("unknown");
        await run.DecideAsync("put", "stop-and-undo");
        await run.AskedAsync("unknown", other: asked);
        await run.DecideAsync("put.undo", "happened");
        await run.EndsAsync("failed");

        var attempts = (await run.StepAsync("put")).GetProperty("attempts");
        attempts[0].GetProperty("class").GetString().ShouldBe("unknown", attempts.ToString());
        other.EffectsOf("undone").ShouldBe(1);
    }
}
