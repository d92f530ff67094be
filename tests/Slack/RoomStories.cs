using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

public sealed class RoomStories : SlackStory
{
    private string announcements = "";

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>
        {
            ["Chat:AnnounceIn"] = announcements,
            ["Chat:Room:InviteGroups:0"] = "oncall",
            ["Chat:Room:Name"] = "{date} {incident} {title}",
            ["Chat:Roles:Members"] = "viewer",
            ["Chat:Roles:Groups:oncall"] = "approver",
        };

    private protected override void Furnish() => announcements = Slack.AddChannel("incidents", members: Bruno).Channel.Id;

    [Fact]
    public async Task It_is_announced_once_and_the_announcement_follows()
    {
        await Anna.Types("/incident declare Mail is stuck --severity 2");
        var board = Slack.Channel("incidents");
        var card = await board.ExpectsCard("inc-1: Mail is stuck", "sev2", "triage");
        card.Text.ShouldContain(LinkTo("inc-1"));
        await Anna.Types("/incident resolve inc-1 it is well");
        await board.ExpectsUpdate(card, "resolved");
        board.Channel.Messages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_reads_of_it_elsewhere_finds_the_way_to_its_channel()
    {
        (await Anna.Types("/incident declare Mail is stuck")).ShouldStartWith(
            "Declared inc-1: Mail is stuck. Its channel is being made, and you are invited into it."
        );
        await Slack.Channel("incidents").ExpectsCard("inc-1: Mail is stuck");
        var link = LinkTo("inc-1");
        await Anna.Types("/incident lead inc-1 @bruno");
        await Anna.Types("/incident page inc-1 @bruno");
        await Slack.Direct(Bruno).ExpectsCard("You are commander of inc-1", link);
        await Slack.Direct(Bruno).ExpectsCard("YOU ARE CALLED: inc-1", link);
        await Anna.Types("/incident status inc-1");
        await Anna.SeesCard("inc-1: Mail is stuck", link);
        Anna.LooksAtHome();
        await Anna.SeesAtHome("inc-1: Mail is stuck", link);
    }

    private string LinkTo(string incident)
    {
        lock (Slack.Workspace.Gate)
            return $"<#{Slack.Workspace.Channels.Single(channel => channel.Name.Contains(incident, StringComparison.Ordinal)).Id}>";
    }

    [Fact]
    public async Task The_channel_is_named_by_the_template_and_the_group_is_invited()
    {
        await Olga.Types("/incident declare Mail is stuck");
        var name = await Until.Comes(
            () =>
                Task.FromResult(
                    Slack
                        .Workspace.Channels.ConvertAll(channel => channel.Name)
                        .Find(name => name.EndsWith("-inc-1-mail-is-stuck", StringComparison.Ordinal))
                ),
            "a channel"
        );
        var channel = Slack.Channel(name);
        await Until.Holds(
            () => Task.FromResult(channel.Channel.Members.IsSupersetOf([Anna.User.Id, Bruno.User.Id, Olga.User.Id])),
            "the group and who declared it in the channel"
        );
    }

    [Fact]
    public async Task Who_comes_into_the_group_later_is_invited_where_the_incident_is_open()
    {
        await Olga.Types("/incident declare Mail is stuck");
        await Olga.Types("/incident declare Orders are lost");
        Task<Place> ChannelOf(string incident) =>
            Until.Comes(
                () =>
                {
                    lock (Slack.Workspace.Gate)
                    {
                        var found = Slack.Workspace.Channels.Find(channel =>
                            channel.Name.Contains(incident, StringComparison.Ordinal) && channel.Members.Contains(Anna.User.Id)
                        );
                        return Task.FromResult(found is null ? null : new Place(Slack, found));
                    }
                },
                "the channel of " + incident
            );
        var open = await ChannelOf("inc-1");
        var over = await ChannelOf("inc-2");
        await Olga.Types("/incident resolve inc-2 it is well");
        await over.ExpectsCard("inc-2: Orders are lost", "resolved");
        var topics = Slack.Calls.Of("conversations.setTopic").Count(call => call.Call.Text("channel") == open.Channel.Id);

        var carl = Slack.AddPerson("carl");
        Slack.JoinsGroup(Slack.Workspace.Groups[0], carl);
        await Until.Holds(() => Task.FromResult(IsIn(open, carl)), "the new member in the channel");
        IsIn(over, carl).ShouldBeFalse();
        // Nobody is told the same topic again.
        Slack.Calls.Of("conversations.setTopic").Count(call => call.Call.Text("channel") == open.Channel.Id).ShouldBe(topics);
    }

    private bool IsIn(Place place, Person person)
    {
        lock (Slack.Workspace.Gate)
            return place.Channel.Members.Contains(person.User.Id);
    }

    [Fact]
    public async Task A_private_incident_has_a_private_channel_that_gives_nothing_away()
    {
        (await Anna.Types("/incident declare The board is bribed --private")).ShouldStartWith("Declared inc-1");
        var found = await Until.Comes(
            () => Task.FromResult(Slack.Workspace.Channels.Find(channel => channel.Name.Contains("inc-1", StringComparison.Ordinal))),
            "a channel"
        );
        found.IsPrivate.ShouldBeTrue();
        found.Name.ShouldEndWith("-inc-1-private");
        await new Place(Slack, found).ExpectsCard("The board is bribed");
        await Until.Holds(() => Task.FromResult(found.Members.Contains(Anna.User.Id)), "who declared it in the channel");
        found.Members.ShouldNotContain(Bruno.User.Id);
        Slack.Channel("incidents").Channel.Messages.ShouldBeEmpty();
        (await Bruno.Types("/incident status inc-1")).ShouldBe("There is no incident inc-1.");

        lock (Slack.Workspace.Gate)
            found.Members.Add(Bruno.User.Id);
        (await Bruno.Types("/incident status", found.Name)).ShouldContain("The board is bribed");
        await Bruno.Presses("Take the lead", await new Place(Slack, found).ExpectsCard("inc-1: The board is bribed"));
        await Tells("bruno is commander");
    }

    [Fact]
    public async Task A_user_group_gives_a_role()
    {
        (await Bruno.Types("/incident approve run-1 step")).ShouldNotContain("needs the role");
        (await Slack.AddPerson("carl").Types("/incident approve run-1 step")).ShouldContain("needs the role responder");
        (await Gus.Types("/incident list")).ShouldContain("needs the role viewer");
    }

    [Fact]
    public async Task What_the_app_lacks_is_said_with_its_fix()
    {
        lock (Slack.Workspace.Gate)
            Slack.Workspace.Scopes.Remove("pins:write");
        await using var bot = await StartBotAsync();
        var reader = await bot.PersonAsync("vera", global::Bot.Access.Role.Viewer);
        await Until.Holds(
            async () =>
                (await reader.GetStringAsync(new Uri("/health", UriKind.Relative))).Contains("pins:write", StringComparison.Ordinal),
            "the missing scope on the health page"
        );
    }
}
