using System.ComponentModel;
using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
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

/// <summary>One command on the run's incident; the attempt's id makes a repeat harmless.</summary>
internal static class IncidentCall
{
    public static async Task<ActionResult> RunAsync(
        IDesk desk,
        ActionCall call,
        IncidentCommand command,
        string content,
        CancellationToken cancel
    )
    {
        call.Output(content);
        if (call.Incident is not { } number)
            return new ActionResult.Succeeded(JsonSerializer.SerializeToElement(new PostedResult(false), ActionJson.Options));
        var actor = Actor.Run(call.Run);
        var work = new CommandWork(number, command, call.Run)
        {
            Key = new IdempotencyKey(actor.ToString(), $"{call.Run}/{call.Step}", content),
        };
        return await desk.SubmitAsync(work, cancel) is { } refused
            ? new ActionResult.Failed(FailureClass.Refused, refused)
            : new ActionResult.Succeeded(JsonSerializer.SerializeToElement(new PostedResult(true), ActionJson.Options));
    }

    /// <summary>Answers with the refusal's sentence, which can be kept and read again; null if it was taken.</summary>
    private sealed class CommandWork(int number, IncidentCommand command, string run) : DeskWork<string?>
    {
        public override string? Decide(IDraft draft)
        {
            // Whoever may start a runbook does not get into a private incident by it.
            if (draft.Incident(number) is { Private: true } && draft.Run(run)?.Incident != number)
                return new Rejection.NoSuchIncident(StreamId.Incident(number).Value).Sentence;
            return new IncidentWork(number, command, Actor.Run(run)).Decide(draft) is Decision.Rejected rejected
                ? rejected.Why.Sentence
                : null;
        }
    }
}
