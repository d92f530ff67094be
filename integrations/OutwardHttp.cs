using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations;

/// <summary>
/// The transport of one HTTP call: a connection of its own, no proxy, no cookies, no redirects unless asked for, nothing sent a
/// second time behind the engine's back; and what a failure on it means (docs/adr/0041).
/// </summary>
internal sealed class OutwardHttp : IDisposable
{
    private readonly Outward outward;
    private readonly bool follow;
    private readonly DateTimeOffset deadline;
    private readonly TlsIdentity? identity;
    private IOException? lost;

    /// <param name="identity">What the step brings to TLS; null: nothing.</param>
    /// <param name="follow">It may connect more than once.</param>
    public OutwardHttp(Outward outward, DateTimeOffset deadline, TlsIdentity? identity = null, bool follow = false)
        : this(outward, deadline, new SocketsHttpHandler(), follow)
    {
        this.identity = identity;
        identity?.Apply(Handler.SslOptions);
    }

    /// <param name="handler">One that a vendor's own client made, with its certificates.</param>
    public OutwardHttp(Outward outward, DateTimeOffset deadline, SocketsHttpHandler handler, bool follow = false)
    {
        (this.outward, this.deadline, this.follow) = (outward, deadline, follow);
        Handler = handler;
        handler.AllowAutoRedirect = false;
        handler.UseProxy = false;
        handler.UseCookies = false;
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        handler.ActivityHeadersPropagator = null;
        handler.AutomaticDecompression = DecompressionMethods.All;
        handler.ConnectCallback = ConnectAsync;
        handler.PlaintextStreamFilter = Begin;
        if (handler.SslOptions is { CertificateChainPolicy: null, RemoteCertificateValidationCallback: null })
            OutwardCertificates.Trust(handler.SslOptions, []);
    }

    public SocketsHttpHandler Handler { get; }

    /// <summary>The connection stands, TLS and all: bytes of the request may have left.</summary>
    public bool Began { get; private set; }

    /// <summary>What came so far had its answer, and another request follows: what was sent before it, its caller knows.</summary>
    public void Anew() => Began = false;

    /// <summary>What a definite answer that is no success means.</summary>
    public static FailureClass ClassOf(int status, StepEffect effect) =>
        // 502 and 504 are a middleman's word that it does not know. Any other 5xx of a step that acts says as little about what was done; a 2xx
        // that was not wanted says that something was, and a 303 is what a form that did act answers (RFC 9110, section 15.4.4).
        status is 502 or 504
        || (effect is StepEffect.Once or StepEffect.Keyed && status is (>= 200 and < 300) or 303 or >= 500)
            ? FailureClass.Unknown
            : FailureClass.Refused;

    /// <summary>Until the connection stands nothing can have been sent; after that nobody knows.</summary>
    /// <returns>Null: it is no failure of the transport, or the time limit's, which the engine words.</returns>
    public ActionResult.Failed? Failed(Exception fault, CancellationToken cancel) =>
        fault switch
        {
            OperationCanceledException when cancel.IsCancellationRequested && !Began => NotSent("it could not be connected in time"),
            OperationCanceledException => null,
            _ when Inner<HostNotAllowedException>(fault) is { } denied => NotSent(denied.Message),
            _ when Inner<RedirectedException>(fault) is { } moved => new(FailureClass.Refused, moved.Message) { Code = moved.Status },
            _ when Alert(fault) is { } alert => NotSent(
                identity?.Refused(alert) ?? $"the server does not take the client certificate ({alert})"
            ),
            // A connection that is reset the moment it stands comes through as the socket's own exception.
            HttpRequestException or IOException or SocketException when !Began => NotSent(Sentence(fault)),
            HttpRequestException or SocketException => Unknown(Sentence(fault)),
            IOException => Unknown($"the answer broke off: {fault.Message}"),
            // Clients wrap what their transport threw.
            { InnerException: { } inner } => Failed(inner, cancel),
            // Of what cannot be made a request.
            InvalidOperationException or ArgumentException or FormatException or NotSupportedException when !Began => NotSent(
                $"it cannot be sent: {fault.Message}"
            ),
            _ => null,
        };

    /// <summary>What a failure of the transport says about the server.</summary>
    public Hindrance HindranceOf(Exception fault) =>
        Alert(fault) is not null ? Hindrance.KeptOut
        : Inner<HostNotAllowedException>(fault) is not null || Inner<AuthenticationException>(fault) is not null ? Hindrance.NotAsked
        : Hindrance.Ill;

    /// <summary>What a transport says, with what lies below it.</summary>
    public static string Sentence(Exception fault)
    {
        if (IsNoTls(fault))
            return "what answers on this port does not speak TLS: is http:// meant, or another port?";
        if (Inner<UntrustedServerException>(fault) is { } untrusted)
            return untrusted.Message;
        var (said, points) = (new List<string>(), false);
        for (var one = fault; one is not null; one = one.InnerException)
        {
            // .NET says so of TLS alone, and of nothing but what it says next.
            if (one.Message.EndsWith("see inner exception.", StringComparison.Ordinal))
                points = true;
            else if (!said.Exists(before => before.Contains(one.Message, StringComparison.Ordinal)))
                said.Add(one.Message);
        }

        return (points ? "the TLS handshake failed: " : "") + string.Join(' ', said);
    }

    /// <summary>The handshake was answered with something else: SslStream has no other sign of it than its words.</summary>
    public static bool IsNoTls(Exception fault) =>
        Inner<AuthenticationException>(fault)?.Message.Contains("corrupted frame", StringComparison.Ordinal) is true;

    /// <summary>The step's time was over when it would have been sent.</summary>
    public static bool IsTooLate(Exception fault) => Inner<TooLateException>(fault) is not null;

    public void Dispose() => Handler.Dispose();

    // The handler sends a request without a body again, up to three times, when its connection is closed without an answer.
    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel) =>
        Began && !follow ? throw new AnswerLostException() : StreamAsync(context.DnsEndPoint, cancel);

    private async ValueTask<Stream> StreamAsync(DnsEndPoint to, CancellationToken cancel) =>
        new NetworkStream(await outward.ConnectAsync(to.Host, to.Port, cancel), ownsSocket: true);

    private ValueTask<Stream> Begin(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancel)
    {
        outward.InTime(deadline);
        Began = true;
        return ValueTask.FromResult<Stream>(new HeardStream(context.PlaintextStream, fault => lost ??= fault, outward.Time));
    }

    private string? Alert(Exception fault) => TlsAlert.OfClientCertificate(fault) ?? TlsAlert.OfClientCertificate(lost);

    private static T? Inner<T>(Exception fault)
        where T : Exception
    {
        for (var one = fault; one is not null; one = one.InnerException)
        {
            if (one is T found)
                return found;
        }

        return null;
    }

    private static ActionResult.Failed NotSent(string because) => new(FailureClass.NotSent, because);

    private static ActionResult.Failed Unknown(string because) => new(FailureClass.Unknown, because);

    private sealed class AnswerLostException() : IOException("The connection was closed without an answer.");
}
