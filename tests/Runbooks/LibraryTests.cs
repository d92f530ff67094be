using Bot;
using Bot.Cli.Runbooks;
using Bot.Runs;
using Tests.Support;

namespace Tests.Runbooks;

/// <summary>The runbooks that ship.</summary>
public sealed class LibraryTests
{
    private static readonly string Library = Path.Combine(SourceTree.Root, "runbooks", "library");

    public static TheoryData<string> Shipped =>
        [.. Directory.EnumerateFiles(Library, "*.yaml").Select(file => Path.GetFileName(file)).Where(file => !RunbookTree.IsTest(file))];

    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task Each_has_tests_and_they_pass(string file)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        await using var workbench = new Workbench(configuration);

        var played = await new TestPlayer(workbench, configuration, TimeProvider.System).PlayAsync(
            RunbookFiles.TestOf(Path.Combine(Library, file)),
            default
        );

        played.Passed.ShouldBeTrue(TestReport.ForPeople([played], verbose: false));
        played.Cases.Count.ShouldBeGreaterThanOrEqualTo(3);
    }
}
