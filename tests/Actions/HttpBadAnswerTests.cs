using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Integrations.Http;
using Runbooks.Actions;
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
