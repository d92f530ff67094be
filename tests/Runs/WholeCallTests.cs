using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Bot.Cli;
using Tests.Cli;
using Tests.Support;

namespace Tests.Runs;

/// <summary>A line about a call may be cut; whoever plans or approves it can see all of it, to the last line.</summary>
public sealed class WholeCallTests : IAsyncLifetime
{
    private const string Secret = "a-token-that-is-planted";
    private readonly string folder = Directory.CreateTempSubdirectory("incident-whole-").FullName;
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    private const string Remote = """
        runbook: remote
        summary: Runs a long command elsewhere
        inputs:
          host: { default: db-1 }
          key: { type: secret, ref: "file:SECRET" }
        steps:
          - id: clean
            uses: ssh/run@1
            with:
              host: ${{ inputs.host }}
              user: ops
              key: ${{ inputs.key }}
              password: written-out
              command: |
                FILLER
                sudo rm -rf /srv/${{ inputs.host }}/last
            approve: { need: 1 }
        """;

    private const string Script = """
        runbook: script
        summary: Runs a script of many lines
        inputs: { service: { default: shop } }
        steps:
          - id: clean
            env: { SERVICE: "${{ inputs.service }}" }
            shell: sh
            run: |
              FILLER
              echo gone /srv/last-line
            approve: { need: 1 }
          - id: each
            for-each: "${{ fromJSON('[1, 2]') }}"
            env: { ONE: "${{ item }}" }
            run: |
              echo first
              echo "$ONE"
            approve: { need: 1 }
        """;

    // Beyond what a line has room for.
    private static string Book(string text, string indent) =>
        text.ReplaceLineEndings("\n")
            .Replace(
                "FILLER",
                string.Join("\n" + indent, Enumerable.Range(1, 12).Select(number => $"echo 'this is line {number} of what is done'")),
                StringComparison.Ordinal
            );

    public async Task InitializeAsync()
    {
        var secret = Path.Combine(folder, "key");
        await File.WriteAllTextAsync(secret, Secret);
        bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                Book(Remote, new string(' ', 8)).Replace("SECRET", secret, StringComparison.Ordinal),
                Book(Script, new string(' ', 6)),
            ]
        );
        admin = await bot.TokenAsync(Role.Admin, "olga");
    }

    public async Task DisposeAsync()
    {
        await bot.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("remote", "sudo rm -rf /srv/db-1/last")]
    [InlineData("script", "echo gone /srv/last-line")]
    public async Task The_last_line_is_in_the_plan_on_the_page_and_in_what_waits_for_approval(string runbook, string last)
    {
        using var answer = await admin.PostAsJsonAsync(new Uri("/api/v1/runs?plan=true", UriKind.Relative), new { runbook });
        var plan = await answer.Content.ReadFromJsonAsync<JsonElement>();
        var planned = plan.GetProperty("steps")[0];
        planned.GetProperty("call").GetString()!.ShouldNotContain(last);
        Whole(planned.GetProperty("does")).ShouldContain(last);

        var run = await StartedRun.OfAsync(bot, admin, runbook);
        await run.AskedAsync("approval");
        var wait = (await run.StateAsync()).GetProperty("waitingFor")[0];
        wait.GetProperty("text").GetString()!.ShouldNotContain(last);
        var does = wait.GetProperty("does").EnumerateArray().ShouldHaveSingleItem();
        does.GetProperty("step").GetString().ShouldBe("clean");
        Whole(does).ShouldContain(last);

        var person = await bot.PersonAsync("rita", Role.Approver);
        var page = await person.GetStringAsync(new Uri("/runs/" + run.Id, UriKind.Relative));
        page.ShouldMatch($"(?s)<details class=\"whole\" id=\"[^\"]*\" open>.*{last}.*</details>");

        page.ShouldNotContain("written-out");
        plan.GetRawText().ShouldNotContain("written-out");
        page.ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Arguments_stand_there_by_their_names_and_secrets_by_their_references()
    {
        var run = await StartedRun.OfAsync(bot, admin, "remote");
        await run.AskedAsync("approval");

        var does = (await run.StateAsync()).GetProperty("waitingFor")[0].GetProperty("does")[0];

        does.GetProperty("uses").GetString().ShouldBe("ssh/run@1");
        var with = does.GetProperty("with");
        with.GetProperty("host").GetString().ShouldBe("db-1");
        with.GetProperty("key").GetString().ShouldBe("file:" + Path.Combine(folder, "key"));
        with.GetProperty("password").GetString().ShouldBe("***");
    }

    [Fact]
    public async Task A_script_stands_there_with_its_shell_and_variables_and_each_target_by_itself()
    {
        var run = await StartedRun.OfAsync(bot, admin, "script");
        var first = await run.AskedAsync("approval");
        var script = (await run.StateAsync()).GetProperty("waitingFor")[0].GetProperty("does")[0];
        (script.GetProperty("shell").GetString(), script.GetProperty("env").GetProperty("SERVICE").GetString()).ShouldBe(("sh", "shop"));
        await run.DecideAsync("clean", "approve", first);

        await run.AskedAsync("approval", first);

        (await run.StateAsync())
            .GetProperty("waitingFor")[0]
            .GetProperty("does")
            .EnumerateArray()
            .Select(does => $"{does.GetProperty("step")} {does.GetProperty("env").GetProperty("ONE")}")
            .ShouldBe(["each[0] 1", "each[1] 2"]);
        var person = await bot.PersonAsync("rita", Role.Viewer);
        var page = await person.GetStringAsync(new Uri("/runs/" + run.Id, UriKind.Relative));
        page.ShouldContain("# each[1]");
        // What was made can be looked at afterwards, too.
        page.ShouldMatch(
            "(?s)<details class=\"whole\" id=\"whole-clean\"><summary>What it was told to do</summary>.*echo gone /srv/last-line"
        );
    }

    [Theory]
    [InlineData("remote", "sudo rm -rf /srv/db-1/last")]
    [InlineData("script", "echo gone /srv/last-line")]
    public async Task The_command_line_shows_all_lines_where_the_line_was_cut(string runbook, string last)
    {
        var token = admin.DefaultRequestHeaders.Authorization!.Parameter!;

        var typed = await Typed.HereAsync("runbook", "plan", runbook, "--server", bot.Address.ToString(), "--token", token);

        typed.Exit.ShouldBe(CommandLine.Success, typed.ToString());
        typed.Output.Split('\n').ShouldContain(line => line.TrimEnd('\r').EndsWith(last, StringComparison.Ordinal), typed.Output);
    }

    private static string Whole(JsonElement does) =>
        does.GetProperty("run").GetString() ?? does.GetProperty("with").GetProperty("command").GetString()!;
}
