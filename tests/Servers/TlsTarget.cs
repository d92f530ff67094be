using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tests.Servers;

/// <summary>A TLS server with a certificate of its own making; counts what came in after the handshake.</summary>
internal sealed class TlsTarget : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly X509Certificate2 certificate;
    private readonly Task accepting;
    private int requests;

    private TlsTarget(X509Certificate2 certificate)
    {
        this.certificate = certificate;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Pem => certificate.ExportCertificatePem();

    public string Address => $"https://localhost:{Port}";

    public int Requests => Volatile.Read(ref requests);

    /// <summary>What callers asked for, by SNI (RFC 6066), one for each handshake.</summary>
    public ConcurrentQueue<string> Names { get; } = [];

    /// <summary>Vouched for by nobody.</summary>
    public static TlsTarget SelfSigned(string name = "localhost", DateTimeOffset? until = null) => new(Certificate(name, until));

    /// <summary>With a certificate and its key, in PEM.</summary>
    public static TlsTarget Of(string certificate, string key)
    {
        using var made = X509Certificate2.CreateFromPem(certificate, key);
        return new(X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null));
    }

    /// <summary>With its key.</summary>
    public static X509Certificate2 Certificate(string name, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var end = until ?? TimeProvider.System.GetUtcNow().AddDays(30);
        using var made = request.CreateSelfSigned(end.AddDays(-90), end);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
        accepting.GetAwaiter().GetResult();
        certificate.Dispose();
        stop.Dispose();
    }

    private ValueTask<SslServerAuthenticationOptions> Choose(
        SslStream on,
        SslClientHelloInfo hello,
        object? state,
        CancellationToken cancel
    )
    {
        Names.Enqueue(hello.ServerName);
        return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = certificate });
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var socket = await listener.AcceptSocketAsync(stop.Token);
                await using var stream = new SslStream(new NetworkStream(socket));
                await stream.AuthenticateAsServerAsync(Choose, null, stop.Token);
                if (await stream.ReadAsync(new byte[1], stop.Token) > 0)
                    Interlocked.Increment(ref requests);
            }
            catch (Exception e)
                when (e
                        is OperationCanceledException
                            or SocketException
                            or IOException
                            or AuthenticationException
                            or ObjectDisposedException
                )
            {
                // The caller turned away, or the target ends.
            }
        }
    }
}
