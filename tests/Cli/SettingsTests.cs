using Bot.Cli;

namespace Tests.Cli;

/// <summary>What is said of settings that make no sense: all of them at once, each with its key, its value and what would be right.</summary>
public sealed class SettingsTests
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
        check
            .Json.GetProperty("problems")
            .EnumerateArray()
            .Select(problem => problem.GetString()!)
            .ShouldBe([
                "Runbooks:Paths:0 is '/no/runbooks', and there is no such folder.",
                "Config:Path is '/no/config', and there is no such folder.",
                "Alerts:Sources:prod:Kind is 'alertmanger'. Known kinds: alertmanager, generic.",
            ]);

        var served = await Typed.InProcessAsync(
            new Dictionary<string, string> { ["Alerts__Sources__prod__Kind"] = "alertmanger", ["Urls"] = "http://127.0.0.1:0" },
            "serve"
        );
        served.Exit.ShouldBe(CommandLine.Failure);
        served.Error.ShouldContain("'alertmanger'. Known kinds: alertmanager, generic.");
        served.Error.ShouldNotContain("   at ");
    }
}
