using System.Net;
using System.Text.RegularExpressions;
using Bot.Cli;
using Tests.Support;

namespace Tests.Cli;

/// <summary>The drill as a newcomer starts it: the executable, nothing set up, on a database that it throws away.</summary>
public sealed class DrillTests : IDisposable
{
    // In this order, whatever stands between them: what has to happen, as the timeline tells it.
    private static readonly string[] Story =
    [
        "Declared: The drill's shop answers its health check with 503",
        "1 alert fired: ServiceDown",
        "restart-service .*started",
        "Step probe started",
        "Step probe succeeded",
        "Step restart waits for approval",
        "Step restart was approved",
        "Step restart started",
        "Step restart succeeded",
        "Step healthy succeeded",
        @"drill-shop was restarted and answers again \(200\)",
        "Step note succeeded",
        "Repaired: .*restart-service",
        "1 alert resolved",
        "Resolved: all its alerts resolved",
    ];

    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("incident-drills-");

    public void Dispose() => home.Delete(recursive: true);

    [Fact]
    public async Task It_repairs_resolves_tells_the_story_in_order_and_ends_by_itself()
    {
        using var drill = Start([], "--exit");

        var ended = await drill.EndsAsync();

        ended.Exit.ShouldBe(CommandLine.Success, ended.ToString());
        InOrder(ended.Output);
        ended.Error.ShouldContain("Repaired and resolved in ");
        LeftNothing();
    }

    [Fact]
    public async Task Where_slack_is_set_up_nobody_there_hears_of_it()
    {
        await using var slack = await Bell.StartAsync();
        using var drill = Start(
            new Dictionary<string, string>
            {
                ["Slack__BotToken"] = "xoxb-1-2-a",
                ["Slack__AppToken"] = "xapp-1-2-a",
                ["Slack__ApiUrl"] = slack.Address + "/",
            },
            "--exit"
        );

        var ended = await drill.EndsAsync();

        ended.Exit.ShouldBe(CommandLine.Success, ended.ToString());
        slack.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task For_a_machine_the_result_is_json_and_the_story_is_progress()
    {
        using var drill = Start([], "--exit", "--format", "json");

        var ended = await drill.EndsAsync();

        ended.Exit.ShouldBe(CommandLine.Success, ended.ToString());
        ended.Json.GetProperty("incident").GetString().ShouldBe("inc-1");
        ended.Json.GetProperty("restarts").GetInt32().ShouldBe(1);
        ended.Json.GetProperty("missing").GetArrayLength().ShouldBe(0);
        InOrder(ended.Error);
    }

    [Fact]
    public async Task Without_exit_its_pages_stay_open_until_ctrl_c()
    {
        using var drill = Start([]);
        await drill.SaysAsync("Ctrl-C ends the drill");
        var link = new Uri((await drill.SaysAsync("/sign-in/")).Trim());

        using var browser = Browser(link);
        using var signedIn = await BotUnderTest.PostFormAsync(browser, link.AbsolutePath, link.AbsolutePath, []);
        signedIn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.GetStringAsync(new Uri("/incidents/inc-1", UriKind.Relative))).ShouldContain("Step restart was approved");
        home.GetDirectories().ShouldNotBeEmpty("its database lies elsewhere, and the test can't see it go");

        var ended = await drill.InterruptAsync();

        ended.Exit.ShouldBe(CommandLine.Success, ended.ToString());
        InOrder(ended.Output);
        LeftNothing();
    }

    [Theory]
    [InlineData("fails", "1", "failed")]
    [InlineData("repairs nothing", "0", "the service is still ill")]
    public async Task A_runbook_that_does_not_repair_makes_it_fail_and_say_why(string how, string exit, string why)
    {
        var library = home.CreateSubdirectory("library");
        await File.WriteAllTextAsync(
            Path.Combine(library.FullName, "broken.yaml"),
            $$"""
            runbook: broken
            summary: This one {{how}}
            on: { alert: { match: { alertname: ServiceDown }, mode: auto } }
            steps:
              - run: exit {{exit}}
                effect: read
                fails-with: [1]
            """
        );
        using var drill = Start(new() { ["Runbooks__Paths__0"] = library.FullName }, "--exit");

        var ended = await drill.EndsAsync();

        ended.Exit.ShouldBe(CommandLine.Failure, ended.ToString());
        ended.Error.ShouldContain(why);
        ended.Error.ShouldContain("Missing: the approval on the timeline");
        ended.Error.ShouldContain("The drill did not succeed.");
        library.Delete(recursive: true);
        LeftNothing();
    }

    [Fact]
    public async Task A_drill_that_nobody_knows_is_wrong_usage()
    {
        var typed = await Typed.HereAsync("drill", "flood");

        typed.Exit.ShouldBe(CommandLine.WrongUsage);
        typed.Error.ShouldContain("'flood'");
    }

    private static HttpClient Browser(Uri address) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
        {
            BaseAddress = new Uri(address, "/"),
            Timeout = StartedCommand.Patience,
        };

    private static void InOrder(string told)
    {
        var at = 0;
        foreach (var line in Story)
        {
            var found = new Regex(line, RegexOptions.None, TimeSpan.FromSeconds(1)).Match(told, at);
            found.Success.ShouldBeTrue($"'{line}' does not come after what has to stand before it:\n{told}");
            at = found.Index + found.Length;
        }
    }

    private StartedCommand Start(Dictionary<string, string> settings, params string[] args) =>
        new(new Dictionary<string, string>(settings) { ["TMPDIR"] = home.FullName }, ["drill", .. args]);

    private void LeftNothing() => home.GetFileSystemInfos("incident-drill-*").ShouldBeEmpty();
}
