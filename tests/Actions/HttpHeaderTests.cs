using Integrations.Alertmanager;
using Integrations.Http;
using Integrations.Prometheus;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>What a step gives as headers arrives as it is given, or nothing is sent at all.</summary>
public sealed class HttpHeaderTests
{
    /// <summary>What may not leave, with what is said of it.</summary>
    public static TheoryData<string, string, string> Refused =>
        new()
        {
            { "X-Team", "a\r\nX-HTTP-Method-Override: DELETE", "without a line break in the value of 'X-Team'" },
            { "X-Team", "a\r\n\r\nDELETE /all HTTP/1.1\r\nHost: x\r\n\r\n", "without a line break in the value of 'X-Team'" },
            { "Authorization", "Bearer planted\n", "without a line break in the value of 'Authorization'" },
            { "X-Team", "a\rb", "without a line break in the value of 'X-Team'" },
            { "X-Team", "a\0b", "without a control character in the value of 'X-Team'" },
            { "X-Team", "a\u0085b", "without a control character in the value of 'X-Team'" },
            { "X-Team", "grün", "without letters beyond ASCII in the value of 'X-Team'" },
            { "X-Team", "a\u010a\u010db", "without letters beyond ASCII in the value of 'X-Team'" },
            { "Bad Name", "x", "without \"Bad Name\": a header's name is one word of letters, digits and hyphens" },
            { "X-A: b\r\nX-B", "x", "without \"X-A: b\\r\\nX-B\": a header's name is one word of letters, digits and hyphens" },
            { "", "x", "without \"\": a header's name is one word of letters, digits and hyphens" },
            { "content-length", "0", "without 'content-length': the connection sets it itself, by what is sent" },
            { "Transfer-Encoding", "chunked", "without 'Transfer-Encoding': the connection sets it itself, by what is sent" },
            { "Connection", "keep-alive", "without 'Connection': the connection sets it itself, by what is sent" },
        };

    [Theory]
    [InlineData("Content-Type", "application/x-www-form-urlencoded")]
    [InlineData("content-type", "no type at all")]
    [InlineData("Content-Encoding", "identity")]
    [InlineData("Content-Language", "de")]
    [InlineData("Last-Modified", "yesterday")]
    [InlineData("Expires", "0")]
    [InlineData("Allow", "GET")]
    [InlineData("ETag", "x")]
    [InlineData("Host", "other.example.com")]
    [InlineData("User-Agent", "mine/1 (of the shop)")]
    [InlineData("Idempotency-Key", "mine")]
    [InlineData("X-Tabbed", "a\tb, c")]
    public async Task A_header_arrives_once_as_it_is_given(string name, string value)
    {
        await using var echo = await EchoServer.StartAsync();
        foreach (var (method, body) in new[] { ("POST", "a=1"), ("PUT", null), ("GET", null), ("HEAD", null), ("DELETE", null) })
        {
            var result = await Called.SucceedsAsync(Request, With(echo.Address.ToString(), name, value, method, body));

            var seen = Sent(result).Split('\n');
            seen.Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                .ShouldHaveSingleItem()
                .ShouldEndWith(": " + value, Case.Sensitive, method);
        }
    }

    [Fact]
    public async Task A_request_without_a_body_has_none_whatever_its_headers_say()
    {
        await using var echo = await EchoServer.StartAsync();

        var seen = Sent(
            await Called.SucceedsAsync(Request, With(echo.Address.ToString(), "Content-Type", "application/json", "GET", null))
        );

        seen.ShouldContain("Content-Length: 0");
        seen.ShouldNotContain("Transfer-Encoding");
    }

    [Theory]
    [InlineData("a\r\nX-Evil: 1", "a%0D%0AX-Evil:%201")]
    [InlineData("?b=c\r\nX-Evil: 1", "?b=c%0D%0AX-Evil:%201")]
    [InlineData("a HTTP/1.1\r\n\r\nDELETE /all", "a%20HTTP/1.1%0D%0A%0D%0ADELETE%20/all")]
    public async Task A_line_break_in_an_address_stays_in_it(string place, string asked)
    {
        await using var echo = await EchoServer.StartAsync();

        var seen = Sent(await Called.SucceedsAsync(Request, new { url = echo.Address + place }));

        seen.Split('\n')[0].ShouldBe("GET /" + asked);
        seen.ShouldNotContain("\nX-Evil");
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_may_not_leave_is_told_and_nothing_is_sent(string name, string value, string told)
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
        var url = $"http://127.0.0.1:{target.Port}/";
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value };
        foreach (var (action, with) in Calls(url, headers))
        {
            var failed = await Called.FailsAsync(action, with, FailureClass.NotSent);

            failed.Because.ShouldBe($"'headers' must be {told}.", action.Name);
        }

        target.Connections.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_may_not_leave_is_told_by_the_rule_that_each_headers_have(string name, string value, string told)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value };
        foreach (
            var argument in Calls("", headers).Select(call => ArgumentList.Of(call.Action.Arguments).Single(one => one.Key is "headers"))
        )
            argument.Rules.ShouldHaveSingleItem().ShouldBeOfType<HttpHeadersAttribute>().Problem(headers).ShouldBe(told);
    }

    [Fact]
    public async Task What_an_API_is_sent_says_its_action()
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = "text/plain" };
        foreach (var (action, with) in Calls("http://127.0.0.1:1/", headers).Where(call => call.Action is not HttpRequestAction))
            (await Called.FailsAsync(action, with, FailureClass.NotSent)).Because.ShouldBe(
                "'headers' must be without 'Content-Type': the action sets it itself, by what it sends."
            );
    }

    [Fact]
    public async Task A_key_that_is_no_header_is_not_sent()
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n");

        var failed = (
            await Called.RunAsync(Request, new { url = $"http://127.0.0.1:{target.Port}/", method = "POST" }, key: "a\r\nX-Evil: 1")
        ).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldBe("'idempotency-key' must be without a line break: it is sent as a header.");
        target.Connections.ShouldBe(0);
    }

    private static HttpRequestAction Request { get; } = new(Called.Outward);

    private static IEnumerable<(IStepAction Action, object With)> Calls(string url, Dictionary<string, string> headers) =>
        [
            (Request, new { url, headers }),
            (
                new PrometheusQueryAction(Called.Outward),
                new
                {
                    url,
                    headers,
                    query = "up",
                }
            ),
            (
                new PrometheusQueryRangeAction(Called.Outward),
                new
                {
                    url,
                    headers,
                    query = "up",
                }
            ),
            (
                new AlertmanagerSilenceAction(Called.Outward),
                new
                {
                    url,
                    headers,
                    matchers = new { service = "shop" },
                    @for = "5m",
                    comment = "test",
                }
            ),
            (new AlertmanagerSilencesAction(Called.Outward), new { url, headers }),
            (
                new AlertmanagerExpireSilenceAction(Called.Outward),
                new
                {
                    url,
                    headers,
                    id = "5b6a3f0e-0d2c-4a52-9a3b-8f6a6d1d2c11",
                }
            ),
        ];

    private static object With(string url, string name, string value, string method, string? body) =>
        new
        {
            url,
            method,
            body,
            headers = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value },
        };

    // What the echo puts into a header as well, since HEAD has no body.
    private static string Sent(System.Text.Json.JsonElement result) =>
        System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(result.GetProperty("headers").GetProperty("x-sent").GetString()!));
}
