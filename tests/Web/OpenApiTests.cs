using System.Text.Json;
using Bot.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tests.Support;

namespace Tests.Web;

/// <summary>The generated description of the HTTP doors against the doors that are there.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private BotUnderTest bot = null!;
    private JsonElement document;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync();
        document = await BotUnderTest.JsonAsync(await bot.TokenAsync(Role.Viewer), "/openapi/v1.json");
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public void It_is_OpenAPI_3_1_and_says_how_to_come_in()
    {
        document.GetProperty("openapi").GetString()!.ShouldStartWith("3.1.");
        document
            .GetProperty("components")
            .GetProperty("securitySchemes")
            .GetProperty("bearer")
            .GetProperty("scheme")
            .GetString()
            .ShouldBe("bearer");
        document.GetProperty("security")[0].TryGetProperty("bearer", out _).ShouldBeTrue();
    }

    [Fact]
    public void Every_door_for_programs_is_described_and_says_what_it_does()
    {
        var described = Operations().ToDictionary(door => door.Name, door => door.Operation);
        foreach (var door in Doors())
            described.ShouldContainKey(door);
        described.ShouldContainKey("POST /alerts/{source}");
        described.ShouldContainKey("POST /alerts/{source}/{route}");
        described.ShouldContainKey("GET /metrics");
        foreach (var (name, operation) in described)
        {
            operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty(name);
            operation.GetProperty("responses").EnumerateObject().Any(answer => answer.Name[0] is '2').ShouldBeTrue(name);
        }
    }

    [Fact]
    public void Every_post_of_the_API_takes_an_Idempotency_Key()
    {
        foreach (var (name, operation) in Operations().Where(door => door.Name.StartsWith("POST /api/", StringComparison.Ordinal)))
        {
            operation
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(parameter => parameter.GetProperty("name").GetString())
                .ShouldContain("Idempotency-Key", name);
            operation.GetProperty("responses").TryGetProperty("422", out _).ShouldBeTrue(name);
        }
    }

    private IEnumerable<(string Name, JsonElement Operation)> Operations() =>
        document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject().Select(operation => ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value))
            );

    private IEnumerable<string> Doors() =>
        bot
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))
            .Select(route =>
                $"{route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} /{route.RoutePattern.RawText!.TrimStart('/')}"
            );
}
