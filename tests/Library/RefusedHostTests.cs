using Bot.Access;
using Integrations;
using Tests.Runs;
using Tests.Support;

namespace Tests.Library;

/// <summary>A host that the bot may not call is no host that is ill.</summary>
public sealed class RefusedHostTests
{
    [Fact]
    public async Task A_service_that_may_not_be_asked_is_not_restarted_and_the_setting_is_named()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [await File.ReadAllTextAsync(Shipped.FileOf("restart-service"))]);
        using var admin = await bot.TokenAsync(Role.Admin);

        var run = await StartedRun.OfAsync(
            bot,
            admin,
            "restart-service",
            new Dictionary<string, string>
            {
                ["service"] = "shop",
                ["health-url"] = "http://192.0.2.1/health",
                ["restart-url"] = "http://192.0.2.1/restart",
            }
        );

        await run.EndsAsync("failed");
        var steps = (await run.StateAsync()).GetProperty("steps").EnumerateArray().ToList();
        var probe = steps.Single(step => step.GetProperty("id").GetString() == "probe");
        probe.GetProperty("outcome").GetString().ShouldBe("failure");
        probe.GetProperty("because").GetString().ShouldBe(AllowedHosts.Refusal("192.0.2.1"));
        (await run.AttemptsAsync("restart")).ShouldBe(0);
    }
}
