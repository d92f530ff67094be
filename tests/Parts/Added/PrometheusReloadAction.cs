using System.ComponentModel;
using System.Text.Json;
using Integrations;
using Refit;
using Runbooks.Actions;
using Runbooks.Running;

namespace Tests.Parts.Added;

public sealed record PrometheusReloadArguments(
    // An alert may not say which host is called: a runbook that would let it is refused when it is read.
    [Untainted(UntaintedPart.Origin)]
    [HttpAddress(IsBase = true)]
    [Description("Address of Prometheus.")]
        string Url,
    [HttpHeaders] [Description("Sent with it, as `Authorization`.")] Dictionary<string, string>? Headers = null
) : TlsArguments;

internal interface IPrometheusLifecycle
{
    [Post("/-/reload")]
    Task ReloadAsync(CancellationToken cancel);
}

/// <summary><c>prometheus/reload@1</c>.</summary>
internal sealed class PrometheusReloadAction(Outward outward) : IStepAction
{
    public string Name => "prometheus/reload@1";

    public string Summary => "Makes Prometheus read its configuration and its rules anew.";

    public Type Arguments => typeof(PrometheusReloadArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            [
                new(FailureClass.NotSent, "The host is not allowed or not there, or the TLS handshake fails."),
                new(
                    FailureClass.Refused,
                    "The new configuration is wrong, or `--web.enable-lifecycle` is off: the answer's words are told."
                ),
                new(FailureClass.Unknown, "The connection stood and no whole answer came in time. It may be done again."),
            ],
            """
            uses: prometheus/reload@1
            with: { url: "http://prometheus.example.com:9090" }
            """
        );

    // What it has read already it reads again, and is as it was.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"reload the configuration of Prometheus at {SafeAddress.Of(with.TextOf("url"))}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<PrometheusReloadArguments>(ActionJson.Options)!;
        return outward.AskAsync<IPrometheusLifecycle>(
            call,
            arguments.Url,
            arguments.Headers,
            async api =>
            {
                await api.ReloadAsync(cancel);
                call.Output("read anew");
                return ActionResult.Success(new NoResult());
            },
            reason: body => body,
            cancel
        );
    }
}
