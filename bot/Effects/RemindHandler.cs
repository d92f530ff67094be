using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;

namespace Bot.Effects;

/// <summary>
/// Reminds people of what an open incident lacks, and orders the next look: an effect with a due time, so that no restart drops
/// one. What is due is decided at the desk, where an update that came just now counts.
/// </summary>
internal sealed class RemindHandler(IDesk desk, ReminderOptions options) : IEffectHandler
{
    public string Kind => RemindEffect.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var work = new RemindWork(effect.Read<RemindEffect>(), options) { Key = new IdempotencyKey("effects", effect.Id, effect.Id) };
        return new EffectResult.Done(await desk.SubmitAsync(work, cancel));
    }

    private sealed class RemindWork(RemindEffect remind, ReminderOptions options) : DeskWork<string>
    {
        public override string Decide(IDraft draft)
        {
            if (draft.Incident(remind.Incident) is not { IsOpen: true } incident)
                return "It is over.";
            if (remind.Round != incident.Reopens || remind.Change != incident.ReminderChanges)
                return "Newer looks have begun since.";
            var due = Reminders.Due(incident, options, draft.Now).ToList();
            foreach (var kind in due)
                draft.Append(StreamId.Incident(remind.Incident), new IncidentFact.Reminded(kind), Actor.System);
            draft.Emit(RemindEffect.Next(draft.Incident(remind.Incident)!, options, draft.Now));
            return due.Count == 0 ? "Nothing was due." : $"Reminded of {string.Join(", ", due)}.";
        }
    }
}
