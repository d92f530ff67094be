using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>People of other workspaces, in channels that are shared with them; the bot's own is one of an Enterprise Grid.</summary>
public sealed class OutsiderStories : SlackStory
{
    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:Roles:Members"] = "viewer", ["Chat:Roles:Groups:partners"] = "approver" };

    private protected override void Furnish() => Slack.Workspace.IsOfEnterprise = true;

    [Theory]
    [InlineData(null)]
    [InlineData("E0FAKE0009")]
    public async Task Somebody_of_another_company_is_a_guest_whatever_they_are_there(string? enterprise)
    {
        var otto = Slack.AddOutsider("otto", enterprise, admin: true);
        Slack.AddGroup("partners", otto);
        await otto.Presses("Take the lead", await SummaryAsync());
        await otto.Hears("needs the role viewer");
        (await otto.Types("/incident list", "inc-1")).ShouldContain("needs the role viewer");
        (await TimelineAsync()).ShouldNotContain(line => line.Contains("commander", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_colleague_of_another_workspace_is_a_member_and_no_admin_here()
    {
        var clara = Slack.AddOutsider("clara", Workspace.EnterpriseId, admin: true);
        var card = await SummaryAsync();
        await clara.Presses("Take the lead", card);
        await clara.Hears("needs the role responder");
        (await clara.Types("/incident list")).ShouldContain("Mail is stuck");
        await Olga.Presses("Take the lead", card);
        await Tells("olga is commander");
    }

    private async Task<Card> SummaryAsync()
    {
        await Console("/incident declare Mail is stuck", null);
        return await (await Slack.ExpectsChannel("inc-1")).ExpectsCard("inc-1: Mail is stuck");
    }
}
