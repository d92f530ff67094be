using Tests.FakeSlack;

namespace Tests.Slack;

public sealed class PagingStories : SlackStory
{
    [Fact]
    public async Task Somebody_is_called_directly_and_acknowledges_with_a_button()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        (await Anna.Types("/incident page @bruno we need you", "inc-1")).ShouldBe("Calling user:bruno.");

        var call = await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1 Mail is stuck");
        await Bruno.Presses("Acknowledge", call);
        await channel.ExpectsCard("bruno: Acknowledged");
    }

    [Fact]
    public async Task A_user_group_is_called_by_its_mention_in_the_channel()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        (await Anna.Types("/incident page @oncall", "inc-1")).ShouldBe("Calling group:oncall.");

        var call = await channel.ExpectsCard("YOU ARE CALLED", $"<!subteam^{Slack.Workspace.Groups[0].Id}>");
        await Bruno.Presses("Acknowledge", call);
        await channel.ExpectsCard("bruno: Acknowledged");
    }
}
