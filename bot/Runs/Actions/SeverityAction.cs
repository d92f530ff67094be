using System.ComponentModel;
using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

internal sealed record SeverityArguments(
    [Description("How bad it is; `sev1` is worst.")] Severity Severity,
    [Description("Why, for the timeline.")] string? Reason = null
);

/// <summary><c>incident/severity@1</c>: changes how bad the incident is.</summary>
internal sealed class SeverityAction(IServiceProvider services) : IStepAction
{
    public string Name => "incident/severity@1";

    public string Summary => "Changes the incident's severity.";

    public Type Arguments => typeof(SeverityArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [
                new(FailureClass.NotSent, "`severity` is none of the five."),
                new(FailureClass.Refused, "The incident is private and the run is not part of it."),
            ],
            """
            uses: incident/severity@1
            with: { severity: sev2, reason: "The replica serves reads again." }
            """
        );

    public bool ShowsArguments => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"severity: {with.GetProperty("severity")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var (severity, reason) = call.With.Deserialize<SeverityArguments>(ActionJson.Options)!;
        return IncidentCall.RunAsync(
            services.GetRequiredService<IDesk>(),
            call,
            new IncidentCommand.ChangeSeverity(severity, reason),
            $"severity {severity.Word()}{(reason is null ? "" : ": " + reason)}",
            cancel
        );
    }
}
