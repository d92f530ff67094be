using Bot.Access;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>A step that looks before it acts and is stopped while it looks has done nothing, and says so.</summary>
public sealed class StoppedLookTests
{
    [Fact]
    public async Task A_step_that_is_stopped_while_it_only_looks_is_known_to_have_changed_nothing()
    {
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$$"""
                runbook: tidies
                summary: Makes an etcd smaller
                steps:
                  - { id: tidy, uses: etcd/defragment@1, with: { endpoint: "http://127.0.0.1:{{{silent.Port}}}" } }
                """,
            ]
        );
        var run = await StartedRun.OfAsync(bot, await bot.TokenAsync(Role.Admin), "tidies");
        await bot.UntilAsync(() => Task.FromResult(silent.Requests > 0 ? "it is asked" : null));

        await run.DecideAsync("", "stop");

        await run.EndsAsync("cancelled");
        var attempt = (await run.StepAsync("tidy")).GetProperty("attempts").EnumerateArray().ShouldHaveSingleItem();
        attempt.GetProperty("class").GetString().ShouldBe("not-sent");
        attempt.GetProperty("because").GetString()!.ShouldEndWith("(it had only looked so far: nothing was changed)");
    }
}
