using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Integrations.Http;
using Integrations.Probes;
using Integrations.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>What a step brings to TLS: whom it trusts, and who it is. With an etcd: <see cref="EtcdTrustTests"/>.</summary>
public sealed class TlsIdentityTests : IDisposable
{
    private readonly Authority authority = new();
    private readonly RSA rsa = RSA.Create(2048);
    private readonly ECDsa elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        authority.Dispose();
        rsa.Dispose();
        elliptic.Dispose();
    }

    [Fact]
    public async Task A_key_is_taken_in_each_of_its_writings()
    {
        await using var server = await ServerAsync();
        var request = new HttpRequestAction(Called.Outward);
        foreach (
            var (owner, key) in (IEnumerable<(AsymmetricAlgorithm, string)>)
                [
                    (rsa, rsa.ExportRSAPrivateKeyPem()),
                    (rsa, rsa.ExportPkcs8PrivateKeyPem()),
                    (elliptic, elliptic.ExportECPrivateKeyPem()),
                    (elliptic, elliptic.ExportPkcs8PrivateKeyPem()),
                    // As `openssl ecparam -genkey` writes it.
                    (
                        elliptic,
                        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + elliptic.ExportECPrivateKeyPem()
                    ),
                ]
        )
        {
            var answer = await Called.SucceedsAsync(
                request,
                new
                {
                    url = server.Urls.First(),
                    ca = authority.Pem,
                    certificate = "Subject: CN=incident\n" + authority.Issue("incident", owner),
                    key,
                }
            );
            answer.GetProperty("body").GetString().ShouldBe("CN=incident");
        }
    }

    [Fact]
    public async Task What_cannot_be_used_is_named_with_the_fix_and_nothing_is_sent_or_quoted()
    {
        var certificate = authority.Issue("incident", elliptic);
        var key = elliptic.ExportPkcs8PrivateKeyPem();
        var sealedKey = elliptic.ExportEncryptedPkcs8PrivateKeyPem(
            "phrase",
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)
        );

        await SaysAsync("'ca' holds no certificate: give its PEM", ca: "/etc/ssl/ca.crt");
        await SaysAsync("'ca' holds no certificate: give its PEM", ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
        await SaysAsync("'certificate' is given without 'key'", certificate: certificate);
        await SaysAsync("'key' is given without 'certificate'", key: key);
        await SaysAsync("'certificate' holds no certificate", certificate: key, key: key);
        await SaysAsync(
            "'key' is not the private key of 'certificate' (CN=incident)",
            certificate: certificate,
            key: rsa.ExportPkcs8PrivateKeyPem()
        );
        await SaysAsync(
            "'key' is not the private key of 'certificate' (CN=incident)",
            certificate: certificate,
            key: "/etc/ssl/client.key"
        );
        await SaysAsync("'key' is under a passphrase", certificate: certificate, key: sealedKey);
        await SaysAsync("'certificate' is for TLS, which this step does not speak: write https://", "http", null, certificate, key);
        await SaysAsync("'ca' is for TLS, which this step does not speak: write https://", "http", ca: authority.Pem);
    }

    [Fact]
    public async Task Every_action_that_takes_a_key_refuses_another_ones_without_quoting_it()
    {
        var certificate = authority.Issue("incident", elliptic);
        var key = rsa.ExportPkcs8PrivateKeyPem();
        var taking = AimedCall
            .At(1)
            .Values.Where(action => ArgumentList.Of(action.Arguments).Exists(argument => argument.Key is "certificate"));
        var named = new List<string>();
        foreach (var action in taking)
        {
            await using var target = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));
            var with = AimedCall.Arguments(action, target.Port, tls: true)!;
            (with["certificate"], with["key"]) = (certificate, key);
            var failed = (await AimedCall.RunAsync(action, with)).Result.ShouldBeOfType<ActionResult.Failed>(action.Name);
            failed.Class.ShouldBe(FailureClass.NotSent, action.Name);
            failed.Because.ShouldStartWith("'key' is not the private key of 'certificate' (CN=incident)", Case.Sensitive, action.Name);
            key.Split('\n')[1..^1].ShouldAllBe(line => !failed.Because.Contains(line), action.Name);
            target.Connections.ShouldBe(0, action.Name);
            named.Add(action.Name.Split('/')[0]);
        }

        named.Distinct().Order(StringComparer.Ordinal).ShouldBe(["alertmanager", "etcd", "http", "prometheus", "redis", "tls"]);
    }

    [Fact]
    public async Task A_certificate_is_looked_at_with_the_eyes_of_its_own_authority()
    {
        await using var server = await ServerAsync();
        var look = new TlsCertificateAction(Called.Outward);
        var address = new Uri(server.Urls.First()).Authority;
        var (certificate, key) = authority.Issue("incident");

        (await Called.SucceedsAsync(look, new { address })).GetProperty("ok").GetBoolean().ShouldBeFalse();
        var seen = await Called.SucceedsAsync(
            look,
            new
            {
                address,
                ca = authority.Pem,
                certificate,
                key,
            }
        );

        seen.GetProperty("ok").GetBoolean().ShouldBeTrue(seen.ToString());
        seen.GetProperty("issuer").GetString().ShouldBe("CN=authority");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_authority_that_another_one_vouches_for_is_enough(bool isSent)
    {
        using var below = authority.Below();
        await using var server = await ServerAsync(below.Issue("shop", elliptic), isSent);
        var url = server.Urls.First();

        var answer = await Called.SucceedsAsync(new HttpRequestAction(Called.Outward), new { url, ca = below.Pem });
        var seen = await Called.SucceedsAsync(
            new TlsCertificateAction(Called.Outward),
            new { address = new Uri(url).Authority, ca = below.Pem }
        );

        answer.GetProperty("body").GetString().ShouldBe("welcome");
        seen.GetProperty("ok").GetBoolean().ShouldBeTrue(seen.ToString());
    }

    [Fact]
    public async Task Nothing_else_is_overlooked_for_an_authority_that_another_one_vouches_for()
    {
        var over = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        using var below = authority.Below();
        using var former = authority.Below(over);
        using var other = new Authority();
        // Of the same name, with another key.
        using var stranger = other.Below();
        var good = below.Issue("shop", elliptic);

        await IsRefusedAsync("signature", good, stranger.Pem);
        await IsRefusedAsync("issuer", good, authority.Issue("another server", rsa));
        await IsRefusedAsync("expired", below.Issue("shop", elliptic, over), below.Pem);
        await IsRefusedAsync("its authority CN=authority below is good from", former.Issue("shop", elliptic), former.Pem);
        await IsRefusedAsync("policy", below.Issue("shop", elliptic, usage: "1.3.6.1.5.5.7.3.2"), below.Pem);
        await IsRefusedAsync("it is for another name", good, below.Pem, "localhost");
    }

    private async Task IsRefusedAsync(string because, string certificate, string ca, string host = "127.0.0.1")
    {
        using var server = TlsTarget.Of(certificate, elliptic.ExportECPrivateKeyPem());
        var port = server.Port;

        var failed = await Called.FailsAsync(
            new HttpRequestAction(Called.Outward),
            new { url = $"https://{host}:{port}", ca },
            FailureClass.NotSent
        );
        var seen = await Called.SucceedsAsync(new TlsCertificateAction(Called.Outward), new { address = $"{host}:{port}", ca });

        failed.Because.ShouldContain(because, customMessage: failed.Because);
        server.Requests.ShouldBe(0, because);
        seen.GetProperty("ok").GetBoolean().ShouldBeFalse(because);
        seen.GetProperty("because").GetString()!.ShouldContain(because);
    }

    [Fact]
    public async Task A_Redis_that_asks_for_a_certificate_is_reached_with_one_and_is_not_ill_without()
    {
        var folder = Directory.CreateTempSubdirectory("incident-redis-");
        var port = Loopback.FreePort();
        var (serverCertificate, serverKey) = authority.Issue("redis");
        await File.WriteAllTextAsync(folder.FullName + "/redis.crt", serverCertificate);
        await File.WriteAllTextAsync(folder.FullName + "/redis.key", serverKey);
        await File.WriteAllTextAsync(folder.FullName + "/authority.crt", authority.Pem);
        using var redis = new ServerProcess(
            "redis-server",
            "redis-server",
            folder.FullName,
            [
                .. $"--port 0 --tls-port {port} --tls-cert-file redis.crt --tls-key-file redis.key".Split(' '),
                .. "--tls-ca-cert-file authority.crt --tls-auth-clients yes --save".Split(' '),
                "",
            ]
        );
        var ping = new RedisPingAction(Called.Outward);
        var (certificate, key) = authority.Issue("incident");
        using var other = new Authority();

        await redis.UntilAsync(async () =>
            await Called.RunAsync(ping, With(authority.Pem, certificate, key)) is ActionResult.Succeeded { Result: var it }
            && it.GetProperty("ok").GetBoolean()
        );
        (await Called.FailsAsync(ping, With(authority.Pem), FailureClass.Refused)).Because.ShouldEndWith(
            "the server asks for a client certificate (certificate_required): give 'certificate' and 'key'"
        );
        (await Called.FailsAsync(ping, With(other.Pem, certificate, key), FailureClass.NotSent)).Because.ShouldContain(
            "certificate is not trusted"
        );
        (
            await Called.FailsAsync(ping, new { address = $"127.0.0.1:{port}", ca = authority.Pem }, FailureClass.NotSent)
        ).Because.ShouldContain("set 'tls: true'");
        folder.Delete(recursive: true);

        object With(string ca, string? mine = null, string? itsKey = null) =>
            new
            {
                address = $"127.0.0.1:{port}",
                tls = true,
                ca,
                certificate = mine,
                key = itsKey,
            };
    }

    private static async Task SaysAsync(
        string words,
        string scheme = "https",
        string? ca = null,
        string? certificate = null,
        string? key = null
    )
    {
        await using var target = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));
        var failed = await Called.FailsAsync(
            new HttpRequestAction(Called.Outward),
            new
            {
                url = $"{scheme}://127.0.0.1:{target.Port}",
                ca,
                certificate,
                key,
            },
            FailureClass.NotSent
        );
        failed.Because.ShouldStartWith(words);
        (key ?? "").Split('\n').Where(line => !line.StartsWith('-') && line.Length > 0).ShouldAllBe(line => !failed.Because.Contains(line));
        target.Connections.ShouldBe(0);
    }

    /// <summary>Asks for no certificate.</summary>
    /// <param name="certificate">Its own, of the elliptic key, and the authority's that may follow it.</param>
    /// <param name="isSent">Whether it sends that, too.</param>
    private async Task<WebApplication> ServerAsync(string certificate, bool isSent)
    {
        var builder = Loopback.Web();
        builder.WebHost.UseUrls("https://127.0.0.1:0").UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ServerCertificate = X509Certificate2.CreateFromPem(certificate, elliptic.ExportECPrivateKeyPem());
                https.ServerCertificateChain = [];
                if (isSent)
                    https.ServerCertificateChain.ImportFromPem(certificate);
            })
        );
        var server = builder.Build();
        server.Run(context => context.Response.WriteAsync("welcome"));
        await server.StartAsync();
        return server;
    }

    /// <summary>Says whom the certificate names that it was shown; without one it says nothing.</summary>
    private async Task<WebApplication> ServerAsync()
    {
        var builder = Loopback.Web();
        builder.WebHost.UseUrls("https://127.0.0.1:0").UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ServerCertificate = X509Certificate2.CreateFromPem(
                    authority.Issue("shop", elliptic),
                    elliptic.ExportECPrivateKeyPem()
                );
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (shown, _, _) => shown.Issuer == "CN=authority";
            })
        );
        var server = builder.Build();
        server.Run(context => context.Response.WriteAsync(context.Connection.ClientCertificate!.Subject));
        await server.StartAsync();
        return server;
    }
}
