using Bot.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tests.Secrets;
using Tests.Support;

namespace Tests.Runs;

/// <summary>The folders of runbooks as the bot reads them.</summary>
public sealed class ShelfTests
{
    [Fact]
    public async Task A_broken_runbook_is_one_line_of_the_log_that_says_where_to_see_the_rest()
    {
        using var log = new CapturedLog();
        await using var bot = await BotUnderTest.StartAsync(
            runbooks: ["runbook: Bad\nstpes: []\nsteps: [ { id: a, uses: http/requst@1, wiht: {} } ]"],
            services: services => services.AddSingleton<ILoggerProvider>(log)
        );

        var path = bot.Get<IRunbookShelf>().All.Single().Path;
        var lines = log.Written.Split(Environment.NewLine).Where(line => line.Contains(path, StringComparison.Ordinal));
        lines
            .ShouldHaveSingleItem()
            .ShouldBe(
                $"The runbook {path} cannot be run: 1:10: 'Bad' is not in kebab-case (as restart-service). "
                    + $"(3 more; all of them: incident runbook check {path})"
            );
    }

    [Fact]
    public void What_is_hidden_in_a_folder_of_runbooks_belongs_to_tools()
    {
        var folder = Directory.CreateTempSubdirectory("incident-shelf-");
        try
        {
            // As Kubernetes mounts a ConfigMap: the files are links into a hidden folder that is changed as a whole.
            foreach (var path in new[] { "..2026_01_05/a.yaml", ".github/workflows/build.yaml", "sub/b.yaml", ".c.yaml", "d.txt" })
            {
                var file = new FileInfo(Path.Combine(folder.FullName, path));
                file.Directory!.Create();
                File.WriteAllText(file.FullName, "");
            }

            Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "..data"), "..2026_01_05");
            File.CreateSymbolicLink(Path.Combine(folder.FullName, "a.yaml"), "..data/a.yaml");

            RunbookTree
                .Under(folder.FullName)
                .Select(path => Path.GetRelativePath(folder.FullName, path))
                .ShouldBe(["a.yaml", "sub/b.yaml"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
