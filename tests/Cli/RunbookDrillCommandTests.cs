using Bot.Access;
using Bot.Cli;
using Tests.Support;

namespace Tests.Cli;

/// <summary><c>incident runbook drill [NAME…]</c>, by the running server and without one.</summary>
public sealed class RunbookDrillCommandTests : IAsyncLifetime
{
    private const string Well = """
        runbook: well
        summary: Reads
        steps:
          - { id: look, run: "echo fine", effect: read }
          - { id: act, run: "touch MARK" }
        """;

    private const string Rotten = """
        runbook: rotten
        summary: Reads what is not there
        steps: [ { id: look, run: "exit 3", effect: read } ]
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("incident-drill-").FullName;

    private string Mark => Path.Combine(folder, "mark");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task The_server_drills_one_after_the_other_and_rot_is_exit_code_1()
    {
        await using var bot = await BotUnderTest.StartAsync(runbooks: [Text(Well), Rotten]);
        var token = (await bot.TokenAsync(Role.Responder)).DefaultRequestHeaders.Authorization!.Parameter!;

        var all = await AtServerAsync();
        var one = await AtServerAsync("well");
        var json = await AtServerAsync("rotten", "--format", "json");
        var none = await AtServerAsync("rotten", "wel");

        all.Exit.ShouldBe(CommandLine.Failure);
        all.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe([
                "well: well",
                "  made: look",
                "  left out: act: it is once",
                "rotten: rot",
                "  look: exit code 3 [failing]",
                "  made: look",
                "2 runbooks: 1 well, 1 with rot",
            ]);
        one.Exit.ShouldBe(CommandLine.Success, one.Error);
        json.Exit.ShouldBe(CommandLine.Failure);
        json.Json.GetProperty("rotten").GetInt32().ShouldBe(1);
        json.Json.GetProperty("items")[0].GetProperty("findings")[0].GetProperty("kind").GetString().ShouldBe("failing");
        none.Exit.ShouldBe(CommandLine.Failure);
        none.Error.ShouldContain("There is no such runbook. There are: well, rotten.");
        File.Exists(Mark).ShouldBeFalse();

        Task<Typed> AtServerAsync(params string[] words) =>
            Typed.HereAsync(["runbook", "drill", .. words, "--server", bot.Address.ToString(), "--token", token]);
    }

    [Fact]
    public async Task Without_a_server_it_takes_the_database_and_drills_by_itself()
    {
        var library = Directory.CreateDirectory(Path.Combine(folder, "library")).FullName;
        await File.WriteAllTextAsync(Path.Combine(library, "well.yaml"), Text(Well));
        var settings = new Dictionary<string, string>
        {
            ["Storage__ConnectionString"] = $"Data Source={folder}/incident.db",
            ["Runbooks__Paths__0"] = library,
        };

        var drilled = await Typed.InProcessAsync(settings, "runbook", "drill");
        var unknown = await Typed.InProcessAsync(settings, "runbook", "drill", "nobody");

        drilled.Exit.ShouldBe(CommandLine.Success, drilled.ToString());
        drilled.Output.ShouldContain("1 runbooks: 1 well, 0 with rot");
        unknown.Exit.ShouldBe(CommandLine.Failure);
        unknown.Error.ShouldContain("There is no runbook 'nobody'. There are: well.");
        File.Exists(Mark).ShouldBeFalse();
    }

    [Fact]
    public async Task A_schedule_that_is_none_is_found_with_the_settings()
    {
        var wrong = new Dictionary<string, string>
        {
            ["Runbooks__Drill__Cron"] = "daily",
            ["Runbooks__Drill__TimeZone"] = "Mars/Olympus",
            ["Runbooks__Drill__Stale"] = "long",
        };

        var check = await Typed.InProcessAsync(wrong, "config", "check", "--format", "json");

        check.Exit.ShouldBe(CommandLine.Failure);
        check
            .Problems.Where(problem => problem.StartsWith("Runbooks:Drill", StringComparison.Ordinal))
            .ShouldBe(
                [
                    "Runbooks:Drill:Cron: 'daily' has 1 fields, not five: minute, hour, day of the month, month, day of the week. Empty: no drill by itself.",
                    "Runbooks:Drill:Stale is 'long'. Write a span of at least 00:00:00 as 00:00:10, or 30.00:00:00 for thirty days.",
                    "Runbooks:Drill:TimeZone is 'Mars/Olympus'. Write a name of the time zone database, as Europe/Zurich.",
                ],
                ignoreOrder: true
            );
    }

    private string Text(string runbook) => runbook.Replace("MARK", Mark, StringComparison.Ordinal);
}
