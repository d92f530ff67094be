using System.Net;
using Bot.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tests.Support;

namespace Tests.Web;

/// <summary>Every door of the running bot, asked by everybody: a new route that says nothing of who may come in fails here.</summary>
public sealed class DoorTests : IAsyncLifetime
{
    /// <summary>What is open to strangers; everything else needs somebody.</summary>
    private static readonly HashSet<string> Open =
    [
        "GET /health/live",
        "GET /health/ready",
        "GET /sign-in",
        "GET /sign-in/{token}",
        "POST /sign-in/{token}",
        "GET /ack/{token}",
        "POST /ack/{token}",
        "GET /assets/{version}/{name}",
    ];

    /// <summary>What needs more than a viewer.</summary>
    private static readonly Dictionary<string, Role> Needs = new()
    {
        ["POST /api/v1/incidents"] = Role.Responder,
        ["POST /api/v1/runs"] = Role.Responder,
        ["POST /api/v1/runs/{id}/decisions"] = Role.Responder,
        ["POST /api/v1/automation"] = Role.Responder,
        ["POST /api/v1/drills"] = Role.Responder,
        ["GET /api/v1/users"] = Role.Admin,
        ["POST /api/v1/users"] = Role.Admin,
        ["DELETE /api/v1/users/{name}"] = Role.Admin,
        ["GET /api/v1/tokens"] = Role.Admin,
        ["POST /api/v1/tokens"] = Role.Admin,
        ["DELETE /api/v1/tokens/{name}"] = Role.Admin,
        ["POST /runs/{id}/decisions"] = Role.Responder,
        ["POST /runbooks/{name}/start"] = Role.Responder,
        ["POST /runbooks/{name}/drill"] = Role.Responder,
        ["POST /runbooks/automation"] = Role.Responder,
        ["POST /health/effects/{id}/retry"] = Role.Responder,
        ["POST /people/invite"] = Role.Admin,
        ["POST /people/remove"] = Role.Admin,
        ["POST /people/tokens"] = Role.Admin,
        ["POST /people/tokens/revoke"] = Role.Admin,
    };

    private BotUnderTest bot = null!;

    public async Task InitializeAsync() => bot = await BotUnderTest.StartAsync();

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_stranger_finds_every_door_closed_but_the_few_that_are_open()
    {
        var stranger = bot.Stranger();
        foreach (var door in Doors())
        {
            using var answer = await KnockAsync(stranger, door);
            var closed = answer.StatusCode is HttpStatusCode.Unauthorized || LeadsToSignIn(answer);
            closed.ShouldBe(!Open.Contains(door), $"{door} answered {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task A_token_that_only_delivers_alerts_opens_nothing_else()
    {
        var source = bot.WithToken(await SourceTokenAsync());
        foreach (var door in Doors().Where(door => !Open.Contains(door)))
        {
            using var answer = await KnockAsync(source, door);
            ((int)answer.StatusCode).ShouldBeOneOf([401, 403], door);
        }
    }

    [Theory]
    [InlineData(nameof(Role.Viewer))]
    [InlineData(nameof(Role.Responder))]
    [InlineData(nameof(Role.Approver))]
    [InlineData(nameof(Role.Admin))]
    public async Task A_role_opens_its_doors_and_no_others(string name)
    {
        var role = Enum.Parse<Role>(name);
        var client = await bot.TokenAsync(role);
        foreach (var door in Doors().Where(door => !Open.Contains(door)))
        {
            using var answer = await KnockAsync(client, door);
            var opened = answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
            opened.ShouldBe(role >= Needs.GetValueOrDefault(door, Role.Viewer), $"{door} answered {answer.StatusCode}");
        }
    }

    [Fact]
    public void Every_door_named_here_is_there()
    {
        var doors = Doors().ToList();
        foreach (var door in Open.Concat(Needs.Keys))
            doors.ShouldContain(door);
    }

    /// <summary>All routes; the alert intake has its own gate, by source.</summary>
    private IEnumerable<string> Doors() =>
        bot
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .SelectMany(route =>
                (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method =>
                    $"{method} /{route.RoutePattern.RawText!.TrimStart('/')}"
                )
            )
            .Where(door => !door.Contains("/alerts/{source}", StringComparison.Ordinal))
            .Distinct()
            .Order(StringComparer.Ordinal);

    private static async Task<HttpResponseMessage> KnockAsync(HttpClient client, string door)
    {
        var (method, pattern) = (door.Split(' ')[0], door.Split(' ')[1]);
        var path = pattern
            .Replace("{documentName}", "v1", StringComparison.Ordinal)
            .Replace("{id}", "inc-1", StringComparison.Ordinal)
            .Replace("{", "", StringComparison.Ordinal)
            .Replace("}", "", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is not "GET")
            request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static bool LeadsToSignIn(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/sign-in", StringComparison.Ordinal);

    private async Task<string> SourceTokenAsync()
    {
        var (answer, secret) = await bot.Get<Bot.Desk.AccessDesk>()
            .CreateTokenAsync("am-token", Role.Viewer, [], BotUnderTest.Source, Bot.Log.Actor.System, default);
        answer.Accepted.ShouldBeTrue(answer.Text);
        return secret!;
    }
}
