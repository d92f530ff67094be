using Bot.Access;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>Slack makes no channel for an incident: it is shown where people look, tried again, and there is a way out.</summary>
public sealed class RefusedRoomStories : SlackStory
{
    // What is waited for is the pace that Slack allows.
    private protected override TimeProvider Clock { get; } = new HastyTime(5);

    private const string Taken = "No channel in slack: every name from #inc-1-mail-is-stuck to #inc-1-mail-is-stuck-inc-1 is taken.";

    private HttpClient? reader;

    [Fact]
    public async Task Channels_are_made_once_an_admin_allows_it_and_until_then_it_is_said_why_not()
    {
        var refuse = true;
        Slack.Faults.Rule = method =>
            Volatile.Read(ref refuse) && method is "conversations.create" ? new Fault.Refused("restricted_action") : null;
        await Anna.Types("/incident declare Mail is stuck");
        const string why = "No channel in slack: the workspace does not let the app make channels (restricted_action).";
        await ShowsAsync("/incidents/inc-1", why);
        await ShowsAsync("/health", "the workspace does not let the app make channels");
        (await Console("/incident status", "inc-1")).ShouldNotContain("Channel");

        Volatile.Write(ref refuse, false);
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        await Until.Holds(
            async () => !(await PageAsync("/incidents/inc-1")).Contains("It is tried again by itself", StringComparison.Ordinal),
            "no word of it"
        );
        (await PageAsync("/health")).ShouldNotContain("does not let the app make channels");
        (await TimelineAsync()).Count(line => line.StartsWith(why, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Where_every_name_is_taken_another_name_is_tried_at_once()
    {
        await TakeAllNamesAsync();
        await ShowsAsync("/incidents/inc-1", Taken);
        (await Anna.Types("/incident room inc-1")).ShouldStartWith(Taken);
        await Anna.Types("/incident status inc-1");
        await Anna.SeesCard("inc-1: Mail is stuck", "Channel", Taken);

        await Console("/incident rename Mail is late", "inc-1");
        var channel = await Slack.ExpectsChannel("inc-1-mail-is-late");
        await channel.ExpectsCard("inc-1: Mail is late");
        (await Anna.Types("/incident room inc-1")).ShouldBe("inc-1 has its channel in slack.");
        await Anna.SeesCard("inc-1 has its channel in slack", $"<#{channel.Channel.Id}>");
        (await Console("/incident room", "inc-1")).ShouldBe("inc-1 has its channel in slack: #inc-1-mail-is-late");
        (await Anna.Types("/incident room inc-1 retry")).ShouldBe("inc-1 has a channel in slack already.");
    }

    [Fact]
    public async Task Somebody_asks_for_another_try()
    {
        await TakeAllNamesAsync();
        await Anna.Types("/incident room inc-1");
        var card = await Anna.SeesCard("inc-1 has no channel");
        lock (Slack.Workspace.Gate)
            Slack.Workspace.Channels.RemoveAll(channel => channel.Name == "inc-1-mail-is-stuck-7");
        await Anna.Presses("Try again", card);
        await (await Slack.ExpectsChannel("inc-1-mail-is-stuck-7")).ExpectsCard("inc-1: Mail is stuck");
        await Tells("Asked for another try at a channel in slack");
    }

    [Fact]
    public async Task A_channel_that_is_there_becomes_the_incidents()
    {
        await TakeAllNamesAsync();
        await Console("/incident declare Orders are lost", null);
        await Slack.ExpectsChannel("inc-2");
        var place = Slack.AddChannel("mail-trouble", withApp: false, members: [Anna, Bruno]);
        (await Anna.Types("/incident room inc-1 here", "inc-2")).ShouldBe("That is the channel of inc-2.");
        await Anna.Types("/incident room inc-1", "mail-trouble");
        await Anna.Presses("Take this channel", await Anna.SeesCard("inc-1 has no channel"));
        await Anna.Hears("This is the channel of inc-1 from now on.");

        await place.ExpectsCard("inc-1: Mail is stuck");
        await place.ExpectsCard("Declared: Mail is stuck");
        Bruno.Writes("the relay is full", "mail-trouble");
        await Tells("the relay is full");
        (await Anna.Types("/incident room here", "mail-trouble")).ShouldBe("inc-1 has a channel in slack already.");
        (await PageAsync("/incidents/inc-1")).ShouldNotContain("It is tried again by itself");
    }

    [Fact]
    public async Task From_the_console_a_channel_is_taken_by_its_link_or_id()
    {
        await TakeAllNamesAsync();
        var place = Slack.AddChannel("mail-trouble", withApp: false, members: Anna);
        await Console($"/incident room https://fake.slack.test/archives/{place.Channel.Id}", "inc-1");
        await place.ExpectsCard("inc-1: Mail is stuck");
    }

    [Fact]
    public async Task A_channel_is_taken_by_its_mention()
    {
        await TakeAllNamesAsync();
        var place = Slack.AddChannel("mail-trouble", withApp: false, members: Anna);
        (await Anna.Types("/incident room inc-1 #mail-trouble")).ShouldBe("This is the channel of inc-1 from now on.");
        await place.ExpectsCard("inc-1: Mail is stuck");
    }

    [Fact]
    public async Task From_the_console_a_channel_is_taken_by_its_name_unless_it_is_closed()
    {
        await TakeAllNamesAsync();
        var place = Slack.AddChannel("mail-trouble", withApp: false, members: Anna);
        Slack.AddChannel("board", isPrivate: true, members: Anna);
        var elsewhere = await Bot.TokenAsync(Role.Admin, "elsewhere");
        foreach (var name in new[] { "#board", "#nowhere" })
        {
            var (accepted, reply) = await BotUnderTest.TrySayAsync(elsewhere, $"/incident room inc-1 {name}");
            accepted.ShouldBeFalse();
            reply.ShouldStartWith($"'{name}' is no channel. Write its id");
        }

        (await Console("/incident room #mail-trouble", "inc-1")).ShouldBe("This is the channel of inc-1 from now on.");
        await place.ExpectsCard("inc-1: Mail is stuck");
    }

    private async Task TakeAllNamesAsync()
    {
        Slack.AddChannel("inc-1-mail-is-stuck");
        foreach (var end in Enumerable.Range(2, 8).Select(number => $"{number}").Append("inc-1"))
            Slack.AddChannel($"inc-1-mail-is-stuck-{end}");
        await Anna.Types("/incident declare Mail is stuck");
        await Until.Holds(
            async () => (await TimelineAsync()).Any(line => line.StartsWith(Taken, StringComparison.Ordinal)),
            "the refusal on the timeline"
        );
    }

    private async Task<string> PageAsync(string address)
    {
        reader ??= await Bot.PersonAsync("vera", Role.Viewer);
        return System.Net.WebUtility.HtmlDecode(await reader.GetStringAsync(new Uri(address, UriKind.Relative)));
    }

    private Task ShowsAsync(string address, string part) =>
        Until.Holds(async () => (await PageAsync(address)).Contains(part, StringComparison.Ordinal), $"'{part}' on {address}");
}
