using Bot.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tests.Secrets;
using Tests.Support;

namespace Tests.Runs;

/// <summary>A shipped runbook of which somebody keeps a copy with their own defaults, in a folder that stands before the library.</summary>
public sealed class ReplacedRunbookTests : IDisposable
{
    private const string Text = "runbook: shop\nsummary: WHOSE\nsteps: [ { id: a, uses: core/count@1, with: { key: a } } ]\n";
    private readonly string folder = Directory.CreateTempSubdirectory("incident-replaced-").FullName;
    private readonly CapturedLog log = new();

    private string Own => Path.Combine(folder, "own", "shop.yaml");

    private string Shipped => Path.Combine(folder, "library", "shop.yaml");

    public ReplacedRunbookTests()
    {
        foreach (var path in (string[])[Own, Shipped])
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(Own, Text.Replace("WHOSE", "Own", StringComparison.Ordinal));
        File.WriteAllText(Shipped, Text.Replace("WHOSE", "Shipped", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        log.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task It_is_used_says_what_it_replaces_and_has_no_problem()
    {
        await using var bot = await StartAsync();

        var shelved = bot.Get<IRunbookShelf>().All.ShouldHaveSingleItem();

        shelved.Path.ShouldBe(Own);
        shelved.Problems.ShouldBeEmpty();
        shelved.Replaces.ShouldBe([Shipped]);
        bot.Get<IRunbookShelf>().Find("shop")!.Summary.ShouldBe("Own");
    }

    [Fact]
    public async Task That_is_one_line_of_the_log_however_often_other_files_change()
    {
        await using var bot = await StartAsync();

        foreach (var other in (string[])["a", "b"])
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, "own", other + ".yaml"),
                Text.Replace("shop", other, StringComparison.Ordinal)
            );
            bot.Get<RunbookShelf>().Reload();
        }

        bot.Get<IRunbookShelf>().All.Count.ShouldBe(3);
        log.Written.Split(Environment.NewLine)
            .Where(line => line.Contains(Shipped, StringComparison.Ordinal))
            .ShouldHaveSingleItem()
            .ShouldBe($"The runbook {Own} is used instead of {Shipped}: its folder stands before in Runbooks:Paths");
    }

    [Fact]
    public async Task While_it_has_problems_what_it_replaces_does_not_come_back()
    {
        await File.WriteAllTextAsync(Own, Text + "stpes: []\n");
        await using var bot = await StartAsync();

        bot.Get<IRunbookShelf>().Find("shop").ShouldBeNull();
        bot.Get<IRunbookShelf>().All.ShouldHaveSingleItem().Problems.ShouldNotBeEmpty();
    }

    private Task<BotUnderTest> StartAsync() =>
        BotUnderTest.StartAsync(
            settings: new Dictionary<string, string?>
            {
                ["Runbooks:Paths:0"] = Path.GetDirectoryName(Own),
                ["Runbooks:Paths:1"] = Path.GetDirectoryName(Shipped),
                [$"Logging:LogLevel:{typeof(RunbookShelf).FullName}"] = nameof(LogLevel.Information),
            },
            services: services => services.AddSingleton<ILoggerProvider>(log)
        );
}
