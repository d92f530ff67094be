using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Tests.FakeSlack;

namespace Tests.Slack;

public sealed class HttpStories : SlackStory
{
    private protected override bool OverHttp => true;

    [Fact]
    public async Task Commands_forms_buttons_and_events_come_in_over_http()
    {
        (await Anna.Types("/incident list")).ShouldBe("No incident is open.");
        await Anna.Types("/incident declare");
        var form = await Anna.SeesModal("Declare an incident");
        (await form.Fill("What is wrong?", "Mail is stuck").Submits()).ShouldBeEmpty();
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("inc-1: Mail is stuck");
        await Anna.Presses("Take the lead", card);
        await channel.ExpectsUpdate(card, "anna");
        Bruno.Writes("looking", channel.Channel.Name);
        await Tells("looking");
    }

    [Fact]
    public async Task Slacks_question_is_answered_and_strangers_are_not()
    {
        const string question = """{"type":"url_verification","challenge":"3eZbrw1aB","token":"x"}""";
        using var answer = await SendAsync(question, "application/json", sign: true);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("""{"challenge":"3eZbrw1aB"}""");

        using var unsigned = await SendAsync(question, "application/json", sign: false);
        unsigned.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var old = await SendAsync(question, "application/json", sign: true, age: 301);
        old.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("not json", "application/json")]
    [InlineData("payload=nonsense", "application/x-www-form-urlencoded")]
    public async Task What_is_signed_but_no_json_is_a_bad_request(string body, string type)
    {
        using var answer = await SendAsync(body, type, sign: true);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_same_command_again_gets_the_first_answer()
    {
        var body = await CommandAsync("declare Only once");
        using var first = await SendAsync(body, "application/x-www-form-urlencoded", sign: true);
        using var again = await SendAsync(body, "application/x-www-form-urlencoded", sign: true);
        (await first.Content.ReadAsStringAsync()).ShouldContain("Declared inc-1");
        (await again.Content.ReadAsStringAsync()).ShouldContain("Declared inc-1");
    }

    [Fact]
    public async Task An_acknowledged_command_is_on_disk()
    {
        using var answer = await SendAsync(await CommandAsync("declare Mail is stuck"), "application/x-www-form-urlencoded", sign: true);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await TimelineAsync()).ShouldContain("Declared: Mail is stuck (unset)");
    }

    [Fact]
    public async Task What_slack_held_back_for_a_minute_is_read_back()
    {
        await Anna.Types("/incident declare Mail is stuck");
        var channel = await Slack.ExpectsChannel("inc-1");
        await channel.ExpectsCard("inc-1: Mail is stuck");
        Slack.Delivery.Subscribed.Clear();
        Bruno.Writes("one too many", channel.Channel.Name);
        var minute = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 61;
        var held = $$"""{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":{{minute}},"api_app_id":"A1"}""";
        using var answer = await SendAsync(held, "application/json", sign: true);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await Tells("one too many");
    }

    private async Task<string> CommandAsync(string text)
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["command"] = "/incident",
                ["text"] = text,
                ["user_id"] = Anna.User.Id,
                ["user_name"] = "anna",
                ["channel_id"] = Slack.Channel("general").Channel.Id,
                ["trigger_id"] = "1.2.3",
                ["response_url"] = new Uri(Slack.Address, "/respond/none").ToString(),
            }
        );
        return await form.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(string body, string type, bool sign, int age = 0)
    {
        var timestamp = (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - age).ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/slack/events");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        request.Headers.Add("X-Slack-Request-Timestamp", timestamp);
        request.Headers.Add("X-Slack-Signature", sign ? Delivery.Sign(timestamp, body) : "v0=" + new string('0', 64));
        return await Bot.Stranger().SendAsync(request);
    }
}
