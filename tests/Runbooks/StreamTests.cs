namespace Tests.Runbooks;

/// <summary>What an action's command writes to its errors is shown as such.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task Errors_are_told_from_the_rest()
    {
        var bench = new OneRun(answers: call =>
        {
            call.Output($"{call.Step} goes on");
            call.Errors($"{call.Step} wonders");
            return "stays";
        });

        await bench.DriveAsync();

        bench.Lines.ShouldBe(["first goes on", "first wonders", "second goes on", "second wonders"], ignoreOrder: true);
        bench.Errors.ShouldBe(["first wonders", "second wonders"]);
    }
}
