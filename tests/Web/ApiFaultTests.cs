using System.Net;
using System.Text;
using System.Text.Json;
using Bot.Access;
using Tests.Support;

namespace Tests.Web;

/// <summary>What the API says of a request it cannot take: always a problem document that names field, value and fix.</summary>
public sealed class ApiFaultTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync();
        admin = await bot.TokenAsync(Role.Admin);
        await BotUnderTest.SayAsync(admin, "/incident declare Something is down");
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Theory]
    [InlineData("/api/v1/incidents?limit=0", "limit", "0")]
    [InlineData("/api/v1/incidents?limit=many", "limit", "many")]
    [InlineData("/api/v1/incidents?state=broken", "state", "broken")]
    [InlineData("/api/v1/incidents?after=zz", "after", "zz")]
    [InlineData("/api/v1/incidents/inc-1/timeline?after=zz", "after", "zz")]
    [InlineData("/api/v1/incidents/inc-1/timeline?limit=-1", "limit", "-1")]
    [InlineData("/api/v1/alerts?limit=-3", "limit", "-3")]
    [InlineData("/api/v1/alerts?status=broken", "status", "broken")]
    [InlineData("/api/v1/deliveries?limit=0", "limit", "0")]
    [InlineData("/api/v1/runs?limit=0", "limit", "0")]
    [InlineData("/api/v1/runs?incident=zz", "incident", "zz")]
    [InlineData("/api/v1/stream?after=zz", "after", "zz")]
    public async Task A_wrong_value_in_an_address_is_named(string path, string field, string value)
    {
        using var answer = await admin.GetAsync(new Uri(path, UriKind.Relative));
        await NamesAsync(answer, HttpStatusCode.BadRequest, field, value);
    }

    [Theory]
    [InlineData("/api/v1/incidents", """{"title":5}""", "title", null)]
    [InlineData("/api/v1/incidents", """{"title":"x","severity":"sev9"}""", "severity", "sev9")]
    [InlineData("/api/v1/incidents", """{"title":"x","private":"perhaps"}""", "private", null)]
    [InlineData("/api/v1/incidents", """{"title":""", "title", null)]
    [InlineData("/api/v1/incidents", "[]", "body", null)]
    [InlineData("/api/v1/incidents", "", "body", null)]
    [InlineData("/api/v1/runs?plan=perhaps", """{"runbook":"x"}""", "plan", "perhaps")]
    [InlineData("/api/v1/runs", """{"runbook":"x","incident":"inc-99"}""", "incident", "inc-99")]
    [InlineData("/api/v1/runs", """{"runbook":"x","inputs":[1]}""", "inputs", "[1]")]
    [InlineData("/api/v1/commands", """{"text":""}""", "text", "")]
    [InlineData("/api/v1/users", """{"name":"anna","role":"viewer","groups":"sre"}""", "groups", null)]
    public async Task A_wrong_value_in_a_body_is_named(string path, string body, string field, string? value)
    {
        using var answer = await PostAsync(path, body);
        await NamesAsync(answer, HttpStatusCode.BadRequest, field, value);
    }

    [Fact]
    public async Task A_body_that_is_no_JSON_is_told_what_to_send()
    {
        using var answer = await PostAsync("/api/v1/incidents", "title=x", "application/x-www-form-urlencoded");
        await NamesAsync(answer, HttpStatusCode.UnsupportedMediaType, "Content-Type", null);
    }

    [Fact]
    public async Task A_key_that_is_too_long_to_be_kept_is_refused_and_nothing_is_done()
    {
        using var answer = await PostAsync("/api/v1/incidents", """{"title":"Once"}""", key: new string('k', 201));
        await NamesAsync(answer, HttpStatusCode.BadRequest, "Idempotency-Key", new string('k', 20) + "…");

        (await BotUnderTest.JsonAsync(admin, "/api/v1/incidents")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("/api/v1/incidents", """{"title":"Once"}""", """{"title":"Twice"}""")]
    [InlineData("/api/v1/commands", """{"text":"/incident declare Once"}""", """{"text":"/incident declare Twice"}""")]
    public async Task The_same_key_gets_the_first_answer_and_with_another_body_422(string path, string body, string other)
    {
        using var first = await PostAsync(path, body, key: "key-1");
        using var again = await PostAsync(path, body, key: "key-1");
        using var changed = await PostAsync(path, other, key: "key-1");

        (await again.Content.ReadAsStringAsync()).ShouldBe(await first.Content.ReadAsStringAsync());
        changed.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await BotUnderTest.JsonAsync(admin, "/api/v1/incidents")).GetProperty("items").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_without_a_gap()
    {
        for (var i = 2; i <= 5; i++)
            await BotUnderTest.SayAsync(admin, $"/incident declare Number {i}");

        var seen = new List<int>();
        string? next = null;
        do
        {
            var page = await BotUnderTest.JsonAsync(admin, "/api/v1/incidents?limit=2" + (next is null ? "" : "&after=" + next));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(incident => incident.GetProperty("number").GetInt32()));
            next = page.GetProperty("next").GetString();
        } while (next is not null);

        seen.ShouldBe([5, 4, 3, 2, 1]);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string body, string type = "application/json", string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await admin.SendAsync(request);
    }

    private static async Task NamesAsync(HttpResponseMessage answer, HttpStatusCode status, string field, string? value)
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(status, text);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var error = JsonElement.Parse(text).GetProperty("errors")[0];
        error.GetProperty("field").GetString().ShouldBe(field, text);
        error.GetProperty("value").GetString().ShouldBe(value, text);
        error.GetProperty("fix").GetString().ShouldNotBeNullOrEmpty();
    }
}
