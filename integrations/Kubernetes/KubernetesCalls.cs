using System.Text;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using k8s.KubeConfigModels;
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
internal sealed class KubernetesCalls(Outward outward, ActionCall call, KubernetesTarget target, CancellationToken cancel)
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(2);

    private OutwardHttp? current;
    private bool acts;

    public static IReadOnlyList<FailureCase> Reading { get; } =
    [
        new(FailureClass.NotSent, "The kubeconfig cannot be read, the host is not allowed or not there, or the TLS handshake fails."),
        new(FailureClass.Refused, "The API server says no: no such thing (404), no right to it (403), or it is another one by now (409)."),
        new(FailureClass.Unknown, "No whole answer came in time. Nothing is changed by it: it may be asked again."),
    ];

    public static IReadOnlyList<FailureCase> Acting { get; } =
    [Reading[0], Reading[1], new(FailureClass.Unknown, "The request may have arrived and no whole answer came.")];

    public TimeProvider Time => outward.Time;

    /// <summary>
    /// Looks again and again until something has come of it. Once the API server has answered, an answer that is lost on the way is no end:
    /// it is asked for again, as long as the step's time lasts.
    /// </summary>
    /// <param name="outcome">Null: not yet.</param>
    public async Task<ActionResult> UntilAsync(Func<KubernetesCalls, Task<JsonElement>> look, Func<JsonElement, ActionResult?> outcome)
    {
        var reached = false;
        while (true)
        {
            try
            {
                var found = await look(this);
                reached = true;
                if (outcome(found) is { } over)
                    return over;
            }
            catch (Exception fault) when (reached && IsLost(fault))
            {
                call.Output($"the API server did not answer, it is asked again: {fault.Message}");
            }

            await Task.Delay(Glance, Time, cancel);
        }
    }

    /// <summary>A request that acts may have left.</summary>
    public bool Acted { get; private set; }

    public static async Task<ActionResult> RunAsync(
        Outward outward,
        ActionCall call,
        KubernetesTarget target,
        Func<KubernetesCalls, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        var calls = new KubernetesCalls(outward, call, target, cancel);
        try
        {
            return await ask(calls);
        }
        catch (HttpOperationException fault)
        {
            return calls.Answered(fault);
        }
        catch (LoginRefusedException refused)
        {
            return new ActionResult.Failed(FailureClass.NotSent, refused.Message);
        }
        catch (Exception fault)
            when (fault is KubeConfigException or YamlDotNet.Core.YamlException or FormatException or InvalidOperationException)
        {
            // Its own words may quote the file, and the file holds keys.
            return new ActionResult.Failed(
                FailureClass.NotSent,
                target.Kubeconfig is null
                    ? "the bot does not run in a cluster: give 'kubeconfig'"
                    : $"'kubeconfig' cannot be read{(target.Context is null ? "" : $", or has no context '{target.Context}'")}"
            );
        }
        catch (Exception fault) when (calls.Failed(fault) is { } failed)
        {
            return failed;
        }
    }

    public Task<T> ReadAsync<T>(Func<IKubernetes, CancellationToken, Task<T>> ask) => SendAsync(ask, changes: false);

    public Task<T> ActAsync<T>(Func<IKubernetes, CancellationToken, Task<T>> ask) => SendAsync(ask, changes: true);

    private async Task<T> SendAsync<T>(Func<IKubernetes, CancellationToken, Task<T>> ask, bool changes)
    {
        Acted |= acts && current is { Began: true };
        acts = changes;
        var config = await ConfigurationAsync();
        config.DisableHttp2 = true;
        // The time limit is the step's, by the token.
        config.HttpClientTimeout = Timeout.InfiniteTimeSpan;
        OutwardHttp? way = null;
        config.FirstMessageHandlerSetup = handler => way = new OutwardHttp(outward, call.Deadline, handler);
        using var client = new k8s.Kubernetes(config, new BoundedAnswers(OutwardApi.LargestAnswer), new LastOfItsConnection());
        current = way;
        return await ask(client, cancel);
    }

    private async Task<KubernetesClientConfiguration> ConfigurationAsync()
    {
        if (target.Kubeconfig is not { } text)
            return KubernetesClientConfiguration.InClusterConfig();
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var config = await KubernetesClientConfiguration.LoadKubeConfigAsync(file);
        LookAtLogin(config, target.Context ?? config.CurrentContext);
        return KubernetesClientConfiguration.BuildConfigFromConfigObject(config, target.Context);
    }

    // The client would start the program that a kubeconfig names, with all that the bot may do.
    private static void LookAtLogin(K8SConfiguration config, string? context)
    {
        var name = config.Contexts?.FirstOrDefault(known => known.Name == context)?.ContextDetails?.User;
        var user = config.Users?.FirstOrDefault(known => known.Name == name)?.UserCredentials;
        var by = user switch
        {
            { ExternalExecution: not null } => "exec",
            { AuthProvider: not null } => "auth-provider",
            _ => null,
        };
        if (by is not null)
            throw new LoginRefusedException(
                $"the user '{name}' of 'kubeconfig' signs in by '{by}', and the bot starts no program for that: "
                    + "give it a token or a client certificate, as of a service account"
            );
    }

    private ActionResult.Failed Answered(HttpOperationException fault)
    {
        var status = (int)fault.Response.StatusCode;
        var kind = OutwardHttp.ClassOf(status, call.Effect);
        var said = Said(fault.Response.Content) ?? fault.Response.ReasonPhrase;
        var words = status switch
        {
            401 => "the API server does not know who asks (401): are the kubeconfig's credentials still good?",
            403 => $"the account may not do this (403): {said}",
            404 => $"there is no such thing (404): {said}",
            409 => $"it is not as it was when it was looked at (409): {said}",
            _ => $"the API server's answer was {status}: {said}",
        };
        return new(
            Acted && call.Effect is StepEffect.Once ? FailureClass.Unknown : kind,
            words,
            JsonSerializer.SerializeToElement(new { status })
        );
    }

    // Also what a server says that is busy or about to go.
    private bool IsLost(Exception fault) =>
        !cancel.IsCancellationRequested
        && (fault is HttpOperationException answered ? (int)answered.Response.StatusCode is 429 or >= 500 : Failed(fault) is not null);

    private ActionResult.Failed? Failed(Exception fault) =>
        current?.Failed(fault, cancel) is { } failed ? failed with { Class = Acted ? FailureClass.Unknown : failed.Class } : null;

    // A Status object: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
    private static string? Said(string? content)
    {
        try
        {
            using var status = JsonDocument.Parse(content ?? "");
            return status.RootElement.TryGetProperty("message", out var message) ? message.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
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

    private sealed class LoginRefusedException(string message) : Exception(message);
}
