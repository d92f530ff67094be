using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Integrations;
using Integrations.Http;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>How far a failed request got: never sent, definitely refused, or nobody knows (docs/adr/0041).</summary>
public sealed class HttpRequestClassTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What a target may do after it took the whole request, so that the effect may have happened.</summary>
    public static TheoryData<string> LostAnswers => [.. Losing.Keys];

    private static readonly Dictionary<string, Func<TcpTarget, Socket, Task>> Losing = new(StringComparer.Ordinal)
    {
        ["resets the connection"] = (_, socket) => TcpTarget.ResetAsync(socket),
        ["closes without a word"] = (_, _) => Task.CompletedTask,
        ["says half a status line"] = (_, socket) => TcpTarget.SayAsync(socket, "HTTP/1.1 20"),
        ["says nonsense"] = (_, socket) => TcpTarget.SayAsync(socket, "220 mail.example.com ESMTP\n"),
        ["breaks off in the headers"] = (_, socket) => TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nContent-Len"),
        ["breaks off after an interim answer"] = (_, socket) => TcpTarget.SayAsync(socket, "HTTP/1.1 102 Processing\n\n"),
        ["breaks off in the body"] = (_, socket) => TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nContent-Length: 100\n\nhalf"),
        ["breaks off in a chunk"] = (_, socket) => TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n10\nhalf"),
        ["resets in the body"] = async (_, socket) =>
        {
            await TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nContent-Length: 100\n\nhalf");
            await TcpTarget.ResetAsync(socket);
        },
    };

    [Theory]
    [MemberData(nameof(LostAnswers))]
    public async Task A_request_that_was_taken_and_not_answered_is_unknown_and_never_sent_again(string what)
    {
        foreach (var effect in Enum.GetValues<StepEffect>())
        foreach (var body in new[] { null, "restart it" })
        {
            await using var target = new TcpTarget(Losing[what]);

            var failed = await FailAsync(Url(target), effect, Patience, body: body);

            failed.Class.ShouldBe(FailureClass.Unknown, $"{effect}: {failed.Because}");
            failed.Because.ShouldNotBeEmpty();
            target.Requests.ShouldBe(1, effect.ToString());
            target.Connections.ShouldBe(1, effect.ToString());
        }
    }

    [Fact]
    public async Task Silence_until_the_time_limit_is_unknown()
    {
        await using var target = new TcpTarget((one, _) => one.StaySilentAsync());

        var failed = await FailAsync(Url(target), StepEffect.Once, TimeSpan.FromSeconds(1));

        failed.Class.ShouldBe(FailureClass.Unknown);
        target.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task A_body_that_never_ends_is_unknown_at_the_time_limit()
    {
        await using var target = new TcpTarget(
            async (one, socket) =>
            {
                await TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nContent-Length: 100\n\nhalf");
                await one.StaySilentAsync();
            }
        );

        (await FailAsync(Url(target), StepEffect.Once, TimeSpan.FromSeconds(1))).Class.ShouldBe(FailureClass.Unknown);
    }

    [Fact]
    public async Task A_refused_connection_was_not_sent() =>
        (await FailAsync($"http://127.0.0.1:{Loopback.FreePort()}/", StepEffect.Once, Patience)).Class.ShouldBe(FailureClass.NotSent);

    [Fact]
    public async Task A_name_that_nobody_knows_was_not_sent() =>
        (await FailAsync("http://nowhere.invalid/", StepEffect.Once, Patience)).Class.ShouldBe(FailureClass.NotSent);

    [Fact]
    public async Task A_host_that_is_not_allowed_was_not_sent_and_the_setting_is_named()
    {
        var failed = await FailAsync("http://192.0.2.1/", StepEffect.Once, Patience);

        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldContain(AllowedHosts.Setting);
        // What was not asked is not ill.
        failed.Result.ShouldBeNull();
    }

    [Fact]
    public async Task A_name_and_a_password_in_the_address_are_refused_and_not_dropped()
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n");

        var failed = await FailAsync($"http://anna:planted@127.0.0.1:{target.Port}/x", StepEffect.Once, Patience);

        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldBe(
            $"'url' holds a user's name or password, and it is not sent from there: take it out (http://127.0.0.1:{target.Port}/x), and give "
                + "`headers: { Authorization: \"Basic …\" }` with the base64 of user:password from a secret."
        );
        target.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_handshake_that_is_answered_without_TLS_says_so()
    {
        await using var target = new LoopbackListener(
            async (socket, stop) =>
            {
                using (socket)
                {
                    await socket.ReceiveAsync(new byte[4096], stop);
                    await TcpTarget.SayAsync(socket, "HTTP/1.1 400 Bad Request\nConnection: close\n\n");
                }
            }
        );

        var failed = await FailAsync($"https://127.0.0.1:{target.Port}/", StepEffect.Once, Patience);

        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldBe("what answers on this port does not speak TLS: is http:// meant, or another port?");
    }

    [Fact]
    public async Task A_failed_handshake_was_not_sent()
    {
        await using var target = TcpTarget.Answering("this is no TLS\n");

        var failed = await FailAsync($"https://127.0.0.1:{target.Port}/", StepEffect.Once, TimeSpan.FromSeconds(2));

        failed.Class.ShouldBe(FailureClass.NotSent, failed.Because);
        target.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task A_connection_that_does_not_come_about_in_time_was_not_sent()
    {
        // A full backlog: the kernel answers no further SYN, as a dead host would.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var address = (IPEndPoint)full.LocalEndPoint!;
        var waiting = new List<Socket>();
        try
        {
            while (await ConnectsAsync(address, waiting)) { }

            var failed = await FailAsync($"http://{address}/", StepEffect.Once, TimeSpan.FromSeconds(1));

            failed.Class.ShouldBe(FailureClass.NotSent, failed.Because);
        }
        finally
        {
            waiting.ForEach(one => one.Dispose());
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(429)]
    public async Task A_definite_no_is_refused_for_every_effect(int status)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 {status} No\nContent-Length: 0\n\n");
        foreach (var effect in Enum.GetValues<StepEffect>())
            (await FailAsync(Url(target), effect, Patience)).Class.ShouldBe(FailureClass.Refused, effect.ToString());
    }

    [Theory]
    [InlineData(502)]
    [InlineData(504)]
    public async Task A_middleman_that_does_not_know_makes_it_unknown_for_every_effect(int status)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 {status} Bad\nContent-Length: 0\n\n");
        foreach (var effect in Enum.GetValues<StepEffect>())
            (await FailAsync(Url(target), effect, Patience)).Class.ShouldBe(FailureClass.Unknown, effect.ToString());
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_service_that_failed_itself_may_have_acted_where_acting_twice_matters(int status)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 {status} Bad\nContent-Length: 0\n\n");

        (await FailAsync(Url(target), StepEffect.Once, Patience)).Class.ShouldBe(FailureClass.Unknown);
        (await FailAsync(Url(target), StepEffect.Keyed, Patience)).Class.ShouldBe(FailureClass.Unknown);
        (await FailAsync(Url(target), StepEffect.Idempotent, Patience)).Class.ShouldBe(FailureClass.Refused);
        (await FailAsync(Url(target), StepEffect.Read, Patience)).Class.ShouldBe(FailureClass.Refused);
    }

    [Theory]
    [InlineData(202)]
    [InlineData(207)]
    [InlineData(303)]
    public async Task A_success_that_was_not_wanted_and_what_a_form_answers_may_have_acted_where_acting_twice_matters(int status)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 {status} Other\nLocation: /done\nContent-Length: 0\n\n");

        (await FailAsync(Url(target), StepEffect.Once, Patience, ok: 200)).Class.ShouldBe(FailureClass.Unknown);
        (await FailAsync(Url(target), StepEffect.Keyed, Patience, ok: 200)).Class.ShouldBe(FailureClass.Unknown);
        (await FailAsync(Url(target), StepEffect.Idempotent, Patience, ok: 200)).Class.ShouldBe(FailureClass.Refused);
        (await FailAsync(Url(target), StepEffect.Read, Patience, ok: 200)).Class.ShouldBe(FailureClass.Refused);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_that_was_to_be_followed_has_not_acted(int status)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 {status} There\nLocation: /there\nContent-Length: 0\n\n");
        foreach (var effect in Enum.GetValues<StepEffect>())
            (await FailAsync(Url(target), effect, Patience)).Class.ShouldBe(FailureClass.Refused, effect.ToString());
    }

    [Fact]
    public async Task A_redirect_of_a_step_that_acts_is_not_followed_although_it_is_asked_for()
    {
        await using var elsewhere = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
        await using var target = TcpTarget.Answering($"HTTP/1.1 307 There\nLocation: {Url(elsewhere)}\nContent-Length: 0\n\n");

        foreach (var effect in new[] { StepEffect.Once, StepEffect.Keyed })
            (await FailAsync(Url(target), effect, Patience, follow: true)).Class.ShouldBe(FailureClass.Refused, effect.ToString());

        elsewhere.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Every_attempt_carries_the_key_of_the_step()
    {
        var keys = new List<string>();
        await using var target = await CountingTarget.StartAsync(call => keys.Add(call.Key));

        await CallAsync(target.Address + "/keyed", StepEffect.Keyed, Patience);
        await CallAsync(target.Address + "/keyed", StepEffect.Keyed, Patience);

        keys.ShouldBe(["the-key", "the-key"]);
    }

    private static string Url(TcpTarget target) => $"http://127.0.0.1:{target.Port}/restart";

    private static async Task<ActionResult.Failed> FailAsync(
        string url,
        StepEffect effect,
        TimeSpan limit,
        bool follow = false,
        string? body = null,
        int? ok = null
    ) => (await CallAsync(url, effect, limit, follow, body, ok)).ShouldBeOfType<ActionResult.Failed>();

    private static async Task<ActionResult> CallAsync(
        string url,
        StepEffect effect,
        TimeSpan limit,
        bool follow = false,
        string? body = null,
        int? ok = null
    )
    {
        var action = new HttpRequestAction(new Outward(new AllowedHosts(["127.0.0.1", "nowhere.invalid"]), TimeProvider.System));
        var method = effect is StepEffect.Read && body is null ? "GET" : "POST";
        var with = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["url"] = url,
            ["method"] = method,
            ["follow-redirects"] = follow,
        };
        if (body is not null)
            with["body"] = body;
        if (ok is { } status)
            with["ok"] = new[] { status };
        var call = new ActionCall(
            "run-1",
            "step",
            "run-1/step",
            null,
            JsonSerializer.SerializeToElement(with),
            effect,
            effect is StepEffect.Keyed ? "the-key" : null,
            1,
            _ => { }
        );
        using var cancel = new CancellationTokenSource(limit);
        try
        {
            return await action.RunAsync(call, cancel.Token);
        }
        catch (OperationCanceledException)
        {
            // What the engine makes of an action that was stopped in the middle.
            return new ActionResult.Failed(FailureClass.Unknown, "no answer in time");
        }
    }

    private static async Task<bool> ConnectsAsync(IPEndPoint address, List<Socket> kept)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        kept.Add(socket);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
