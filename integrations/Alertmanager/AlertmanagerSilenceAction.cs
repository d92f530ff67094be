using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Alertmanager;

public sealed record AlertmanagerSilenceArguments(
    [Untainted(UntaintedPart.Origin)] [HttpAddress(IsBase = true)] [Description("Address of Alertmanager.")] string Url,
    [SilenceMatchers]
    [Description("Label by label its value, or `~` and a regular expression. At least one.")]
        Dictionary<string, string> Matchers,
    [DurationText(Positive = true, Most = "7d")] [Description("How long, as 30m or 2h; at most 7d.")] string For,
    [Description("Why; shown in Alertmanager.")] string Comment,
    [Description("Who; shown in Alertmanager.")] string CreatedBy = "incident",
    [HttpHeaders] [Description("Sent with it, as `Authorization`.")] Dictionary<string, string>? Headers = null
) : TlsArguments;

public sealed record AlertmanagerSilenceResult(
    [Description("The silence's id, to expire it by.")] string Id,
    [Description("When it ends by itself.")] DateTimeOffset EndsAt
);

/// <summary><c>alertmanager/silence@1</c>.</summary>
public sealed class AlertmanagerSilenceAction(Outward outward) : IStepAction
{
    public string Name => "alertmanager/silence@1";

    public string Summary => "Silences alerts in Alertmanager for a time.";

    public Type Arguments => typeof(AlertmanagerSilenceArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(AlertmanagerSilenceResult),
            [
                .. SilenceWords.Failures,
                new(
                    FailureClass.Unknown,
                    "The connection stood and no whole answer came in time, or it is any 5xx: a silence may be there. `alertmanager/silences@1` tells."
                ),
            ],
            """
            uses: alertmanager/silence@1
            with:
              url: http://alertmanager.example.com:9093
              matchers: { service: shop, alertname: "~Redis.*" }
              for: 30m
              comment: Failing over
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) => $"silence {Said(with)} for {with.TextOf("for")} in {SafeAddress.Of(with.TextOf("url"))}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<AlertmanagerSilenceArguments>(ActionJson.Options)!;
        var now = outward.Time.GetUtcNow();
        var end = now + Duration.Parse(arguments.For);
        var silence = new PostableSilence(SilenceWords.Read(arguments.Matchers), now, end, arguments.CreatedBy, arguments.Comment);
        return await outward.AskAsync<IAlertmanagerApi>(
            call,
            arguments.Url,
            arguments.Headers,
            async api =>
            {
                if (await api.PostSilenceAsync(silence, cancel) is not { SilenceID.Length: > 0 } posted)
                    return new ActionResult.Failed(FailureClass.Unknown, AlertmanagerAnswer.None);
                call.Output($"silence {posted.SilenceID} until {silence.EndsAt:u}");
                return ActionResult.Success(new AlertmanagerSilenceResult(posted.SilenceID, silence.EndsAt));
            },
            AlertmanagerAnswer.Reason,
            cancel
        );
    }

    private static string Said(JsonElement with) =>
        with.TryGetProperty("matchers", out var matchers) && matchers.ValueKind is JsonValueKind.Object
            ? string.Join(
                ", ",
                SilenceWords
                    .Read(matchers.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.ToString(), StringComparer.Ordinal))
                    .Select(SilenceWords.Write)
            )
            : "?";
}
