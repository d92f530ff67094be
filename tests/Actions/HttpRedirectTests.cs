using Integrations.Http;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>What a step sends to one origin reaches no other by a redirect.</summary>
public sealed class HttpRedirectTests : IAsyncLifetime
{
    private EchoServer here = null!;
    private EchoServer there = null!;

    public async Task InitializeAsync() => (here, there) = (await EchoServer.StartAsync(), await EchoServer.StartAsync());

    public async Task DisposeAsync()
    {
        await here.DisposeAsync();
        await there.DisposeAsync();
    }

    [Fact]
    public async Task What_shows_who_asks_does_not_reach_another_origin()
    {
        var seen = await BodyAsync(here.To(there.Address.ToString()));

        seen.ShouldNotContain("planted");
        seen.ShouldContain("Accept: text/plain");
        seen.ShouldContain($"Host: {there.Address.Authority}");
    }

    [Fact]
    public async Task It_does_not_come_back_by_way_of_another_origin() =>
        (await BodyAsync(here.To(there.To(here.Address.ToString())))).ShouldNotContain("planted");

    [Fact]
    public async Task The_same_host_by_another_name_is_another_origin() =>
        (await BodyAsync(here.To($"http://localhost:{here.Address.Port}/"))).ShouldNotContain("planted");

    [Theory]
    [InlineData("/there")]
    [InlineData(null)]
    public async Task At_the_same_origin_the_request_stays_what_it_was(string? relative)
    {
        var seen = await BodyAsync(here.To(relative ?? here.Address.ToString()));

        foreach (
            var header in (string[])["Authorization: Bearer planted-1", "X-Api-Key: planted-2", "Cookie: planted-3", "X-Tenant: planted-4"]
        )
            seen.ShouldContain(header);
    }

    [Theory]
    [InlineData(301, "GET", false)]
    [InlineData(303, "GET", false)]
    [InlineData(307, "POST", true)]
    [InlineData(308, "POST", true)]
    public async Task A_body_goes_on_where_the_answer_says_so(int status, string method, bool hasBody)
    {
        var seen = await BodyAsync(here.To(there.Address.ToString(), status), "POST", "a question");

        seen.ShouldStartWith($"{method} /");
        seen.Contains("a question", StringComparison.Ordinal).ShouldBe(hasBody);
        seen.ShouldNotContain("planted");
    }

    [Fact]
    public async Task A_body_with_a_secret_goes_to_no_other_origin()
    {
        var lines = new List<string>();

        var result = await AskAsync(here.To(there.Address.ToString(), 307), "POST", "it is of-the-run", lines.Add);

        result.ShouldBeOfType<ActionResult.Failed>().Because.ShouldContain("307");
        lines.ShouldContain($"the redirect to {there.Address} is not followed: the body holds a secret");
        (await BodyAsync(here.To("/there", 307), "POST", "it is of-the-run")).ShouldContain("it is ***");
    }

    [Fact]
    public async Task A_redirect_to_a_host_that_may_not_be_called_ends_there()
    {
        var failed = (await AskAsync(here.To("http://192.0.2.1/"))).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldContain("Runbooks:AllowedHosts");
    }

    [Theory]
    [InlineData("PUT", 303)]
    [InlineData("PUT", 302)]
    [InlineData("DELETE", 303)]
    [InlineData("DELETE", 307)]
    [InlineData("POST", 302)]
    public async Task What_may_have_acted_before_a_redirect_is_never_not_sent(string method, int status)
    {
        foreach (
            var (place, why) in new[]
            {
                ($"http://127.0.0.1:{Loopback.FreePort()}/", "refused"),
                ("http://192.0.2.1/", "Runbooks:AllowedHosts"),
            }
        )
        {
            await using var target = TcpTarget.Answering(
                $"HTTP/1.1 {status} Done\nLocation: {place}\nContent-Length: 0\nConnection: close\n\n"
            );

            var failed = (
                await AskAsync($"http://127.0.0.1:{target.Port}/", method, "x", effect: StepEffect.Idempotent)
            ).ShouldBeOfType<ActionResult.Failed>();

            target.Requests.ShouldBe(1);
            failed.Class.ShouldBe(FailureClass.Unknown, failed.Because);
            failed.Because.ShouldStartWith($"the request was answered with {status} and may have acted; where that leads to, ");
            failed.Because.ShouldContain(why);
        }
    }

    [Theory]
    [InlineData("PUT", 303, FailureClass.Unknown)]
    [InlineData("POST", 301, FailureClass.Unknown)]
    [InlineData("PUT", 302, FailureClass.Refused)]
    [InlineData("PUT", 307, FailureClass.Refused)]
    public async Task A_no_to_a_look_says_nothing_of_what_was_done_before_it(string method, int status, FailureClass expected)
    {
        await using var gone = TcpTarget.Answering("HTTP/1.1 404 Not Found\nContent-Length: 0\nConnection: close\n\n");

        var failed = (
            await AskAsync(here.To($"http://127.0.0.1:{gone.Port}/", status), method, "x", effect: StepEffect.Idempotent)
        ).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(expected, failed.Because);
        failed.Because.ShouldEndWith("the answer was 404 Not Found");
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        await using var circle = TcpTarget.Answering("HTTP/1.1 302 There\nLocation: /\nContent-Length: 0\nConnection: close\n\n");

        var result = await AskAsync($"http://127.0.0.1:{circle.Port}/");

        result.ShouldBeOfType<ActionResult.Failed>().Because.ShouldContain("302");
        circle.Requests.ShouldBe(51);
    }

    private async Task<string> BodyAsync(string url, string method = "GET", string? body = null)
    {
        var result = await AskAsync(url, method, body);
        return result
            .ShouldBeOfType<ActionResult.Succeeded>((result as ActionResult.Failed)?.Because)
            .Result.GetProperty("body")
            .GetString()!;
    }

    private static Task<ActionResult> AskAsync(
        string url,
        string method = "GET",
        string? body = null,
        Action<string>? output = null,
        StepEffect effect = StepEffect.Read
    ) =>
        Called.RunAsync(
            new HttpRequestAction(Called.Outward),
            new
            {
                url,
                method,
                body,
                followRedirects = true,
                headers = new Dictionary<string, string>
                {
                    ["Authorization"] = "Bearer planted-1",
                    ["X-Api-Key"] = "planted-2",
                    ["Cookie"] = "planted-3",
                    ["X-Tenant"] = "planted-4",
                    ["Accept"] = "text/plain",
                },
            },
            output: output,
            mask: new SecretMask(["of-the-run"]),
            effect: effect
        );
}
