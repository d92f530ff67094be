using System.Globalization;
using Tests.Support;

namespace Tests.FakeSlack;

/// <summary>Slack's own clients against the tests' Slack: where they are satisfied, the bot meets what it will meet.</summary>
public sealed class OfficialClientTests : IAsyncLifetime
{
    private SlackServer slack = null!;
    private Person anna = null!;

    public async Task InitializeAsync()
    {
        slack = await SlackServer.StartAsync();
        anna = slack.AddPerson("anna");
        slack.AddChannel("general", members: anna);
        slack.AddChannel("random");
        slack.AddChannel("ops");
        slack.AddGroup("oncall", anna);
    }

    public async Task DisposeAsync() => await slack.DisposeAsync();

    [Fact]
    public async Task The_web_api_client_is_satisfied()
    {
        slack.Faults.Next("api.test", new Fault.RateLimited(1));
        var (exit, written) = await OfficialClients.RunAsync(
            "web-api.mjs",
            null,
            slack.ApiUrl.ToString(),
            Workspace.BotToken,
            slack.Channel("general").Channel.Id,
            anna.User.Id
        );
        exit.ShouldBe(0, written);
        written.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)).ShouldBe(10, written);
    }

    [Fact]
    public async Task The_socket_client_hears_answers_and_comes_back()
    {
        await using var client = await OfficialClients.BeginAsync("socket-mode.mjs", slack.ApiUrl.ToString(), Workspace.AppToken);
        await client.SaysAsync("connected");
        (await anna.Types("/try 1")).ShouldBe("heard 1");
        await client.SaysAsync("slash_commands", "\"accepts\":true");
        anna.Writes("hello", "general");
        await client.SaysAsync("events_api", "\"inner\":\"message\"");

        await slack.Sockets.SayGoodbyeAsync("refresh_requested");
        await slack.Sockets.HasMadeAsync(2);
        await client.SaysAsync("connected");
        (await anna.Types("/try 2")).ShouldBe("heard 2");
        slack.Sockets.Drop();
        await slack.Sockets.HasMadeAsync(3);
        await client.SaysAsync("connected");
        (await anna.Types("/try 3")).ShouldBe("heard 3");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_app_of_bolt_works_from_the_command_to_the_edited_card(bool http)
    {
        var port = Loopback.FreePort().ToString(CultureInfo.InvariantCulture);
        string[] mode = http ? ["http", Workspace.SigningSecret, port] : [Workspace.AppToken];
        await using var app = await OfficialClients.BeginAsync("bolt.mjs", [slack.ApiUrl.ToString(), Workspace.BotToken, .. mode]);
        if (http)
            slack.Delivery.RequestUrl = new Uri($"http://127.0.0.1:{port}/slack/events");
        await app.SaysAsync("started");

        (await anna.Types("/try hello")).ShouldBe("hello anna");
        (await anna.CommandAsync("/try")).Came.ShouldBeTrue();
        var modal = await anna.SeesModal("Ask");
        (await modal.Fill("What?", "bad").Submits())["What?"].ShouldBe("not this");
        (await modal.Fill("What?", "restart web-1").Submits()).ShouldBeEmpty();
        modal.IsOpen.ShouldBeFalse();

        var card = await slack.Channel("general").ExpectsCard("restart web-1");
        await anna.Presses("Approve", card);
        await slack.Channel("general").ExpectsUpdate(card, "approved by anna");
        await anna.Hears("thank you");

        var message = anna.Writes("it is the cache", "general");
        await anna.UsesShortcut("add", message, "general");
        await Until.Holds(() => Task.FromResult(message.Reactions.ContainsKey("pushpin")), "a reaction");
        anna.LooksAtHome();
        await Until.Holds(() => Task.FromResult(slack.Workspace.Homes.ContainsKey(anna.User.Id)), "a home");
    }

    [Fact]
    public async Task The_type_check_refuses_what_slacks_types_refuse()
    {
        const string good =
            """{"method":"chat.postMessage","body":{"channel":"C1","text":"a","blocks":"[{\"type\":\"divider\"}]"},"form":true}""";
        const string wrong = """
            {"method":"chat.postMessage","body":{"chanel":"C1","text":"a"}}
            {"method":"chat.postMessage","body":{"channel":"C1","blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}}
            {"method":"chat.postMesage","body":{"channel":"C1","text":"a"}}
            {"method":"views.open","body":{"view":{"type":"modal","title":{"type":"plain_text","text":"x"},"blocks":[]}}}
            """;
        (await SlackTypes.RefusalsAsync([good])).ShouldBeEmpty();
        foreach (var line in wrong.Split('\n'))
            (await SlackTypes.RefusalsAsync([good, line])).ShouldNotBeEmpty(line);
    }
}
