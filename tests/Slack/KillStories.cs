using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>The real executable, killed with the outbox half sent.</summary>
public sealed class KillStories : IAsyncLifetime
{
    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("incident-slack-");
    private SlackServer slack = null!;
    private BotProcess bot = null!;

    public async Task InitializeAsync()
    {
        slack = await SlackServer.StartAsync();
        bot = new BotProcess(
            $"Data Source={Path.Combine(home.FullName, "incident.db")}",
            more: new Dictionary<string, string>
            {
                ["Slack__BotToken"] = Workspace.BotToken,
                ["Slack__AppToken"] = Workspace.AppToken,
                ["Slack__ApiUrl"] = slack.ApiUrl.ToString(),
            }
        );
        await bot.StartAsync();
    }

    public async Task DisposeAsync()
    {
        bot.Dispose();
        await slack.DisposeAsync();
        await slack.Calls.AreRightAsync();
        home.Delete(recursive: true);
    }

    [Fact]
    public async Task Killed_in_the_middle_of_a_post_nothing_is_lost_and_nothing_stands_twice()
    {
        await bot.PostAsync("/api/v1/incidents", new { title = "Mail is stuck" });
        var channel = await slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        await channel.ExpectsCard("Declared: Mail is stuck");

        // One is on its way and arrives, one is on its way and does not; the bot hears of neither.
        foreach (var fault in new Fault[] { new Fault.Hangs(Happens: true), new Fault.Hangs(Happens: false) })
        {
            slack.Faults.Next("chat.postMessage", fault);
            var before = Hung();
            for (var i = 1; i <= 3; i++)
                await bot.PostAsync("/api/v1/commands", new { text = $"line {before}-{i}", channel = "inc-1" });
            await Until.Holds(() => Task.FromResult(Hung() > before), "a post on its way");
            bot.Kill();
            await bot.StartAsync();
            await channel.ExpectsCard($"line {before}-3");
        }

        string[] lines = ["line 0-1", "line 0-2", "line 0-3", "line 1-1", "line 1-2", "line 1-3"];
        channel
            .Channel.Messages.Select(message => message.Text[(message.Text.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
            .Where(text => text.StartsWith("line ", StringComparison.Ordinal))
            .ShouldBe(lines);
        channel.Count("inc-1: Mail is stuck").ShouldBe(1);
    }

    private int Hung() => slack.Calls.All.Count(call => call.Outcome.StartsWith("hung", StringComparison.Ordinal));
}
