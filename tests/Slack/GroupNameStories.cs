using Bot.Cli;
using Integrations;
using Microsoft.Extensions.DependencyInjection;
using Tests.Cli;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>User groups that the settings name, as people write them.</summary>
public sealed class GroupNameStories : SlackStory
{
    private static readonly string[] Strange =
    [
        "Chat:Room:InviteGroups:1 names 'onacll', which is no user group of Slack's: nobody is invited by it. Did you mean 'oncall'?",
        "Chat:Roles:Groups:Nobodies names 'Nobodies', which is no user group of Slack's: nobody has a role, or is called, by it.",
    ];

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>
        {
            ["Chat:Room:InviteGroups:0"] = "OnCall",
            ["Chat:Room:InviteGroups:1"] = "onacll",
            ["Chat:Roles:Groups:OnCall"] = "approver",
            ["Chat:Roles:Groups:Nobodies"] = "approver",
        };

    private protected override IReadOnlyList<string> Runbooks =>
        [
            """
                runbook: restart-web
                summary: Restarts the web server
                steps:
                  - id: restart
                    uses: core/count@1
                    with: { key: restart }
                    effect: once
                    approve: { need: 1, from: [ONCALL] }
                """,
        ];

    [Fact]
    public async Task Big_letters_name_the_same_group()
    {
        var channel = await MailStuckAsync();
        await Until.Holds(
            () =>
            {
                lock (Slack.Workspace.Gate)
                    return Task.FromResult(channel.Channel.Members.Contains(Bruno.User.Id));
            },
            "who is on call in the channel"
        );
        (await Anna.Types("/incident page role:approver", "inc-1")).ShouldBe("Calling role:approver.");
        var oncall = Slack.Workspace.Groups.Single(group => group.Handle is "oncall").Id;
        Pings.Of((await channel.ExpectsCard("YOU ARE CALLED")).Message).ShouldContain($"<!subteam^{oncall}>");

        await Anna.Types("/incident run restart-web", "inc-1");
        var card = await channel.ExpectsCard("Approve this step?", $"<!subteam^{oncall}>");
        await Bruno.Presses("Approve", card);
        await channel.ExpectsUpdate(card, "bruno decided: approve");
    }

    [Fact]
    public async Task One_that_there_is_not_is_named_among_the_troubles_once_however_many_incidents_there_are()
    {
        await MailStuckAsync();
        await Anna.Types("/incident declare Another");
        await (await Slack.ExpectsChannel("inc-2")).ExpectsCard("inc-2: Another");
        string[] Troubles() =>
            [
                .. Bot
                    .Services.GetServices<IChatPlatform>()
                    .Single(one => one.Name is "slack")
                    .Troubles.Where(trouble => trouble.Contains("user group", StringComparison.Ordinal)),
            ];
        await Until.Holds(() => Task.FromResult(Troubles().Length > 0), "a word of it");
        Troubles().ShouldBe([string.Join(' ', [.. Strange, "Write the handle of a user group, as it stands behind its @ in Slack."])]);
        (await TimelineAsync()).ShouldNotContain(line => line.Contains("onacll", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_check_names_it_too()
    {
        var environment = Settings.ToDictionary(one => one.Key.Replace(":", "__", StringComparison.Ordinal), one => one.Value!);
        environment["Slack__BotToken"] = Workspace.BotToken;
        environment["Slack__AppToken"] = Workspace.AppToken;
        environment["Slack__ApiUrl"] = Slack.ApiUrl.ToString();

        var check = await Typed.InProcessAsync(environment, "slack", "check");

        check.Exit.ShouldBe(CommandLine.Failure);
        foreach (var line in Strange)
            check.Output.ShouldContain("MISSING  " + line);
    }
}
