using Bot;
using Bot.Cli.Runbooks;

namespace Tests.Library;

/// <summary>The runbooks that ship, with their own tests.</summary>
public sealed class LibraryTests
{
    public static TheoryData<string> Names => [.. Shipped.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_has_tests_and_they_pass(string name)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        await using var workbench = new Workbench(configuration);

        var played = await new TestPlayer(workbench, configuration, TimeProvider.System).PlayAsync(
            RunbookFiles.TestOf(Shipped.FileOf(name)),
            default
        );

        played.Passed.ShouldBeTrue(TestReport.ForPeople([played], verbose: false));
        played.Cases.Count.ShouldBeGreaterThanOrEqualTo(3);
    }
}
