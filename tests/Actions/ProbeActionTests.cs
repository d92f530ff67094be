using System.Net;
using System.Net.Sockets;
using Integrations.Probes;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Probes: what is broken is a result with its reason, and only what could not be looked at is a failure.</summary>
public sealed class ProbeActionTests
{
    [Fact]
    public async Task A_port_is_open_or_says_why_not()
    {
        var probe = new TcpConnectAction(Called.Outward);
        await using var target = TcpTarget.Answering("");

        (await Called.SucceedsAsync(probe, new { address = $"127.0.0.1:{target.Port}" })).GetProperty("ok").GetBoolean().ShouldBeTrue();
        var closed = await Called.SucceedsAsync(probe, new { address = $"127.0.0.1:{Loopback.FreePort()}" });
        closed.GetProperty("ok").GetBoolean().ShouldBeFalse();
        closed.GetProperty("because").GetString()!.ShouldContain("refused");
        (await Called.FailsAsync(probe, new { address = "192.0.2.1:80" }, FailureClass.NotSent)).Because.ShouldContain("AllowedHosts");
        (await Called.FailsAsync(probe, new { address = "127.0.0.1" }, FailureClass.NotSent)).Because.ShouldContain("host:port");
    }

    [Fact]
    public async Task A_certificate_is_told_with_what_is_wrong_with_it()
    {
        var probe = new TlsCertificateAction(Called.Outward);
        using var target = TlsTarget.SelfSigned();
        var port = new Uri(target.Address).Port;

        var seen = await Called.SucceedsAsync(probe, new { address = $"127.0.0.1:{port}" });

        seen.GetProperty("ok").GetBoolean().ShouldBeFalse();
        seen.GetProperty("because").GetString().ShouldNotBeNullOrEmpty();
        seen.GetProperty("days-left").GetDouble().ShouldBeGreaterThan(0);
        seen.GetProperty("fingerprint").GetString()!.Length.ShouldBe(64);
        target.Requests.ShouldBe(0);
        await using var plain = TcpTarget.Answering("HTTP/1.1 400 What\nContent-Length: 0\n\n");
        await Called.FailsAsync(probe, new { address = $"127.0.0.1:{Loopback.FreePort()}" }, FailureClass.NotSent);
    }

    [Fact]
    public async Task A_name_server_is_asked_and_its_word_is_told()
    {
        var probe = new DnsResolveAction(Called.Outward);
        using var server = new NameServerOfOurs();

        var known = await Called.SucceedsAsync(probe, new { hostName = "shop.example", server = server.Address });
        var unknown = await Called.SucceedsAsync(probe, new { hostName = "nothing.example", server = server.Address });

        known.GetProperty("ok").GetBoolean().ShouldBeTrue();
        known.GetProperty("answers")[0].GetString().ShouldBe("192.0.2.7");
        known.GetProperty("ttl").GetInt32().ShouldBe(60);
        unknown.GetProperty("ok").GetBoolean().ShouldBeFalse();
        unknown.GetProperty("code").GetString().ShouldBe("NotExistentDomain");
        (
            await Called.FailsAsync(probe, new { hostName = "shop.example", server = "192.0.2.1" }, FailureClass.NotSent)
        ).Because.ShouldContain("AllowedHosts");
    }

    /// <summary>A name server (RFC 1035) that knows one name.</summary>
    private sealed class NameServerOfOurs : IDisposable
    {
        private readonly UdpClient udp = new(new IPEndPoint(IPAddress.Loopback, 0));
        private readonly CancellationTokenSource stop = new();

        public NameServerOfOurs() => _ = ServeAsync();

        public string Address => $"127.0.0.1:{((IPEndPoint)udp.Client.LocalEndPoint!).Port}";

        public void Dispose()
        {
            stop.Cancel();
            udp.Dispose();
            stop.Dispose();
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var question = await udp.ReceiveAsync(stop.Token);
                    await udp.SendAsync(Answer(question.Buffer), question.RemoteEndPoint, stop.Token);
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private static byte[] Answer(byte[] question)
        {
            var end = Array.IndexOf(question, (byte)0, 12) + 5;
            var known = question.AsSpan(12).StartsWith("\x04shop"u8);
            byte[] record = known ? [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7] : [];
            byte[] head = [question[0], question[1], 0x81, (byte)(known ? 0x80 : 0x83), 0, 1, 0, (byte)(known ? 1 : 0), 0, 0, 0, 0];
            return [.. head, .. question.AsSpan(12, end - 12), .. record];
        }
    }
}
