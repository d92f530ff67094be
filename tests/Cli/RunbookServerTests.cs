using Bot.Access;
using Bot.Cli;
using Bot.Cli.Runbooks;
using Bot.Log;
using Tests.Support;

namespace Tests.Cli;

/// <summary><c>incident runbook run | follow | decide | cancel | list | show | plan</c> against a running bot.</summary>
public sealed class RunbookServerTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private string token = "";

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                """
                runbook: asks
                summary: Asks before it says hello
                inputs: { name: { required: true } }
                steps:
                  - { id: look, run: "echo looking for $NAME", effect: read, env: { NAME: "${{ inputs.name }}" } }
                  - { id: greet, run: "echo hello $NAME", env: { NAME: "${{ inputs.name }}" }, approve: { need: 1 } }
                """,
                """
                runbook: fails
                steps: [ { id: act, run: "echo no; exit 3", fails-with: 3 } ]
                """,
                """
                runbook: waits
                steps: [ { id: settle, wait: { for: 10m }, skip-allowed: true } ]
                """,
            ]
        );
        var admin = await bot.TokenAsync(Role.Admin);
        token = admin.DefaultRequestHeaders.Authorization!.Parameter!;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_run_is_followed_to_its_end_and_its_state_is_the_exit_code()
    {
        var (output, error) = (new Heard(), new Heard());
        var running = CommandLine.RunAsync(
            ["runbook", "run", "asks", "--input", "name=shop", "--server", bot.Address.ToString(), "--token", token],
            output,
            error
        );
        await HearsAsync(error, "? greet waits for approval");
        var run = await WaitingRunAsync();

        (await AtServerAsync("runbook", "decide", run, "greet", "approve", "--reason", "fine")).Exit.ShouldBe(CommandLine.Success);

        (await running).ShouldBe(CommandLine.Success, error.ToString());
        output.ToString().ShouldBe($"    1  look: looking for shop{Environment.NewLine}    2  greet: hello shop{Environment.NewLine}");
        error.ToString().ShouldContain($"incident runbook decide {run} greet approve | deny | done-by-hand --reason TEXT");
        error.ToString().ShouldContain("  greet: success");
        error.ToString().TrimEnd().ShouldEndWith($"{run} succeeded");

        var failed = await AtServerAsync("runbook", "run", "fails");
        failed.Exit.ShouldBe(CommandLine.Failure);
        failed.Error.ShouldContain("failed: act: exit code 3");
    }

    [Fact]
    public async Task The_run_as_a_whole_is_decided_about_without_a_step_and_the_glass_is_broken_with_a_reason()
    {
        var run = (await AtServerAsync("runbook", "run", "asks", "-i", "name=shop", "--detach")).Output.Trim();
        await WaitingRunAsync();

        (await AtServerAsync("runbook", "decide", run, "release")).Error.ShouldContain($"The run {run} is not on hold.");
        var wrong = await AtServerAsync("runbook", "decide", run, "greet", "aprove");
        wrong.Exit.ShouldBe(CommandLine.WrongUsage);
        wrong.Error.ShouldContain("'aprove' is no decision: approve, deny");
        string[] change = ["runbook", "decide", run, "change-inputs", "--answer", "name=bakery", "--reason", "it is the bakery"];
        (await AtServerAsync(change)).Exit.ShouldBe(CommandLine.Success);
        (await AtServerAsync("runbook", "decide", run, "greet", "approve", "--break-glass")).Error.ShouldContain("needs a reason");
        string[] alone = ["runbook", "decide", run, "greet", "approve", "--break-glass", "--reason", "nobody else is awake"];
        (await AtServerAsync(alone)).Exit.ShouldBe(CommandLine.Success);

        (await AtServerAsync("runbook", "follow", run)).Output.ShouldContain("hello bakery");
    }

    [Fact]
    public async Task Whoever_sits_in_front_of_the_terminal_decides_there()
    {
        var run = (await AtServerAsync("runbook", "run", "asks", "-i", "name=shop", "--detach")).Output.Trim();
        using var server = new ServerClient(bot.Address.ToString(), token, bot.Get<IIdSource>());
        var (output, error) = (new StringWriter(), new StringWriter());
        var keyboard = new StringReader("perhaps\napprove it is fine\n");

        var exit = await new FollowedRun(
            server,
            new Terminal(output, error, Json: false),
            run,
            TimeProvider.System,
            keyboard,
            after: 0
        ).FollowAsync(default);

        exit.ShouldBe(CommandLine.Success, error.ToString());
        error.ToString().ShouldContain("Use one of: approve, deny");
        error.ToString().ShouldContain("  approve | deny | done-by-hand [REASON], or Enter");
        output.ToString().ShouldContain("hello shop");
    }

    [Fact]
    public async Task What_only_waits_says_why_until_when_and_what_can_be_decided_meanwhile()
    {
        var run = (await AtServerAsync("runbook", "run", "waits", "--detach")).Output.Trim();
        var error = new Heard();
        var following = CommandLine.RunAsync(
            ["runbook", "follow", run, "--server", bot.Address.ToString(), "--token", token],
            new Heard(),
            error
        );
        await HearsAsync(error, $"  incident runbook decide {run} settle skip | done-by-hand --reason TEXT");

        (await AtServerAsync("runbook", "decide", run, "settle", "skip", "--reason", "enough")).Exit.ShouldBe(CommandLine.Success);

        (await following).ShouldBe(CommandLine.Success, error.ToString());
        error.ToString().ShouldMatch("(?m)^  settle waits until [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC: waits 10m\r?$");
    }

    [Fact]
    public async Task Whoever_leaves_is_told_how_to_come_back_and_comes_back_by_the_number_of_the_line()
    {
        var run = (await AtServerAsync("runbook", "run", "asks", "-i", "name=shop", "--detach")).Output.Trim();
        using var server = new ServerClient(bot.Address.ToString(), token, bot.Get<IIdSource>());
        var (output, error) = (new Heard(), new Heard());
        using var leave = new CancellationTokenSource();
        var following = new FollowedRun(
            server,
            new Terminal(output, error, Json: false),
            run,
            TimeProvider.System,
            null,
            after: 0
        ).FollowAsync(leave.Token);
        await WaitingRunAsync();
        await HearsAsync(output, "looking");

        await leave.CancelAsync();

        (await following).ShouldBe(CommandLine.Failure);
        error.ToString().ShouldContain($"incident runbook follow {run} --after 1");
        (await AtServerAsync("runbook", "cancel", run, "--reason", "enough")).Exit.ShouldBe(CommandLine.Success);
        var rest = await AtServerAsync("runbook", "follow", run, "--after", "1");
        rest.Exit.ShouldBe(CommandLine.Failure);
        rest.Output.ShouldBeEmpty();
        rest.Error.ShouldContain($"{run} cancelled");
    }

    [Fact]
    public async Task The_servers_runbooks_are_listed_shown_and_planned()
    {
        (await AtServerAsync("runbook", "list")).Output.ShouldContain("asks   name    Asks before it says hello");
        (await AtServerAsync("runbook", "show", "asks")).Output.ShouldStartWith("runbook: asks");
        (await AtServerAsync("runbook", "show", "nothing")).Exit.ShouldBe(CommandLine.Failure);
        (await AtServerAsync("runbook", "plan", "asks", "--input", "name=shop")).Output.ShouldContain("people approve it first");
        (await AtServerAsync("runbook", "plan", "asks")).Error.ShouldContain("name");
        (await AtServerAsync("runbook", "run", "nothing")).Error.ShouldContain("There are: asks, fails, waits");
        (await AtServerAsync("runbook", "run", "asks", "--input", "name")).Exit.ShouldBe(CommandLine.WrongUsage);
    }

    private static Task HearsAsync(Heard heard, string words) =>
        Until.Holds(
            () => Task.FromResult(heard.ToString().Contains(words, StringComparison.Ordinal)),
            words,
            () => Task.FromResult(heard.ToString())
        );

    private async Task<string> WaitingRunAsync()
    {
        using var client = bot.WithToken(token);
        return await bot.UntilAsync(async () =>
        {
            foreach (var run in (await BotUnderTest.JsonAsync(client, "/api/v1/runs?state=open")).GetProperty("items").EnumerateArray())
            {
                if (run.GetProperty("state").GetString() == "waiting")
                    return run.GetProperty("id").GetString();
            }

            return null;
        });
    }

    private Task<Typed> AtServerAsync(params string[] args) =>
        Typed.HereAsync([.. args, "--server", bot.Address.ToString(), "--token", token]);
}
