using System.Text.RegularExpressions;
using Bot;
using Bot.Cli;
using Integrations;
using Tests.Support;

namespace Tests.Cli;

/// <summary>What is said of settings that make no sense: all of them at once, each with its key, its value and what would be right.</summary>
public sealed partial class SettingsTests
{
    [Fact]
    public async Task A_server_with_senseless_settings_does_not_start_and_names_them_all()
    {
        var wrong = new Dictionary<string, string>
        {
            ["Node__Lease"] = "soon",
            ["Retention__Output"] = "-1",
            ["Web__PublicUrl"] = "incident.example.com",
            ["Web__KnownProxies__0"] = "proxy",
            ["DeadMan__Url"] = "nobody",
            ["Urls"] = "ftp://127.0.0.1",
            ["Storage__ConnectionString"] = "Password=hidden;nonsense",
        };

        var served = await Typed.InProcessAsync(wrong, "serve");

        served.Exit.ShouldBe(CommandLine.Failure);
        var told = served.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        told.Length.ShouldBe(wrong.Count, served.Error);
        foreach (var (key, value) in wrong)
        {
            var line = told.Single(line => line.StartsWith(key.Replace("__", ":", StringComparison.Ordinal), StringComparison.Ordinal));
            line.ShouldContain("Write ");
            if (key is not "Storage__ConnectionString")
                line.ShouldContain($"'{value}'");
        }

        served.Error.ShouldNotContain("hidden");
    }

    [Fact]
    public async Task The_check_finds_a_folder_that_is_not_there_and_a_kind_that_no_part_has()
    {
        var wrong = new Dictionary<string, string>
        {
            ["Runbooks__Paths__0"] = "/no/runbooks",
            ["Config__Path"] = "/no/config",
            ["Alerts__Sources__prod__Kind"] = "alertmanger",
        };

        var check = await Typed.InProcessAsync(wrong, "config", "check", "--format", "json");

        check.Exit.ShouldBe(CommandLine.Failure);
        check.Problems.ShouldBe([
            "Runbooks:Paths:0 is '/no/runbooks', and there is no such folder.",
            "Config:Path is '/no/config', and there is no such folder.",
            "Alerts:Sources:prod:Kind is 'alertmanger'. Known kinds: alertmanager, generic, probe.",
        ]);

        var served = await Typed.InProcessAsync(
            new Dictionary<string, string> { ["Alerts__Sources__prod__Kind"] = "alertmanger", ["Urls"] = "http://127.0.0.1:0" },
            "serve"
        );
        served.Exit.ShouldBe(CommandLine.Failure);
        served.Error.ShouldContain("'alertmanger'. Known kinds: alertmanager, generic, probe.");
        served.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public void Relative_paths_start_at_the_folder_of_the_settings()
    {
        var folder = Directory.CreateTempSubdirectory("incident-settings-").FullName;
        var read = BotSettings.Read(
            folder,
            new Dictionary<string, string?>
            {
                ["Ssh:KnownHosts"] = "known_hosts",
                ["Config:Path"] = "routes",
                ["Runbooks:Paths:0"] = "books",
            }
        );

        read["Ssh:KnownHosts"].ShouldBe(Path.Combine(folder, "known_hosts"));
        read["Config:Path"].ShouldBe(Path.Combine(folder, "routes"));
        read["Runbooks:Paths:0"].ShouldBe(Path.Combine(folder, "books"));
    }

    [Fact]
    public async Task The_check_says_of_everything_at_once_what_would_be_right()
    {
        var wrong = new Dictionary<string, (string Value, string Told)>
        {
            ["Node__Lese"] = ("00:00:05", "Node:Lese is no setting. Did you mean Node:Lease?"),
            ["Storge__ConnectionString"] = (
                "Data Source=x",
                "Storge:ConnectionString is no setting. Did you mean Storage:ConnectionString?"
            ),
            ["Chat__Bogus"] = ("1", "Chat:Bogus is no setting. Known in Chat: AnnounceIn, Room, Roles."),
            ["Alerts__Sources__prod__Tokn"] = ("x", "Alerts:Sources:prod:Tokn is no setting. Did you mean Alerts:Sources:prod:Token?"),
            ["Alerts__Sources__prod__Kind"] = (
                "alertmanger",
                "Alerts:Sources:prod:Kind is 'alertmanger'. Known kinds: alertmanager, generic, probe."
            ),
            ["Alerts__Sources__prod__Token"] = ("hidden hidden", "Alerts:Sources:prod:Token has a blank"),
            ["Access__BootstrapToken"] = ("hidden\n", "Access:BootstrapToken has a blank, a line end"),
            ["Reminders__NoUpdate"] = ("abc", "Reminders:NoUpdate is 'abc'. Write a span of at least 00:00:00"),
            ["Paging__Webhooks__hq__Url"] = ("nourl", "Paging:Webhooks:hq:Url is 'nourl'. Write an address as http"),
            ["Paging__Webhooks__hq__Timeout"] = ("0", "Paging:Webhooks:hq:Timeout is '0'. Write a span"),
            ["Paging__Webhooks__dr__Secret"] = ("hidden", "Paging:Webhooks:dr:Url is missing."),
            ["Runbooks__HoldAbove"] = ("many", "Runbooks:HoldAbove is 'many'. Write a whole number as 100."),
            ["Chat__Roles__Members"] = ("boss", "Chat:Roles:Members is 'boss'. Write none, viewer, responder, approver or admin."),
            ["Chat__Roles__Groups__dba"] = ("2", "Chat:Roles:Groups:dba is '2'. Write none"),
            ["Slack__BotToken"] = ("hidden", "Slack:BotToken is no bot token."),
            ["Chat__AnnounceIn"] = ("#incidents", "Chat:AnnounceIn is '#incidents'. Write the channel's id"),
            ["Slack__AppToken"] = ("hidden", "Slack:AppToken is no app-level token."),
            ["Slack__ApiUrl"] = ("slack.com", "Slack:ApiUrl is 'slack.com'. Write an address"),
            ["GitHub__AppId"] = ("7", "GitHub:AppId is set and GitHub:PrivateKey is not."),
            ["Cli__Server"] = ("nobody", "Cli:Server is 'nobody'."),
            ["Web__PublicUrl__0"] = ("x", "Web:PublicUrl:0 is no setting: Web:PublicUrl is a single value."),
            ["Runbooks__Paths__0"] = ("/no/runbooks", "Runbooks:Paths:0 is '/no/runbooks', and there is no such folder."),
        };

        var check = await Typed.InProcessAsync(
            wrong.ToDictionary(one => one.Key, one => one.Value.Value),
            "config",
            "check",
            "--format",
            "json"
        );

        check.Exit.ShouldBe(CommandLine.Failure, check.Error);
        var told = check.Problems.ToList();
        foreach (var (_, expected) in wrong.Values)
            told.ShouldContain(
                problem => problem.StartsWith(expected, StringComparison.Ordinal),
                expected + "\n" + string.Join('\n', told)
            );
        told.Count.ShouldBe(wrong.Count, string.Join('\n', told));
        check.ToString().ShouldNotContain("hidden");
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.1", "which is read as 10.0.0.1")]
    [InlineData("db1:5432")]
    [InlineData("10.0.0.5:5432")]
    [InlineData("http://db1")]
    [InlineData("*")]
    [InlineData("*db1")]
    [InlineData("*.10.0.0.1")]
    [InlineData("db1, db2")]
    public async Task A_host_to_allow_that_no_host_fits_is_told_with_what_would_be_right(
        string entry,
        string wrongly = "which no host fits"
    )
    {
        var wrong = new Dictionary<string, string> { ["Runbooks__AllowedHosts__1"] = entry };

        var check = await Typed.InProcessAsync(wrong, "config", "check", "--format", "json");

        check.Exit.ShouldBe(CommandLine.Failure);
        check.Problems.ShouldBe([
            $"Runbooks:AllowedHosts:1 is '{entry}', {wrongly}. Write a host's name as db1.example.com, all below one as "
                + "*.example.com, an address as 10.0.0.7 or a network as 10.0.0.0/8; without a port, since all of a host's are allowed.",
        ]);
        (await Typed.InProcessAsync(wrong, "serve")).Error.ShouldContain(check.Problems.Single());
    }

    [Theory]
    [InlineData("db1")]
    [InlineData("my_db-1.example.com")]
    [InlineData("*.example.com")]
    [InlineData("10.0.0.5")]
    [InlineData("10.0.0.0/8")]
    [InlineData("10.0.0.5/8")]
    [InlineData("0.0.0.0/0")]
    [InlineData("fd00::5")]
    [InlineData("::/0")]
    [InlineData("")]
    public void A_host_to_allow_may_be_a_name_what_is_below_one_an_address_or_a_network(string entry) =>
        AllowedHosts.Fix(entry).ShouldBeNull();

    [Fact]
    public async Task What_has_nothing_to_do_with_the_bot_is_left_alone()
    {
        var others = new Dictionary<string, string>
        {
            ["Kestrel__Limits__MaxConcurrentConnections"] = "10000",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Error",
            ["OTHER__PROGRAM"] = "x",
            ["Nodes"] = "3",
            ["STORAGE__WAITATSTART"] = "00:00:00",
            ["Reminders__StillOpen"] = "00:00:00",
            ["Slack__BotToken"] = "xoxb-1",
            ["Alerts__Sources__prod__Kind"] = "generic",
            ["Paging__Webhooks__hq__Url"] = "https://pager.example.com/hook",
        };

        var check = await Typed.InProcessAsync(others, "config", "check");

        check.Exit.ShouldBe(CommandLine.Success, check.ToString());
        check.Output.Trim().ShouldBe("No problems.");
    }

    [Fact]
    public void The_file_that_ships_shows_every_setting_that_the_program_reads()
    {
        var read = new[] { "bot", "integrations" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(SourceTree.Root, folder), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Reads().Matches(File.ReadAllText(file)))
            .Select(found => found.Groups["key"].Value)
            .Distinct()
            .ToList();

        read.Count.ShouldBeGreaterThan(10);
        read.ShouldBeSubsetOf(KnownSettings.Defaults.Keys);
    }

    // configuration["Section:Key"] and configuration.GetValue("Section:Key", …)
    [GeneratedRegex(
        "(?:onfiguration\\[|GetValue(?:<[^>]+>)?\\()\"(?<key>[A-Z][A-Za-z]+(?::[A-Z][A-Za-z]+)+)\"",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Reads();
}
