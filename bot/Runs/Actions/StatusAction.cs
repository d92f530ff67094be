using System.ComponentModel;
using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

internal sealed record StatusArguments(
    [Description("How it stands, in words that everybody understands. Without it only the state changes.")] string? Text = null,
    [Description("The incident's new state; by default as it is.")] StatusState? State = null,
    [Description("Who is affected, and how.")] string? Impact = null,
    [Description("What is done next.")] string? Next = null,
    [DurationText(Positive = true)]
    [Description("When the next update is promised, from now, as 30m; people are reminded of it.")]
        string? NextUpdateIn = null
);

/// <summary>The states that a runbook may say; the others are for people.</summary>
internal enum StatusState
{
    Investigating = IncidentState.Investigating,
    Identified = IncidentState.Identified,
    Monitoring = IncidentState.Monitoring,
    Resolved = IncidentState.Resolved,
}

/// <summary><c>incident/status@1</c>: a status update, a new state, or both at once.</summary>
internal sealed class StatusAction(IServiceProvider services, TimeProvider time) : IStepAction
{
    public string Name => "incident/status@1";

    public string Summary => "Posts a status update and moves the incident on.";

    public Type Arguments => typeof(StatusArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [
                new(FailureClass.NotSent, "There is neither `text` nor `state`, or `next-update-in` is no duration."),
                new(FailureClass.Refused, "The incident is over and takes no other state, or it is private and the run is not part of it."),
            ],
            """
            uses: incident/status@1
            with: { text: "The rollout was undone.", state: monitoring, next: Watch the errors, next-update-in: 30m }
            """,
            """
            uses: incident/status@1
            with: { state: identified }
            """
        );

    public bool ShowsArguments => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) =>
        string.Join(": ", new[] { "status", Said(with, "state"), Said(with, "text") }.Where(part => part is not null));

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var status = call.With.Deserialize<StatusArguments>(ActionJson.Options)!;
        if (Command(status, out var problem) is not { } command)
            return Task.FromResult<ActionResult>(new ActionResult.Failed(FailureClass.NotSent, problem));
        return IncidentCall.RunAsync(services.GetRequiredService<IDesk>(), call, command, Describe(call.With), cancel);
    }

    private static string? Said(JsonElement with, string key) => with.TryGetProperty(key, out var value) ? value.ToString() : null;

    private IncidentCommand? Command(StatusArguments status, out string problem)
    {
        problem = "Neither 'text' nor 'state' is given. Write what everybody should know, or the new state.";
        var state = (IncidentState?)status.State;
        if (status.Text is null)
            return state is { } to ? new IncidentCommand.Move(to) : null;
        return new IncidentCommand.PostUpdate(
            status.Text,
            status.Impact,
            status.Next,
            status.NextUpdateIn is { } promised ? time.GetUtcNow() + Duration.Parse(promised) : null,
            State: state
        );
    }
}
