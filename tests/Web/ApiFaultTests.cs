using System.Net;
using System.Text;
using System.Text.Json;
using Bot.Access;
using Tests.Support;

namespace Tests.Web;

/// <summary>What the API says of a request it cannot take: always a problem document that names field, value and fix.</summary>
public sealed class ApiFaultTests(ApiFaultTests.Api api) : IClassFixture<ApiFaultTests.Api>
{
    public sealed class Api : IAsyncLifetime
    {
        private BotUnderTest bot = null!;

        internal HttpClient Admin { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            bot = await BotUnderTest.StartAsync();
            Admin = await bot.TokenAsync(Role.Admin);
            await BotUnderTest.SayAsync(Admin, "/incident declare Something is down");
        }

        public async Task DisposeAsync() => await bot.DisposeAsync();
    }

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
        using var answer = await api.Admin.GetAsync(new Uri(path, UriKind.Relative));
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
    [InlineData("/api/v1/incidents", """{"title":"x","sevrity":"sev1"}""", "sevrity", null)]
    [InlineData("/api/v1/runs", """{"runbook":"x","input":{}}""", "input", null)]
    [InlineData("/api/v1/runs/run-1/decisions", """{"step":"a","decison":"approve"}""", "decison", null)]
    [InlineData("/api/v1/commands", """{"text":"x","room":"inc-1"}""", "room", null)]
    [InlineData("/api/v1/tokens", """{"name":"x","role":"viewer","expires":"never"}""", "expires", null)]
    public async Task A_wrong_value_in_a_body_is_named(string path, string body, string field, string? value)
    {
        using var answer = await PostAsync(path, body);
        await NamesAsync(answer, HttpStatusCode.BadRequest, field, value);
    }

    [Fact]
    public async Task A_member_that_nobody_knows_is_told_what_was_probably_meant()
    {
        using var near = await PostAsync("/api/v1/incidents", """{"title":"x","sevrity":"sev1"}""");
        (await near.Content.ReadAsStringAsync()).ShouldContain("There is no such member. Did you mean severity?");

        using var far = await PostAsync("/api/v1/commands", """{"text":"x","zzz":1}""");
        (await far.Content.ReadAsStringAsync()).ShouldContain("There is no such member. Known: text, channel.");
    }

    [Fact]
    public async Task A_body_that_is_no_JSON_is_told_what_to_send()
    {
        using var answer = await PostAsync("/api/v1/incidents", "title=x", "application/x-www-form-urlencoded");
        await NamesAsync(answer, HttpStatusCode.UnsupportedMediaType, "Content-Type", null);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        return await api.Admin.SendAsync(request);
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
