using Bot;
using Bot.Cli.Runbooks;
using Tests.Support;

namespace Tests.Architecture;

/// <summary>The reference pages of actions: those that lie in the repository are those that this build writes, and they are whole.</summary>
public sealed class ActionPageTests
{
    private const string Renew = "dotnet run --project bot -- runbook actions --out docs/actions";
    private static readonly string Folder = Path.Combine(SourceTree.Root, "docs", "actions");

    [Fact]
    public async Task The_pages_are_current_and_there_is_one_for_each_action()
    {
        var files = ActionsCommand.Files(await ActionsCommand.PagesAsync());

        Directory.GetFiles(Folder).Select(Path.GetFileName).ShouldBe(files.Keys, ignoreOrder: true, Renew);
        foreach (var (name, text) in files)
            (await File.ReadAllTextAsync(Path.Combine(Folder, name))).ShouldBe(text, Renew);
    }

    [Fact]
    public async Task Every_argument_and_every_part_of_a_result_is_described()
    {
        foreach (var page in await ActionsCommand.PagesAsync())
        {
            page.With.Concat(page.Result)
                .Where(field => field.Description.Length == 0)
                .Select(field => $"{page.Name} {field.Key}")
                .ShouldBeEmpty();
            page.Failures.ShouldNotBeEmpty(page.Name);
        }
    }

    [Fact]
    public async Task Every_action_shows_an_example_that_is_a_right_step_and_names_what_it_would_do()
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        foreach (var page in await ActionsCommand.PagesAsync())
        {
            page.Examples.ShouldNotBeEmpty(page.Name);
            foreach (var example in page.Examples)
            {
                var step = string.Join('\n', example.Step.Split('\n').Select(line => "    " + line));
                var runbook = $"runbook: example\ninputs:\n  password: {{ type: secret, ref: \"env:PASSWORD\" }}\nsteps:\n  -\n{step}\n";
                workbench.Reader.Read(runbook).Problems.ShouldBeEmpty($"{page.Name}: {runbook}");
                example.Step.ShouldContain(page.Name);
                example.Plan.ShouldNotBeNullOrWhiteSpace(page.Name);
                example.Plan.ShouldNotContain("inputs.password", Case.Sensitive, page.Name);
            }
        }
    }

    [Fact]
    public async Task One_page_is_printed_and_a_wrong_name_is_told()
    {
        using var shown = new StringWriter();
        using var problems = new StringWriter();

        (await Bot.Cli.CommandLine.RunAsync(["runbook", "actions", "http/request"], shown, problems)).ShouldBe(Bot.Cli.CommandLine.Success);
        (await Bot.Cli.CommandLine.RunAsync(["runbook", "actions", "http/reqest"], shown, problems)).ShouldBe(Bot.Cli.CommandLine.Failure);

        shown.ToString().ShouldStartWith("# `http/request@1`");
        problems.ToString().ShouldContain("There is no action 'http/reqest'");
    }
}
