using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Kubernetes;

/// <summary>Which cluster, and what in it.</summary>
/// <param name="Kubeconfig">The text of the file; null: the pod that the bot itself runs in.</param>
internal sealed record KubernetesTarget(string? Kubeconfig, string? Context);

/// <summary>
/// The requests of one action to one API server: a connection of its own for each, no redirects, nothing sent twice, and in words what
/// goes wrong (docs/adr/0041).
/// </summary>
internal sealed partial class KubernetesCalls(Outward outward, ActionCall call, KubernetesTarget target, CancellationToken cancel)
{
    public TimeProvider Time => outward.Time;

    public CancellationToken Cancel => cancel;

    /// <summary>Something was changed: what is not known after that is not known of the step as a whole.</summary>
    public bool Acted { get; private set; }

    private string? waitsFor;

    /// <param name="rights">What a role has to allow, as <c>get</c> of the kind.</param>
    public static IReadOnlyList<FailureCase> Reading(string rights) =>
        [.. Cases(rights), new(FailureClass.Unknown, "No whole answer came in time. Nothing is changed by it: it may be asked again.")];

    /// <inheritdoc cref="Reading"/>
    public static IReadOnlyList<FailureCase> Acting(string rights) =>
        [.. Cases(rights), new(FailureClass.Unknown, "The request may have arrived and no whole answer came.")];

    /// <inheritdoc cref="Reading"/>
    public static IReadOnlyList<FailureCase> Waiting(string rights) =>
        [
            .. Cases(rights),
            CallWait.InVain,
            new(
                FailureClass.Unknown,
                "No whole answer came, or the watch broke off and could not be taken up again within about a minute. "
                    + "Nothing is changed by it: it may be waited for again."
            ),
        ];

    public static async Task<ActionResult> RunAsync(
        Outward outward,
        ActionCall call,
        Func<KubernetesCalls, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        // An input that nobody gave is an empty text in many runbooks.
        var context = call.With.TextOf("context") is { Length: > 0 } named ? named : null;
        var target = new KubernetesTarget(call.With.TextOf("kubeconfig"), context);
        if (target is { Kubeconfig: null, Context: not null })
            return new ActionResult.Failed(
                FailureClass.NotSent,
                $"'context' is '{context}', and no 'kubeconfig' is given that it could be one of: the call would go to the cluster that the bot "
                    + "itself runs in. Give 'kubeconfig', too, or leave 'context' out."
            );
        return await new KubernetesCalls(outward, call, target, cancel).ResultAsync(ask);
    }

    public Task<T> ReadAsync<T>(Func<IKubernetes, CancellationToken, Task<T>> ask) =>
        call.Reach.LookAsync(() => SendAsync(ask, acts: false));

    public Task<T> ActAsync<T>(Func<IKubernetes, CancellationToken, Task<T>> ask)
    {
        call.Reach.Acts();
        return SendAsync(ask, acts: true);
    }

    /// <summary>The events of one watch, until the API server ends it; an event that is an error is thrown at its end.</summary>
    /// <param name="begun">Called when the API server has said yes to it, which nothing else tells of one that stays silent.</param>
    public async IAsyncEnumerable<(WatchEventType Type, JsonElement Object)> WatchAsync(
        Func<IKubernetes, Action<Exception>, CancellationToken, IAsyncEnumerable<(WatchEventType, object)>> ask,
        Action begun,
        [EnumeratorCancellation] CancellationToken stop = default
    )
    {
        using var connection = await ConnectAsync(new BoundedStreams(OutwardApi.LargestAnswer, begun));
        Exception? error = null;
        await foreach (var (type, one) in ask(connection.Client, fault => error ??= fault, stop))
            yield return (type, (JsonElement)one);
        if (error is not null)
            throw error;
    }

    public void Output(string line) => call.Output(line);

    /// <summary>Tells what was last seen of what it waits for: where its time ends, and at once.</summary>
    /// <param name="say">False: only where its time ends.</param>
    public void WaitsFor(string seen, bool say = true)
    {
        if (say && seen != waitsFor)
            call.Output(seen);
        call.Waits.For(waitsFor = seen);
    }

    /// <summary>Nobody sees what it waits for, until it is seen again.</summary>
    public void LostSight() => call.Waits.For(null);

    public void SeesAgain() => call.Waits.For(waitsFor);

    private async Task<ActionResult> ResultAsync(Func<KubernetesCalls, Task<ActionResult>> ask)
    {
        try
        {
            return await ask(this);
        }
        catch (HttpOperationException fault)
        {
            return Answered(fault);
        }
        catch (CallRefusedException refused)
        {
            return new ActionResult.Failed(refused.Class, refused.Message);
        }
        catch (WatchLostException lost)
        {
            return new ActionResult.Failed(FailureClass.Unknown, lost.Message);
        }
        catch (CallLostException lost)
        {
            return lost.Failure with { Class = Acted ? FailureClass.Unknown : lost.Failure.Class };
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or JsonException)
        {
            return new ActionResult.Failed(
                Acted ? FailureClass.Unknown : FailureClass.Refused,
                "the answer was 200, but it is no object of Kubernetes: is it an API server that the kubeconfig names?"
            );
        }
    }

    private async Task<T> SendAsync<T>(Func<IKubernetes, CancellationToken, Task<T>> ask, bool acts)
    {
        using var connection = await ConnectAsync(new BoundedAnswers(OutwardApi.LargestAnswer, outward.Room));
        try
        {
            var answer = await ask(connection.Client, cancel);
            Acted |= acts;
            return IsOfKubernetes(answer) ? answer : throw new InvalidOperationException("no object of Kubernetes");
        }
        catch (JsonException fault)
        {
            throw new CallLostException(
                new(acts ? FailureClass.Unknown : FailureClass.Refused, "the API server said yes, but its answer cannot be read"),
                fault
            );
        }
        catch (Exception fault) when (connection.Way.Failed(fault, cancel) is { } failed)
        {
            throw new CallLostException(
                OutwardHttp.IsNoTls(fault)
                        ? failed with
                        {
                            Because =
                                "what answers there does not speak TLS: the kubeconfig's 'server' has to begin with http://, or to name another port",
                        }
                    : fault.InnerException is AuthenticationException
                        ? failed with
                        {
                            Because =
                                $"no TLS with the API server: {OutwardHttp.Sentence(fault).TrimEnd('.')}. Its certificate has to be for the name in the kubeconfig's 'server' "
                                + "(or 'tls-server-name'), and of an authority in 'certificate-authority-data'",
                        }
                    : failed,
                fault
            );
        }
    }

    // Each has its kind, metadata, or both.
    private static bool IsOfKubernetes<T>(T answer) =>
        answer switch
        {
            null => false,
            JsonElement one => one.ValueKind is JsonValueKind.Object
                && (one.TryGetProperty("kind", out _) || one.TryGetProperty("metadata", out _)),
            V1APIResourceList list => list.Resources is not null,
            IKubernetesObject { Kind: null } one => one
                is IMetadata<V1ObjectMeta> { Metadata: not null }
                    or IMetadata<V1ListMeta> { Metadata: not null },
            _ => true,
        };

    private async Task<Connection> ConnectAsync(DelegatingHandler bound)
    {
        try
        {
            var config = await ConfigurationAsync();
            if (config is { SkipTlsVerify: false, SslCaCerts.Count: 0 })
                throw new CallRefusedException(
                    FailureClass.NotSent,
                    "'certificate-authority-data' of 'kubeconfig' holds no certificate: give the PEM of the cluster's authority, in base64"
                );
            config.DisableHttp2 = true;
            // The time limit is the step's, by the token.
            config.HttpClientTimeout = Timeout.InfiniteTimeSpan;
            OutwardHttp? way = null;
            config.FirstMessageHandlerSetup = handler => way = new OutwardHttp(outward, call.Deadline, handler);
            var client = new k8s.Kubernetes(config, bound, new LastOfItsConnection(), new SentCredentials(call), new NoRedirects());
            if (!config.SkipTlsVerify)
            {
                // The client's own judgement takes any certificate of the kubeconfig's authorities, whosever name it has.
                OutwardCertificates.Trust(way!.Handler.SslOptions, config.SslCaCerts ?? []);
            }

            return new Connection(client, way!, bound);
        }
        catch (Exception fault) when (fault is not (CallRefusedException or OperationCanceledException))
        {
            // Its own words may quote the file, and the file holds keys.
            throw new CallRefusedException(
                FailureClass.NotSent,
                target.Kubeconfig is null
                    ? "the bot does not run in a cluster: give 'kubeconfig'"
                    : "'kubeconfig' cannot be read: give the whole text of the file, with certificates and keys in it (`kubectl config view --raw --flatten`)"
            );
        }
    }

    private async Task<KubernetesClientConfiguration> ConfigurationAsync()
    {
        if (target.Kubeconfig is not { } text)
            return KubernetesClientConfiguration.InClusterConfig();
        var config = await Kubeconfig.ReadAsync(text, target.Context, cancel);
        return KubernetesClientConfiguration.BuildConfigFromConfigObject(config, target.Context);
    }

    private ActionResult.Failed Answered(HttpOperationException fault)
    {
        var status = (int)fault.Response.StatusCode;
        // What is not in Kubernetes' own words does not name what was asked for.
        var own = ApiStatus.Said(fault.Response.Content);
        var said = own ?? $"{fault.Response.ReasonPhrase}{Asked(fault.Request)}";
        var words = status switch
        {
            400 when own is null && fault.Request.RequestUri is { Scheme: "http" } && IsForTls(fault.Response.Content) =>
                "the API server speaks TLS on this port (400): the kubeconfig's 'server' has to begin with https://",
            // Without credentials that it knows it answers as to nobody, whom no role should be bound to.
            401 or 403 when status is 401 || ApiStatus.IsAnonymous(said) =>
                $"the API server does not know who asks ({status}): are the kubeconfig's credentials still good?",
            403 => $"the account may not do this (403): {said}{ApiStatus.MissingRule(said)}",
            404 => $"there is no such thing (404): {said}{In(fault.Request.RequestUri)}",
            409 =>
                $"it is not as it was when it was looked at (409): {said}{Unchanged} Look at it again, and begin anew from what it is now",
            422 when call.With.TextOf("type") is "json" =>
                $"the patch does not fit what is there (422): {said}{Asked(fault.Request)}. A `test` in it does not hold, or a path of it is not "
                    + $"there{Unchanged} Look at the object with kubernetes/get@1",
            422 => $"the API server does not take it as it would be (422): {said}",
            _ => $"the API server's answer was {status}: {said}",
        };
        var unknown =
            (Acted && call.Effect is StepEffect.Once)
            || (WasLost && (status is 409 || (status is 422 && call.With.TextOf("type") is "json")));
        return new(unknown ? FailureClass.Unknown : OutwardHttp.ClassOf(status, call.Effect), words) { Code = status };
    }

    // Then this step itself may be who has changed it.
    private bool WasLost => call.LostSince is not null && call.Effect is not StepEffect.Read;

    private string Unchanged =>
        WasLost ? ". An attempt before this one, whose answer was lost, may have changed it."
        : Acted ? "."
        : ". Nothing was changed.";

    // As Go's server and nginx say it to a request in the clear.
    private static bool IsForTls(string? body) => body?.Contains("HTTPS", StringComparison.Ordinal) is true;

    private static string Asked(HttpRequestMessageWrapper request) =>
        request.RequestUri is { } address ? $" ({request.Method} {address.AbsolutePath})" : "";

    private static string In(Uri? address) =>
        Namespaced().Match(address?.AbsolutePath ?? "") is { Success: true } match
            ? $" in namespace \"{match.Groups["space"].Value}\""
            : "";

    private static IEnumerable<FailureCase> Cases(string rights) =>
        [
            new(FailureClass.NotSent, "The kubeconfig cannot be read, the host is not allowed or not there, or the TLS handshake fails."),
            new(
                FailureClass.Refused,
                $"The API server says no: no such thing (404), no right to it (403; it needs {rights}), or it is another one by now (409)."
            ),
        ];

    [GeneratedRegex("/namespaces/(?<space>[^/]+)/", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Namespaced();

    private sealed record Connection(k8s.Kubernetes Client, OutwardHttp Way, DelegatingHandler Bound) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Bound.Dispose();
            Way.Dispose();
        }
    }

    private sealed class LastOfItsConnection : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.ConnectionClose = true;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>A call that is not made: what it would need is not given, or not there.</summary>
internal sealed class CallRefusedException(FailureClass of, string message) : Exception(message)
{
    public FailureClass Class => of;
}

/// <summary>A call of which no whole answer came.</summary>
internal sealed class CallLostException(ActionResult.Failed failure, Exception inner) : Exception(failure.Because, inner)
{
    public ActionResult.Failed Failure => failure;
}

/// <summary>A watch that could not be taken up again, or brought too much.</summary>
internal sealed class WatchLostException(string message, Exception? inner = null) : Exception(message, inner);
