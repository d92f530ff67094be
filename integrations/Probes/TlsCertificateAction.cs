using System.ComponentModel;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Probes;

public sealed record TlsCertificateArguments(
    [Untainted] [HostAndPortText(HasUsualPort = true)] [Description("`host` or `host:port`; without a port, 443.")] string Address,
    [Description("The name that is asked for, if not the host.")] string? ServerName = null
) : TlsArguments;

public sealed record TlsCertificateResult(
    [Description("Whether a client would trust it: right name, in its time, signed by somebody who is known here, or by `ca`.")] bool Ok,
    [Description("Whom it names.")] string? Subject,
    [Description("Who signed it.")] string? Issuer,
    [Description("When it ends.")] DateTimeOffset? NotAfter,
    [Description("Days until then; negative once it is over.")] double? DaysLeft,
    [Description("SHA-256 of it: another one after a renewal.")] string? Fingerprint,
    [Description("Why not.")] string? Because
);

/// <summary><c>tls/certificate@1</c>.</summary>
public sealed class TlsCertificateAction(Outward outward) : IStepAction
{
    private const int UsualPort = 443;

    public string Name => "tls/certificate@1";

    public string Summary => "Looks at the certificate that a server shows. That it is a bad one is a result, no failure.";

    public Type Arguments => typeof(TlsCertificateArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(TlsCertificateResult),
            [
                new(FailureClass.NotSent, "The host is not allowed, nobody listens there, or `ca`, `certificate` or `key` cannot be used."),
                new(FailureClass.Refused, "The TLS handshake fails, or what answers does not speak TLS."),
                new(FailureClass.Unknown, "No answer came in time. It may be asked again."),
            ],
            """
            uses: tls/certificate@1
            with: { address: shop.example.com }
            expect: result.ok && result.days-left > 14
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        $"look at the certificate of {(with.TextOf("server-name") is { } name ? name + " at " : "")}{with.TextOf("address")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<TlsCertificateArguments>(ActionJson.Options)!;
        if (HostAndPort.Parse(arguments.Address, UsualPort) is not { } place)
            return new ActionResult.Failed(FailureClass.NotSent, $"'{arguments.Address}' is no address. Write host or host:port.");
        using var identity = TlsIdentity.Of(call.With);
        if (identity.Problem is { } problem)
            return new ActionResult.Failed(FailureClass.NotSent, problem);
        try
        {
            var socket = await outward.ConnectAsync(place.Host, place.Port, cancel);
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            return await LookAsync(stream, arguments.ServerName ?? place.Host, identity, call, cancel);
        }
        catch (Exception fault) when (fault is SocketException or HostNotAllowedException)
        {
            return new ActionResult.Failed(FailureClass.NotSent, $"{place.Said()}: {fault.Message}");
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException)
        {
            return new ActionResult.Failed(FailureClass.Refused, $"{place.Said()}: {NoHandshake(fault, identity)}");
        }
    }

    private static string NoHandshake(Exception fault, TlsIdentity identity) =>
        OutwardHttp.IsNoTls(fault) ? "what answers there does not speak TLS"
        : TlsAlert.OfClientCertificate(fault) is { } alert ? identity.Refused(alert)
        : TlsAlert.OfHandshake(fault) is { } ended ? $"the TLS handshake failed: the server {ended}"
        : fault is IOException ? $"the connection was lost in the TLS handshake: {OutwardHttp.Sentence(fault)}"
        : OutwardHttp.Sentence(fault);

    private async Task<ActionResult> LookAsync(Stream stream, string name, TlsIdentity identity, ActionCall call, CancellationToken cancel)
    {
        TlsCertificateResult? seen = null;
        await using var tls = new SslStream(stream);
        var options = new SslClientAuthenticationOptions { TargetHost = name };
        identity.Apply(options);
        // It is only looked at: nothing is sent over this connection, so a bad one does no harm, and is what we want to know.
#pragma warning disable CA5359
        options.RemoteCertificateValidationCallback = (_, shown, chain, found) =>
        {
            seen = shown is null ? null : Read(shown, identity.Problems(found, chain));
            return true;
        };
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(options, cancel);
        if (seen is null)
            return new ActionResult.Failed(FailureClass.Refused, "the server shows no certificate");
        call.Output(
            $"{seen.Subject}, until {seen.NotAfter:yyyy-MM-dd} ({seen.DaysLeft} days){(seen.Because is null ? "" : $": {seen.Because}")}"
        );
        return ActionResult.Success(seen);
    }

    private TlsCertificateResult Read(X509Certificate shown, IReadOnlyList<string> problems)
    {
        using var certificate = new X509Certificate2(shown);
        var ends = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        return new TlsCertificateResult(
            problems.Count == 0,
            certificate.Subject,
            certificate.Issuer,
            ends,
            Math.Round((ends - outward.Time.GetUtcNow()).TotalDays, 1),
            Convert.ToHexStringLower(certificate.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256)),
            problems.Count == 0 ? null : string.Join("; ", problems)
        );
    }
}
