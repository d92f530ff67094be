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
        await Called.FailsAsync(probe, new { address = $"127.0.0.1:{Loopback.FreePort()}" }, FailureClass.NotSent);
    }

    public static TheoryData<byte[], string> Handshakes =>
        new()
        {
            { "HTTP/1.1 400 What\r\n\r\n"u8.ToArray(), "what answers there does not speak TLS" },
            {
                Alert(40),
                "the TLS handshake failed: the server finds nothing in common with what is offered here, as ciphers (handshake_failure)"
            },
            { Alert(70), "the TLS handshake failed: the server speaks no version of TLS that is spoken here (protocol_version)" },
            { Alert(47), "the TLS handshake failed: the server ended it with the alert 47" },
            { Alert(116), "the server asks for a client certificate (certificate_required): give 'certificate' and 'key'" },
            { [], "the connection was lost in the TLS handshake: Received an unexpected EOF or 0 bytes from the transport stream." },
        };

    [Theory]
    [MemberData(nameof(Handshakes))]
    public async Task A_handshake_that_fails_says_what_failed(byte[] answer, string because)
    {
        await using var target = new LoopbackListener(
            async (socket, stop) =>
            {
                using (socket)
                {
                    await socket.ReceiveAsync(new byte[4096], SocketFlags.None, stop);
                    await socket.SendAsync(answer, SocketFlags.None, stop);
                    socket.Shutdown(SocketShutdown.Both);
                }
            }
        );
        var address = $"127.0.0.1:{target.Port}";

        var failed = await Called.FailsAsync(new TlsCertificateAction(Called.Outward), new { address }, FailureClass.Refused);

        failed.Because.ShouldBe($"{address}: {because}");
    }

    // A record of TLS that carries a fatal alert (RFC 8446, section 6).
    private static byte[] Alert(byte number) => [21, 3, 3, 0, 2, 2, number];

    [Fact]
    public async Task A_name_server_is_asked_and_its_word_is_told()
    {
        var probe = new DnsResolveAction(Called.Outward);
        using var server = new NameServer();

        var known = await Called.SucceedsAsync(probe, new { hostName = "shop.example", server = server.Address });
        var unknown = await Called.SucceedsAsync(probe, new { hostName = "nothing.example", server = server.Address });

        known.GetProperty("ok").GetBoolean().ShouldBeTrue();
        known.GetProperty("answers")[0].GetString().ShouldBe("192.0.2.7");
        known.GetProperty("ttl").GetInt32().ShouldBe(60);
        foreach (var hostName in (string[])[".", "shop.example.", new string('a', 63) + ".example", "_dmarc.bücher.example"])
            await Called.SucceedsAsync(probe, new { hostName, server = server.Address });
        unknown.GetProperty("ok").GetBoolean().ShouldBeFalse();
        unknown.GetProperty("code").GetString().ShouldBe("NotExistentDomain");
        (
            await Called.FailsAsync(probe, new { hostName = "shop.example", server = "192.0.2.1" }, FailureClass.NotSent)
        ).Because.ShouldContain("AllowedHosts");
    }

    public static TheoryData<string, string> NoNames =>
        new()
        {
            { "", "one of its labels is empty" },
            { "shop..example", "one of its labels is empty" },
            { ".shop.example", "one of its labels is empty" },
            { "shop.example..", "one of its labels is empty" },
            { new string('a', 64) + ".example", "one of its labels has 64 octets, and 63 are the most" },
            { string.Join('.', Enumerable.Repeat(new string('a', 63), 4)), "it has 255 octets, and 253 are the most" },
        };

    [Theory]
    [MemberData(nameof(NoNames))]
    public void What_is_no_name_is_not_asked_for(string hostName, string why) =>
        Called
            .Misfit(new DnsResolveAction(Called.Outward), new { hostName })
            .ShouldBe($"The argument 'host-name' of 'dns/resolve@1' must be a DNS name, and {why} (RFC 1035, 2.3.4).");
}
