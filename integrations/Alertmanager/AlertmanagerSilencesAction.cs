using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Alertmanager;

public sealed record AlertmanagerSilencesArguments(
    [Untainted(UntaintedPart.Origin)] [HttpAddress(IsBase = true)] [Description("Address of Alertmanager.")] string Url,
    [Description("Labels and values that a silence must match; by default any.")] Dictionary<string, string>? Matchers = null,
    [Description("Whose; by default anybody's.")] string? CreatedBy = null,
    [HttpHeaders] [Description("Sent with it, as `Authorization`.")] Dictionary<string, string>? Headers = null
) : TlsArguments;

public sealed record AlertmanagerSilencesResult(
    [Description("How many are active.")] int Count,
    [Description("The active ones, at most 200.")] IReadOnlyList<AlertmanagerSilence> Silences
);

public sealed record AlertmanagerSilence(
    [Description("Its id.")] string Id,
    [Description("As Alertmanager writes them.")] IReadOnlyList<string> Matchers,
    [Description("When it ends.")] DateTimeOffset EndsAt,
    [Description("Who made it.")] string CreatedBy,
    [Description("Why.")] string Comment
);

/// <summary><c>alertmanager/silences@1</c>.</summary>
public sealed class AlertmanagerSilencesAction(Outward outward) : IStepAction
{
    private const int Most = 200;

    public string Name => "alertmanager/silences@1";

    public string Summary => "Lists the silences that are active in Alertmanager.";

    public Type Arguments => typeof(AlertmanagerSilencesArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(AlertmanagerSilencesResult),
            [
                .. SilenceWords.Failures,
                new(FailureClass.Unknown, "No whole answer came in time. Nothing is changed by it: it may be asked again."),
            ],
            """
            uses: alertmanager/silences@1
            with: { url: "http://alertmanager.example.com:9093", matchers: { service: shop } }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"list the silences of {SafeAddress.Of(with.TextOf("url"))}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<AlertmanagerSilencesArguments>(ActionJson.Options)!;
        var filter = SilenceWords.Read(arguments.Matchers ?? []).Select(SilenceWords.Write);
        return outward.AskAsync<IAlertmanagerApi>(
            call,
            arguments.Url,
            arguments.Headers,
            async api => Read(await api.SilencesAsync(filter, cancel), arguments.CreatedBy),
            AlertmanagerAnswer.Reason,
            cancel
        );
    }

    private static ActionResult Read(List<GettableSilence>? all, string? createdBy)
    {
        if (all is null)
            return new ActionResult.Failed(FailureClass.Refused, AlertmanagerAnswer.None);
        var active = all.Where(one => one.Status.State is "active" && (createdBy is null || one.CreatedBy == createdBy)).ToList();
        return ActionResult.Success(
            new AlertmanagerSilencesResult(
                active.Count,
                [
                    .. active
                        .Take(Most)
                        .Select(one => new AlertmanagerSilence(
                            one.Id,
                            [.. one.Matchers.Select(SilenceWords.Write)],
                            one.EndsAt,
                            one.CreatedBy,
                            one.Comment
                        )),
                ]
            )
        );
    }
}
