using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;

namespace Bot.Effects;

/// <summary>
/// Reminds people of what an open incident lacks, and orders the next look: an effect with a due time, so that no restart drops
/// one. What is due is decided at the desk, where an update that came just now counts.
/// </summary>
internal sealed class RemindHandler(IDesk desk, IConfiguration configuration) : IEffectHandler
{
    public string Kind => RemindEffect.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var usual = ReminderOptions.Usual;
        var options = new ReminderOptions(
            configuration.GetValue("Reminders:NoCommander", usual.NoCommander),
            configuration.GetValue("Reminders:NoUpdate", usual.NoUpdate),
            configuration.GetValue("Reminders:StillOpen", usual.StillOpen)
        );
        var work = new RemindWork(effect.Read<RemindEffect>(), options) { Key = new IdempotencyKey("effects", effect.Id, effect.Id) };
        return new EffectResult.Done(await desk.SubmitAsync(work, cancel));
    }

    private sealed class RemindWork(RemindEffect remind, ReminderOptions options) : DeskWork<string>
    {
        public override string Decide(IDraft draft)
        {
            if (draft.Incident(remind.Incident) is not { IsOpen: true } incident)
                return "It is over.";
            if (remind.Round != incident.Reopens)
                return "Newer looks have begun since it was re-opened.";
            var due = Reminders.Due(incident, options, draft.Now).ToList();
            foreach (var kind in due)
                draft.Append(StreamId.Incident(remind.Incident), new IncidentFact.Reminded(kind), Actor.System);
            var next = Reminders.Next(draft.Incident(remind.Incident)!, options, draft.Now) ?? DateTimeOffset.MaxValue;
            // What is changed meanwhile may make one due earlier.
            var look = draft.Now + RemindEffect.Look;
            draft.Emit(new Effect(RemindEffect.Kind, $"remind/{incident.Id}", remind, next < look ? next : look));
            return due.Count == 0 ? "Nothing was due." : $"Reminded of {string.Join(", ", due)}.";
        }
    }
}
