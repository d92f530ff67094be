using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Bot.Access;
using Bot.Intake;
using Bot.Storage;
using Tests.Support;

namespace Tests.Intake;

/// <summary>What may come to <c>POST /alerts/SOURCE</c>, over real connections: every answer says what to do, nothing is lost unseen.</summary>
public sealed class FrontDoorTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 3, 0, 0, TimeSpan.Zero);
    private BotUnderTest bot = null!;
    private HttpClient sender = null!;
    private HttpClient viewer = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            settings: new Dictionary<string, string?>
            {
                ["Alerts:Sources:ours:Kind"] = "generic",
                ["Alerts:Sources:ours:Token"] = BotUnderTest.SourceToken,
            }
        );
        sender = bot.WithToken(BotUnderTest.SourceToken);
        viewer = await bot.TokenAsync(Role.Viewer);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    public static TheoryData<string, string, string> Unreadable =>
        new()
        {
            { "am", "", "body" },
            { "am", "{\"version\":\"4\",", "body" },
            { "am", "\u0000\u0001", "body" },
            { "am", "{} trailing", "body" },
            { "am", new string('[', 200), "body" },
            { "am", "{\"x\":" + new string('[', 200) + new string(']', 200) + "}", "body" },
            { "am", "[]", "body" },
            { "am", "null", "body" },
            { "am", """{"version":"5","groupKey":"g","alerts":[]}""", "version" },
            { "am", """{"version":4,"groupKey":"g","alerts":[]}""", "version" },
            { "am", """{"version":"4","groupKey":"g"}""", "alerts" },
            { "am", """{"version":"4","groupKey":"g","alerts":[]}""", "alerts" },
            { "am", """{"version":"4","groupKey":"g","alerts":"all"}""", "alerts" },
            { "am", """{"version":"4","groupKey":7,"alerts":[]}""", "groupKey" },
            { "am", """{"version":"4","groupKey":"g","truncatedAlerts":"many","alerts":[]}""", "truncatedAlerts" },
            {
                "am",
                """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{},"fingerprint":"f"}]}""",
                "alerts[0].startsAt"
            },
            {
                "am",
                """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{},"fingerprint":"f","startsAt":0}]}""",
                "alerts[0].startsAt"
            },
            {
                "am",
                """{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":"none","fingerprint":"f","startsAt":"2026-11-24T00:00:00Z"}]}""",
                "alerts[0].labels"
            },
            { "ours", "{\"key\":\"k\"}", "title" },
            { "ours", "{\"title\":\"t\",\"key\":\"k\",\"status\":\"on\"}", "status" },
            { "ours", "{\"title\":\"t\",\"key\":\"k\",\"labels\":{\"a\":1}}", "labels.a" },
            { "ours", "{\"title\":\"t\",\"key\":\"k\",\"starts_at\":\"soon\"}", "starts_at" },
            { "ours", "[]", "body" },
            { "ours", "[{\"title\":\"t\",\"key\":\"k\"},7]", "[1]" },
        };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task What_cannot_be_read_is_kept_and_answered_with_field_fix_and_delivery(string source, string body, string field)
    {
        using var answer = await PostAsync(source, Encoding.UTF8.GetBytes(body));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("status").GetInt32().ShouldBe(400);
        var wrong = problem.GetProperty("errors").EnumerateArray().Where(error => error.GetProperty("field").GetString() == field).ToList();
        wrong.ShouldNotBeEmpty(problem.ToString());
        wrong[0].GetProperty("fix").GetString().ShouldNotBeNullOrEmpty();
        var kept = await BotUnderTest.JsonAsync(viewer, "/api/v1/deliveries/" + problem.GetProperty("delivery").GetString());
        kept.GetProperty("verdict").GetString().ShouldBe("rejected");
        kept.GetProperty("body").ToString().ShouldNotBeNull();
        (await IncidentsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task The_list_of_deliveries_says_the_fault_that_the_sender_was_told()
    {
        using var answer = await PostAsync("ours", "{\"status\":\"on\"}"u8.ToArray());
        var first = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors")[0];
        var olga = await bot.PersonAsync("olga", Role.Admin);

        var page = WebUtility.HtmlDecode(await olga.GetStringAsync(new Uri("/deliveries", UriKind.Relative)));

        page.ShouldContain($"{first.GetProperty("field").GetString()}: {first.GetProperty("fix").GetString()}");
    }

    [Fact]
    public async Task Thousands_of_the_same_fault_are_told_by_the_first_of_them()
    {
        var alerts = string.Join(',', Enumerable.Repeat($$"""{"status":"{{new string('x', 500)}}"}""", 5000));
        using var answer = await PostAsync("am", Encoding.UTF8.GetBytes($$"""{"version":"4","groupKey":"g","alerts":[{{alerts}}]}"""));

        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("errors").GetArrayLength().ShouldBe(21);
        problem.ToString().Length.ShouldBeLessThan(10_000);
    }

    [Fact]
    public async Task A_body_at_the_limit_is_taken_and_one_above_is_refused_and_counted()
    {
        var small = Encoding.UTF8.GetString(Payload.Alertmanager("g", 0, ("a", true, Start)));
        var padding = IntakeEndpoint.MaxBody - small.Length;
        var largest = Encoding.UTF8.GetBytes(small[..^1] + new string(' ', padding) + "}");
        largest.Length.ShouldBe(IntakeEndpoint.MaxBody);
        using (var taken = await PostAsync("am", largest))
            taken.StatusCode.ShouldBe(HttpStatusCode.Accepted);

        await RefusedAsync(new ByteArrayContent(new byte[33 << 20]));
        using var stream = new MemoryStream(new byte[33 << 20]);
        using var chunked = new StreamContent(stream);
        chunked.Headers.ContentLength = null;
        await RefusedAsync(chunked);
        bot.Get<IntakeCounters>().RefusedBySource.ShouldContain(("am", "too large", 2L));

        async Task RefusedAsync(HttpContent content)
        {
            using var client = bot.WithToken(BotUnderTest.SourceToken);
            try
            {
                using var answer = await client.PostAsync(new Uri("/alerts/am", UriKind.Relative), content);
                answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
            }
            catch (HttpRequestException)
            {
                // The server answers and hangs up while the client still writes: the counter is the proof.
            }
        }
    }

    [Fact]
    public async Task A_compressed_body_is_kept_and_answered_with_what_may_be_sent()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Payload.Alertmanager("g", 0, ("a", true, Start)));
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        using var answer = await sender.PostAsync(new Uri("/alerts/am", UriKind.Relative), content);

        answer.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        answer.Headers.GetValues("Accept-Encoding").ShouldBe(["identity"]);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("not compressed");
    }

    [Theory]
    [InlineData("am", "wrong")]
    [InlineData("am", "")]
    [InlineData("nobody", BotUnderTest.SourceToken)]
    public async Task A_stranger_is_refused_counted_and_leaves_nothing(string source, string token)
    {
        using var client = bot.WithToken(token);
        using var answer = await client.PostAsync(
            new Uri("/alerts/" + source, UriKind.Relative),
            new ByteArrayContent(Payload.Alertmanager("g", 0, ("a", true, Start)))
        );

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        (await bot.Get<DeliveryTable>().ListAsync(null, null, 10, default)).ShouldBeEmpty();
        bot.Get<IntakeCounters>().RefusedBySource.ShouldContain(row => row.Reason == "not authenticated" && row.Requests == 1);
    }

    [Fact]
    public async Task What_authenticates_is_masked_before_it_is_stored()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/alerts/am")
        {
            Content = new ByteArrayContent(Payload.Alertmanager("g", 0, ("a", true, Start))),
        };
        request.Headers.Add("X-Api-Key", "very-secret-1");
        request.Headers.Add("X-Grafana-Alerting-Signature", "very-secret-2");
        request.Headers.Add("Cookie", "session=very-secret-3");
        request.Headers.Add("X-Shown", "plain");
        using var answer = await sender.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("delivery").GetString()!;

        var stored = (await bot.Get<DeliveryTable>().FindAsync(id, default)).ShouldNotBeNull();
        stored.Headers.ShouldNotContain("very-secret");
        stored.Headers.ShouldNotContain(BotUnderTest.SourceToken);
        stored.Headers.ShouldContain("plain");
    }

    [Fact]
    public async Task Texts_in_every_script_come_through_unharmed()
    {
        const string Title = "Zahlung 支払い прёт 🚒 \u0022quoted\u0022 \u2028 <b>&amp;";
        using var answer = await sender.PostAsync(
            new Uri("/alerts/ours", UriKind.Relative),
            JsonContent.Create(
                new
                {
                    title = Title,
                    key = "kö/1",
                    labels = new { host = "db‑ß" },
                }
            )
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);

        var incidents = await BotUnderTest.JsonAsync(viewer, "/api/v1/incidents");
        incidents.GetProperty("items")[0].GetProperty("title").GetString().ShouldBe(Title);
        (await bot.Get<AlertTable>().FindAsync("ours", "kö/1", default)).ShouldNotBeNull().Labels.ShouldContain("db‑ß");
    }

    [Theory]
    [MemberData(nameof(Captured))]
    public async Task Every_captured_payload_is_taken(string file)
    {
        var id = await bot.DeliverAsync(Payload.Read(file));

        (await BotUnderTest.JsonAsync(viewer, "/api/v1/deliveries/" + id)).GetProperty("verdict").GetString().ShouldBe("accepted");
    }

    public static TheoryData<string> Captured => [.. Payload.All("alertmanager")];

    [Theory]
    [InlineData("/alerts/am/nowhere", HttpStatusCode.BadRequest)]
    [InlineData("/alerts/am/default/more", HttpStatusCode.NotFound)]
    [InlineData("/alerts/am/", HttpStatusCode.NotFound)]
    [InlineData("/alerts/am/default", HttpStatusCode.Accepted)]
    public async Task The_route_may_be_named_in_the_address(string path, HttpStatusCode status)
    {
        using var answer = await sender.PostAsync(
            new Uri(path, UriKind.Relative),
            new ByteArrayContent(Payload.Alertmanager("g", 0, ("a", true, Start)))
        );

        answer.StatusCode.ShouldBe(status, await answer.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> PostAsync(string source, byte[] body) =>
        sender.PostAsync(new Uri("/alerts/" + source, UriKind.Relative), new ByteArrayContent(body));

    private async Task<int> IncidentsAsync() => (await bot.Get<IncidentTable>().ListAsync(new IncidentQuery(), default)).Count;
}
