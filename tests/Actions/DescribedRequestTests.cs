using Integrations.Alertmanager;
using Integrations.Prometheus;
using Runbooks.Actions;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>Every request that an action makes is one that its vendor's own OpenAPI description knows; GitHub's has tests of its own.</summary>
public sealed class DescribedRequestTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, string> Shop = new(StringComparer.Ordinal) { ["service"] = "shop" };

    [Fact]
    public Task Those_to_Alertmanager() =>
        AllAreKnownAsync(
            new ApiDescription("alertmanager-api/operations.json"),
            [
                (
                    new AlertmanagerSilenceAction(Called.Outward),
                    url => new
                    {
                        url,
                        matchers = Shop,
                        @for = "2h",
                        comment = "test",
                    }
                ),
                (new AlertmanagerSilencesAction(Called.Outward), url => new { url }),
                (new AlertmanagerSilencesAction(Called.Outward), url => new { url, matchers = Shop }),
                (new AlertmanagerExpireSilenceAction(Called.Outward), url => new { url, id = "5b6a3f0e-0d2c-4a52-9a3b-8f6a6d1d2c11" }),
            ],
            "POST /api/v2/silences",
            "GET /api/v2/silences",
            "DELETE /api/v2/silence/{silenceID}"
        );

    [Fact]
    public Task Those_to_Prometheus() =>
        AllAreKnownAsync(
            new ApiDescription("prometheus/operations.json"),
            [
                (new PrometheusQueryAction(Called.Outward), url => new { url, query = "up" }),
                (
                    new PrometheusQueryAction(Called.Outward),
                    url => new
                    {
                        url,
                        query = "sum(rate(http_requests_total{code=~\"5..\"}[5m])) / 2",
                        time = Noon,
                    }
                ),
                (new PrometheusQueryRangeAction(Called.Outward), url => new { url, query = "up" }),
                (
                    new PrometheusQueryRangeAction(Called.Outward),
                    url => new
                    {
                        url,
                        query = "up",
                        since = "2h",
                        until = Noon,
                        step = "15s",
                    }
                ),
            ],
            "GET /api/v1/query",
            "GET /api/v1/query_range"
        );

    [Fact]
    public void A_request_that_is_not_described_is_told()
    {
        var description = new ApiDescription("prometheus/operations.json");
        var request = new Microsoft.AspNetCore.Http.DefaultHttpContext().Request;
        request.QueryString = new Microsoft.AspNetCore.Http.QueryString("?querry=up&limit=few");

        description
            .Find("GET", "/api/v1/query")!
            .Problems(request, "")
            .ShouldBe([
                "no query parameter 'querry'",
                "the query parameter 'limit' may not be 'few'",
                "the query parameter 'query' is missing",
            ]);
        description.Find("PUT", "/api/v1/query").ShouldBeNull();
    }

    [Fact]
    public void A_body_that_is_not_there_or_should_not_be_is_told()
    {
        var description = new ApiDescription("alertmanager-api/operations.json");
        var request = new Microsoft.AspNetCore.Http.DefaultHttpContext().Request;

        description.Find("POST", "/api/v2/silences")!.Problems(request, "").ShouldBe(["the body is missing"]);
        description.Find("GET", "/api/v2/silences")!.Problems(request, "{}").ShouldBe(["a body, and there is none"]);
    }

    [Fact]
    public void A_value_of_another_format_is_told_in_the_path_and_in_a_body()
    {
        var description = new ApiDescription("alertmanager-api/operations.json");
        var request = new Microsoft.AspNetCore.Http.DefaultHttpContext().Request;
        request.ContentType = "application/json";

        request.Path = "/api/v2/silence/last";
        description.Find("DELETE", request.Path)!.Problems(request, "").ShouldBe(["the path parameter 'silenceID' may not be 'last'"]);
        request.Path = "/api/v2/silences";
        description
            .Find("POST", request.Path)!
            .Problems(
                request,
                """{ "matchers": [], "startsAt": "now", "endsAt": "2026-01-01T00:00:00Z", "createdBy": "anna", "comment": "why" }"""
            )
            .ShouldContain(problem => problem.StartsWith("/startsAt "));
    }

    private static async Task AllAreKnownAsync(
        ApiDescription description,
        (IStepAction Action, Func<string, object> With)[] calls,
        params string[] expected
    )
    {
        await using var server = await DescribedServer.StartAsync(description);

        foreach (var (action, with) in calls)
            await Called.SucceedsAsync(action, with(server.Address));

        server.Objections.ShouldBeEmpty();
        expected.ShouldBeSubsetOf(server.Requests);
    }
}
