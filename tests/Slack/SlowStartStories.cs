using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>At its start the bot is not told yet who it is, and the user groups later than anybody waits who types.</summary>
public sealed class SlowStartStories : SlackStory
{
    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>
        {
            ["Chat:Room:InviteGroups:0"] = "oncall",
            ["Chat:Roles:Members"] = "viewer",
            ["Chat:Roles:Groups:oncall"] = "responder",
        };

    private protected override void Furnish()
    {
        Slack.Faults.Rule = method => method is "usergroups.list" ? new Fault.Late(TimeSpan.FromSeconds(8)) : null;
        Slack.Faults.Next("auth.test", new Fault.Status(503));
    }

    [Fact]
    public async Task Its_members_are_invited_and_have_their_role_as_soon_as_it_is_known_who_they_are()
    {
        await Console("/incident declare Mail is stuck", null);
        var channel = await Slack.ExpectsChannel("inc-1");
        await Until.Holds(
            () =>
            {
                lock (Slack.Workspace.Gate)
                    return Task.FromResult(channel.Channel.Members.IsSupersetOf([Anna.User.Id, Bruno.User.Id]));
            },
            "the group in the channel"
        );
        (await Bruno.Types("/incident approve run-1 step")).ShouldNotContain("needs the role");
    }

    [Fact]
    public async Task A_channel_whose_making_was_not_answered_is_found_by_who_made_it_once_that_is_known()
    {
        Slack.Faults.Rule = method => method is "auth.test" ? new Fault.Status(503) : null;
        Slack.Faults.Next("conversations.create", new Fault.AnswerLost());
        await Console("/incident declare Mail is stuck", null);
        await Until.Holds(() => Task.FromResult(Slack.Calls.Of("auth.test").Count >= 4), "some tries");
        Slack.Faults.Rule = null;
        await (await Slack.ExpectsChannel("inc-1")).ExpectsCard("inc-1: Mail is stuck");
        lock (Slack.Workspace.Gate)
            Slack.Workspace.Channels.Count(channel => channel.Name.StartsWith("inc-1", StringComparison.Ordinal)).ShouldBe(1);
    }
}
