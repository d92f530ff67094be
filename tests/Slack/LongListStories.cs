using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>A workspace of more people than Slack lists at once.</summary>
public sealed class LongListStories : SlackStory
{
    private Person zoe = null!;

    private protected override void Furnish()
    {
        foreach (var number in Enumerable.Range(1, 1_000))
            Slack.AddPerson($"person{number}");
        zoe = Slack.AddPerson("zoe");
    }

    [Fact]
    public async Task A_list_of_people_that_takes_longer_than_somebody_waits_goes_on_at_the_next_look()
    {
        await Anna.Types("/incident declare Mail is stuck");
        await (await Slack.ExpectsChannel("inc-1")).ExpectsCard("inc-1: Mail is stuck");
        var hung = 0;
        Slack.Faults.CallRule = call =>
            call.Method is "users.list" && call.Text("cursor") is { Length: > 0 } && Interlocked.Increment(ref hung) == 1
                ? new Fault.Hangs(false)
                : null;

        (await Anna.Types("/incident page zoe", "inc-1")).ShouldContain("Nor in chat: ");
        var before = Slack.Calls.Of("users.list").Count;
        (await Anna.Types("/incident page zoe", "inc-1")).ShouldBe("Calling user:zoe.");

        await Slack.Direct(zoe).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        (Slack.Calls.Of("users.list").Count - before).ShouldBe(1, "the page that did not come, and not those before it");
    }
}
