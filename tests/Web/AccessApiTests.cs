using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Tests.Support;

namespace Tests.Web;

public sealed class AccessApiTests : IAsyncLifetime
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
    public async Task An_invited_person_comes_in_once_and_is_leftat_once_when_removed()
    {
        var invited = await CreatedAsync("/api/v1/users", new { name = "anna", role = "responder" });
        var link = new Uri(invited.GetProperty("link").GetString()!).AbsolutePath;
        var anna = bot.Phone();
        using (var looked = await anna.GetAsync(new Uri(link, UriKind.Relative)))
            looked.StatusCode.ShouldBe(HttpStatusCode.OK, "a link program may look before she does");
        using (var used = await BotUnderTest.PostFormAsync(anna, link, link, []))
            used.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await anna.GetAsync(Board)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var thief = bot.Phone();
        (await thief.GetStringAsync(new Uri(link, UriKind.Relative))).ShouldContain("was used already");
        (await BotUnderTest.JsonAsync(admin, "/api/v1/users"))
            .GetProperty("items")[0]
            .GetProperty("role")
            .GetString()
            .ShouldBe("responder");

        (await admin.DeleteAsync(new Uri("/api/v1/users/anna", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await anna.GetAsync(Board)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await admin.DeleteAsync(new Uri("/api/v1/users/anna", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_token_is_shown_once_works_and_ends_when_revoked()
    {
        var created = await CreatedAsync(
            "/api/v1/tokens",
            new
            {
                name = "ci",
                role = "responder",
                groups = new[] { "oncall" },
            }
        );
        var ci = bot.WithToken(created.GetProperty("token").GetString()!);
        (await ci.GetAsync(Incidents)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var listed = (await BotUnderTest.JsonAsync(admin, "/api/v1/tokens")).GetRawText();
        listed.ShouldContain("\"ci\"");
        listed.ShouldNotContain(created.GetProperty("token").GetString()!);

        (await admin.DeleteAsync(new Uri("/api/v1/tokens/ci", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ci.GetAsync(Incidents)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_repeat_makes_nothing_new_and_does_not_show_the_secret_again()
    {
        using var first = await SendAsync("/api/v1/tokens", new { name = "ci", role = "viewer" }, "key-1");
        using var again = await SendAsync("/api/v1/tokens", new { name = "ci", role = "viewer" }, "key-1");
        using var other = await SendAsync("/api/v1/tokens", new { name = "ci", role = "admin" }, "key-1");

        first.StatusCode.ShouldBe(HttpStatusCode.Created);
        again.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        other.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var ci = bot.WithToken((await first.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!);
        (await ci.GetAsync(Incidents)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/api/v1/users", "anna", "emperor", "role")]
    [InlineData("/api/v1/users", "Anna Müller", "viewer", "name")]
    [InlineData("/api/v1/tokens", "ci", "2", "role")]
    public async Task A_wrong_field_is_named(string door, string name, string role, string field)
    {
        using var answer = await SendAsync(door, new { name, role }, null);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe(field);
    }

    [Fact]
    public async Task A_session_ends_with_the_sign_out()
    {
        var anna = await bot.PersonAsync("anna", Role.Viewer);
        (await anna.GetAsync(Board)).StatusCode.ShouldBe(HttpStatusCode.OK);

        using var left = await BotUnderTest.PostFormAsync(anna, "/console", "/sign-out", []);

        left.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await anna.GetAsync(Board)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Links_for_the_first_admin_work_side_by_side_until_one_is_used()
    {
        // As two nodes print them that start together.
        var desk = bot.Get<AccessDesk>();
        var one = await desk.FirstLinkAsync(default);
        var two = await desk.FirstLinkAsync(default);

        (await desk.RedeemAsync(one!, default)).Accepted.ShouldBeTrue();
        (await desk.RedeemAsync(two!, default)).Accepted.ShouldBeFalse();
        (await desk.FirstLinkAsync(default)).ShouldBeNull();

        // Later a new link takes the place of the old one.
        var (_, old) = await desk.InviteAsync(AccessDesk.FirstUser, Role.Admin, [], Actor.System, default);
        var (_, fresh) = await desk.InviteAsync(AccessDesk.FirstUser, Role.Admin, [], Actor.System, default);
        (await desk.RedeemAsync(old!, default)).Accepted.ShouldBeFalse();
        (await desk.RedeemAsync(fresh!, default)).Accepted.ShouldBeTrue();
    }

    [Fact]
    public async Task The_last_admin_can_neither_be_removed_nor_made_less()
    {
        await bot.PersonAsync("olga", Role.Admin);
        using (var removed = await admin.DeleteAsync(new Uri("/api/v1/users/olga", UriKind.Relative)))
        {
            removed.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            (await removed.Content.ReadAsStringAsync()).ShouldContain("olga is the last admin. Invite another one first.");
        }

        using (var less = await SendAsync("/api/v1/users", new { name = "olga", role = "viewer" }, null))
            less.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        await CreatedAsync("/api/v1/users", new { name = "pia", role = "admin" });
        (await admin.DeleteAsync(new Uri("/api/v1/users/olga", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_token_for_a_source_that_is_not_there_says_so()
    {
        var typo = await CreatedAsync("/api/v1/tokens", new { name = "am", role = "source:alertmanger" });
        typo.GetProperty("note").GetString()!.ShouldContain("Alerts:Sources:alertmanger:Kind");

        var right = await CreatedAsync("/api/v1/tokens", new { name = "right", role = "source:" + BotUnderTest.Source });
        right.GetProperty("note").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    private static Uri Board { get; } = new("/", UriKind.Relative);

    private static Uri Incidents { get; } = new("/api/v1/incidents", UriKind.Relative);

    private async Task<JsonElement> CreatedAsync(string door, object body)
    {
        using var answer = await SendAsync(door, body, null);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> SendAsync(string door, object body, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, door) { Content = JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await admin.SendAsync(request);
    }
}
