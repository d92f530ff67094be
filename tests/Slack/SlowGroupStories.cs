using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Slack takes longer to tell the user groups than anybody waits who types.</summary>
public sealed class SlowGroupStories : SlackStory
{
    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:Room:InviteGroups:0"] = "oncall", ["Chat:Roles:Groups:oncall"] = "approver" };

    private protected override void Furnish() =>
        Slack.Faults.Rule = method => method is "usergroups.list" ? new Fault.Late(TimeSpan.FromSeconds(2.5)) : null;

    [Fact]
    public async Task Its_members_are_invited_and_have_their_role_as_soon_as_it_is_known_who_they_are()
    {
        var channel = await MailStuckAsync();
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
}
