using System.Net;
using System.Text;
using Bot.Access;
using Tests.Support;

namespace Tests.Web;

/// <summary>What holds at every door of the API: repeats by key, lists by cursor.</summary>
public sealed class ApiPromiseTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync();
        admin = await bot.TokenAsync(Role.Admin);
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_key_that_is_too_long_to_be_kept_is_refused_and_nothing_is_done()
    {
        using var answer = await PostAsync("/api/v1/incidents", """{"title":"Once"}""", key: new string('k', 201));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("Idempotency-Key: Use at most 200 characters.");

        (await BotUnderTest.JsonAsync(admin, "/api/v1/incidents")).GetProperty("items").GetArrayLength().ShouldBe(0);
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
        (await BotUnderTest.JsonAsync(admin, "/api/v1/incidents")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_without_a_gap()
    {
        for (var i = 1; i <= 5; i++)
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

    private async Task<HttpResponseMessage> PostAsync(string path, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        return await admin.SendAsync(request);
    }
}
