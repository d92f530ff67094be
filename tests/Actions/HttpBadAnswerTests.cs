using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Integrations.Http;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>Answers that never end, end too late or unfold without bound: each is a bounded result or a clear failure.</summary>
public sealed class HttpBadAnswerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_body_is_cut_at_max_bytes_and_not_in_the_middle_of_a_secret()
    {
        await using var target = TcpTarget.Answering(
            "HTTP/1.1 200 OK\nContent-Length: 1000\n\n" + new string('x', 90) + "hunter2!" + new string('y', 902)
        );

        var result = (await CallAsync(target, "94B", "hunter2!")).ShouldBeOfType<ActionResult.Succeeded>().Result;

        result.GetProperty("body").GetString().ShouldBe(new string('x', 90));
    }

    [Fact]
    public async Task A_body_that_unfolds_to_a_gigabyte_is_cut_at_max_bytes()
    {
        var bomb = Bomb();
        await using var target = new TcpTarget(
            async (_, socket) =>
            {
                await TcpTarget.SayAsync(socket, $"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {bomb.Length}\n\n");
                await SendAsync(socket, bomb);
            }
        );

        var result = (await CallAsync(target, "1MB")).ShouldBeOfType<ActionResult.Succeeded>().Result;

        result.GetProperty("body").GetString()!.Length.ShouldBe(1_000_000);
        result.GetProperty("json").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("""{"errors":["a","b","c"]}""", "10B", "only the first 10 bytes of the answer are here, see 'max-bytes'")]
    [InlineData("""  "one long text" """, "10B", "only the first 10 bytes of the answer are here, see 'max-bytes'")]
    [InlineData("DEEP", "1MB", "it is nested 64 levels deep, and 63 can be read")]
    public async Task JSON_that_cannot_be_read_is_not_nothing(string body, string maxBytes, string because)
    {
        body = body.Replace("DEEP", new string('[', 64) + new string(']', 64), StringComparison.Ordinal);
        foreach (var status in (string[])["200 OK", "404 Not Found"])
        {
            await using var target = TcpTarget.Answering($"HTTP/1.1 {status}\nContent-Length: {body.Length}\n\n{body}");

            var result = await CallAsync(target, maxBytes);

            var unread = result.Unread.ShouldHaveSingleItem();
            unread.Place.ShouldBe("/json");
            var found = result is ActionResult.Succeeded done ? done.Result : ((ActionResult.Failed)result).Result!.Value;
            var seen = (MapValue)KeptValues.AsItCame(found, result.Unread)!;
            seen.TryGet("status", out var code).ShouldBeTrue();
            code.ShouldBe(double.Parse(status[..3]));
            seen.TryGet("body", out var text).ShouldBeTrue();
            text.ShouldBe(body[..Math.Min(body.Length, maxBytes == "10B" ? 10 : body.Length)]);
            seen.TryGet("json", out var json).ShouldBeTrue();
            Should.Throw<ExpressionException>(() => Values.ToText(json)).Message.ShouldStartWith($"'result.json' was not read: {because}");
        }
    }

    [Fact]
    public async Task Later_steps_are_told_the_same_of_it()
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 200 OK\nContent-Length: 12\n\n[1,2,3,4,5,6]");
        var result = (await CallAsync(target, "5B")).ShouldBeOfType<ActionResult.Succeeded>();
        var ended = new RunFact.StepEnded("step", 1, StepOutcome.Success, null, result.Result, null, null, Cut: result.Unread);

        var shown = Shown.Of(ended, SecretMask.None, RunRoom.MostOfOne);

        shown.Cut.ShouldBe(result.Unread);
        var kept = (MapValue)KeptValues.Of(shown.Outputs, [], shown.Cut!, "steps.step.outputs")!;
        kept.TryGet("json", out var json).ShouldBeTrue();
        Should.Throw<ExpressionException>(() => Values.IsTruthy(json)).Message.ShouldStartWith("'steps.step.outputs.json' was not read: ");
    }

    [Theory]
    [InlineData("no JSON at all", "5B")]
    [InlineData("{\"a\": nonsense}", "1MB")]
    [InlineData("<html><body></body></html>", "10B")]
    public async Task What_is_no_JSON_has_none(string body, string maxBytes)
    {
        await using var target = TcpTarget.Answering($"HTTP/1.1 200 OK\nContent-Length: {body.Length}\n\n{body}");

        var result = (await CallAsync(target, maxBytes)).ShouldBeOfType<ActionResult.Succeeded>();

        result.Unread.ShouldBeEmpty();
        result.Result.GetProperty("json").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Headers_without_end_are_a_failure()
    {
        await using var target = new TcpTarget(
            async (_, socket) =>
            {
                await TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\n");
                for (var i = 0; i < 1_000_000; i++)
                {
                    if (!await SendAsync(socket, Encoding.ASCII.GetBytes($"X-{i}: {new string('h', 1000)}\r\n")))
                        return;
                }
            }
        );

        var failed = (await CallAsync(target, "1MB")).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(FailureClass.Unknown);
        failed.Because.ShouldNotBeEmpty();
        target.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_that_trickles_ends_at_the_time_limit()
    {
        await using var target = new TcpTarget(
            async (target, socket) =>
            {
                await TcpTarget.SayAsync(socket, "HTTP/1.1 200 OK\nContent-Length: 1000\n\nx");
                await target.StaySilentAsync();
            }
        );
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), TimeProvider.System);

        await Should.ThrowAsync<OperationCanceledException>(() => CallAsync(target, "1MB", cancel: limit.Token));
    }

    // 1 GiB of zeros in about 1 MB.
    private static byte[] Bomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < 1024; i++)
                gzip.Write(zeros);
        }

        return packed.ToArray();
    }

    private static async Task<bool> SendAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes, SocketFlags.None);
            return true;
        }
        catch (SocketException)
        {
            // The caller has had enough.
            return false;
        }
    }

    private static async Task<ActionResult> CallAsync(
        TcpTarget target,
        string maxBytes,
        string? secret = null,
        CancellationToken cancel = default
    )
    {
        var with = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["url"] = $"http://127.0.0.1:{target.Port}/",
            ["method"] = "POST",
            ["max-bytes"] = maxBytes,
        };
        var call = new ActionCall(
            "run-1",
            "step",
            "run-1/step",
            null,
            JsonSerializer.SerializeToElement(with),
            StepEffect.Once,
            null,
            1,
            _ => { }
        )
        {
            Secrets = new CallMask(new SecretMask(secret is null ? [] : [secret])),
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        return await new HttpRequestAction(Called.Outward).RunAsync(call, limit.Token);
    }
}
