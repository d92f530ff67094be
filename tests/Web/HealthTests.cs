using System.Text.RegularExpressions;
using Bot.Access;
using Tests.Support;

namespace Tests.Web;

public sealed class HealthTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_way_to_call_somebody_is_on_only_with_the_settings_that_it_needs(bool given)
    {
        await using var bot = await BotUnderTest.StartAsync(
            settings: given ? new Dictionary<string, string?> { ["Paging:Webhooks:ops:Url"] = "http://127.0.0.1:9/" } : null
        );
        var viewer = await bot.PersonAsync("vera", Role.Viewer);

        var page = await viewer.GetStringAsync(new Uri("/health", UriKind.Relative));

        StateOf(page, "pager", "webhook").ShouldBe(given ? "on" : "off");
        StateOf(page, "pager", "console").ShouldBe("on");
        StateOf(page, "pager", "slack").ShouldBe(StateOf(page, "chat", "slack"));
    }

    private static string StateOf(string page, string kind, string name) =>
        Regex
            .Match(
                page,
                $"<td>{kind}</td><td>{name}</td><td>\\s*<[^>]+>(?<state>[a-z]+)<",
                RegexOptions.ExplicitCapture,
                TimeSpan.FromSeconds(1)
            )
            .Groups["state"]
            .Value;
}
