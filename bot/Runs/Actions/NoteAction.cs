using System.ComponentModel;
using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record NoteArguments(
    [Description("What people read.")] string Text,
    [Description("When it happened, if not now.")] DateTimeOffset? HappenedAt = null
);

public sealed record PostedResult([Description("False: the run belongs to no incident.")] bool Posted);

/// <summary><c>incident/note@1</c>: a note on the incident's timeline.</summary>
internal sealed class NoteAction(IServiceProvider services) : IStepAction
{
    public string Name => "incident/note@1";

    public string Summary => "Writes a note on the incident's timeline.";

    public Type Arguments => typeof(NoteArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [new(FailureClass.Refused, "The incident takes no notes, or is private and the run is not part of it.")],
            """
            uses: incident/note@1
            with: { text: "The replica was promoted." }
            """
        );

    public bool ShowsArguments => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"note: {with.GetProperty("text")}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var note = call.With.Deserialize<NoteArguments>(ActionJson.Options)!;
        return IncidentCall.RunAsync(
            services.GetRequiredService<IDesk>(),
            call,
            new IncidentCommand.AddNote(note.Text, note.HappenedAt),
            note.Text,
            cancel
        );
    }
}
