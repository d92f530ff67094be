using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Integrations;
using Integrations.Alertmanager;
using Integrations.Prometheus;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Targets that misbehave, for the actions on HTTP APIs of the monitoring: each ends in the right class, in bounded time and memory.</summary>
public sealed class OutwardApiTests
{
    private static readonly Dictionary<string, (IStepAction Action, Func<string, object> With)> Calls = new(StringComparer.Ordinal)
    {
        ["prometheus/query"] = (new PrometheusQueryAction(Called.Outward), url => new { url, query = "up" }),
        ["prometheus/query-range"] = (new PrometheusQueryRangeAction(Called.Outward), url => new { url, query = "up" }),
        ["alertmanager/silence"] = (
            new AlertmanagerSilenceAction(Called.Outward),
            url => new
            {
                url,
                matchers = new { service = "shop" },
                @for = "5m",
                comment = "test",
            }
        ),
        ["alertmanager/silences"] = (new AlertmanagerSilencesAction(Called.Outward), url => new { url }),
        ["alertmanager/expire-silence"] = (
            new AlertmanagerExpireSilenceAction(Called.Outward),
            url => new { url, id = "5b6a3f0e-0d2c-4a52-9a3b-8f6a6d1d2c11" }
        ),
    };

    public static TheoryData<string> Actions => [.. Calls.Keys];

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task A_lost_answer_is_unknown_and_nothing_is_sent_again(string action)
    {
        await using var target = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));

        await FailsAsync(action, Url(target), FailureClass.Unknown);

        (target.Requests, target.Connections).ShouldBe((1, 1));
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Silence_and_a_trickle_are_unknown_at_the_time_limit(string action)
    {
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        await using var slow = new TcpTarget(
            async (one, socket) =>
            {
                await TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nContent-Length: 1000000\n\n{");
                await one.StaySilentAsync();
            }
        );

        await FailsAsync(action, Url(silent), FailureClass.Unknown, TimeSpan.FromSeconds(1));
        await FailsAsync(action, Url(slow), FailureClass.Unknown, TimeSpan.FromSeconds(1));

        silent.Requests.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task An_answer_without_end_is_cut_off(string action)
    {
        var said = 0L;
        await using var target = new TcpTarget(
            async (_, socket) =>
            {
                await TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nContent-Type: application/json\n\n");
                var block = new byte[64 * 1024];
                Array.Fill(block, (byte)' ');
                // Until the caller hangs up: a gigabyte at most.
                while (said < 1_000_000_000)
                    said += await socket.SendAsync(block, SocketFlags.None);
            }
        );

        (await FailsAsync(action, Url(target), FailureClass.Unknown)).Because.ShouldContain("more than 10 MB");

        said.ShouldBeLessThan(100_000_000);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Nobody_there_no_such_name_and_a_forbidden_host_were_not_sent(string action)
    {
        await FailsAsync(action, $"http://127.0.0.1:{Loopback.FreePort()}", FailureClass.NotSent);
        await FailsAsync(action, "http://nowhere.invalid", FailureClass.NotSent);
        (await FailsAsync(action, "http://192.0.2.1", FailureClass.NotSent)).Because.ShouldContain(AllowedHosts.Setting);
        (await FailsAsync(action, "ftp://anna:secret@127.0.0.1", FailureClass.NotSent)).Because.ShouldNotContain("secret");
        var named = (await FailsAsync(action, "http://anna:planted@127.0.0.1:9090", FailureClass.NotSent)).Because;
        named.ShouldStartWith("'url' holds a user's name or password, and it is not sent from there: take it out (http://127.0.0.1:9090/)");
        named.ShouldNotContain("planted");
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task What_stands_behind_the_path_of_a_base_address_is_refused_and_not_lost(string action)
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}");

        foreach (var (behind, kind) in new[] { ("?token=planted", "query"), ("#graph", "fragment") })
            (await FailsAsync(action, Url(target) + "/prefix/" + behind, FailureClass.NotSent)).Because.ShouldBe(
                $"'url' has a {kind} behind its path, where the API's own paths come, and it would be lost: take it out ({Url(target)}/prefix/)."
            );

        target.Connections.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task A_certificate_that_nobody_vouches_for_was_not_sent(string action)
    {
        using var target = TlsTarget.SelfSigned();

        (await FailsAsync(action, target.Address, FailureClass.NotSent)).Because.ShouldBe(
            "the server's certificate is not trusted: nobody who is trusted vouches for it: CN=localhost signed itself"
        );

        target.Requests.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task A_redirect_is_not_followed(string action)
    {
        await using var elsewhere = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}");
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 307 There\nLocation: {Url(elsewhere)}?token=planted\nContent-Length: 0\n\n"
        );

        (await FailsAsync(action, Url(target), FailureClass.Refused)).Because.ShouldBe(
            $"the answer was 307: it redirects to {Url(elsewhere)}/, which is not followed. Give the address that is meant."
        );

        elsewhere.Connections.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task A_failure_of_the_service_is_unknown_where_acting_twice_matters(string action)
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 503 Busy\nContent-Length: 0\n\n");
        await using var middle = TcpTarget.Answering("HTTP/1.1 502 Bad\nContent-Length: 0\n\n");
        var once = Calls[action].Action.EffectOf(default) is StepEffect.Once;

        await FailsAsync(action, Url(target), once ? FailureClass.Unknown : FailureClass.Refused);
        await FailsAsync(action, Url(middle), FailureClass.Unknown);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Nothing_leaves_after_the_deadline(string action)
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
        var (one, with) = Calls[action];

        await Called.FailsAsync(one, with(Url(target)), FailureClass.NotSent, deadline: TimeProvider.System.GetUtcNow());

        target.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task Where_a_servers_words_are_cut_no_half_of_a_secret_is_left()
    {
        const string secret = "planted-3c5e81f0aa";
        var body = JsonSerializer.Serialize(
            new
            {
                status = "error",
                errorType = "bad_data",
                error = new string('x', 280) + secret,
            }
        );
        await using var target = TcpTarget.Answering($"HTTP/1.1 400 Bad Request\nContent-Length: {body.Length}\n\n{body}");
        var (action, with) = Calls["prometheus/query"];

        var failed = await Called.RunAsync(action, with(Url(target)), mask: new SecretMask([secret]));

        failed.ShouldBeOfType<ActionResult.Failed>().Because.ShouldEndWith("x***");
    }

    private static string Url(TcpTarget target) => $"http://{IPAddress.Loopback}:{target.Port}";

    private static Task<ActionResult.Failed> FailsAsync(string action, string url, FailureClass expected, TimeSpan? limit = null) =>
        Called.FailsAsync(Calls[action].Action, Calls[action].With(url), expected, limit);
}
