using System.Globalization;
using System.Text.Json;
using Bot.Alerts;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Runbooks.Running;

namespace Bot.Intake;

/// <summary>
/// Decides one delivery: which alerts are new, which incident they join, what resolves; with the reason of each stage. The
/// delivery, the alerts' state and the facts are one transaction, so an accepted alert is never without its consequences.
/// </summary>
internal sealed class AlertDeliveryWork(AlertDelivery delivery) : DeskWork<DeliveryAnswer>
{
    private static readonly IReadOnlyDictionary<string, HashSet<string>> NoneWanted = new Dictionary<string, HashSet<string>>();
    private static readonly AlertChange[] Changes = Enum.GetValues<AlertChange>();

    private readonly Dictionary<int, Joining> joining = [];
    private readonly int[] changes = new int[Changes.Length];
    private readonly List<TraceStage> trace = [];
    private readonly AlertBatch batch = delivery.Batch;
    private Dictionary<Silence, (int Alerts, bool Fresh)>? held;

    public override void Prefetch(LogWants wanted)
    {
        foreach (var alert in batch.Alerts)
            wanted.Alerts.Add(new AlertKey(delivery.Source, alert.Fingerprint));
        wanted.Groups.Add((delivery.Source, delivery.Group));
    }

    public override DeliveryAnswer Decide(IDraft draft)
    {
        // A batch that could not be committed is decided again, whole or piece by piece.
        joining.Clear();
        held = null;
        trace.Clear();
        Array.Clear(changes);
        trace.Add(new TraceStage("verify", delivery.Verified));
        var target = new Target(delivery, draft, trace);
        foreach (var alert in batch.Alerts)
            Place(draft, alert, target);
        trace.Add(new TraceStage("deduplicate", Counted()));
        TraceHeld(draft);
        if (target.Number is { } group && batch.Hidden != HiddenOf(draft, group))
            JoiningOf(group);
        foreach (var (number, joined) in joining)
            Join(draft, number, joined);
        var incident = target.Number ?? (joining.Count > 0 ? joining.Keys.First() : null);
        draft.Add(
            new DeliveryWrite(
                delivery.Id,
                delivery.Source,
                delivery.Route.Name,
                Micros.From(draft.Now),
                delivery.Headers,
                delivery.Body,
                delivery.Encoding,
                "accepted",
                batch.Alerts.Count,
                incident,
                JsonSerializer.SerializeToUtf8Bytes(trace, FactJson.Options),
                delivery.Route.Private
            )
        );
        return new DeliveryAnswer(delivery.Id, batch.Alerts.Count);
    }

    private void Place(IDraft draft, IncomingAlert alert, Target target)
    {
        var key = new AlertKey(delivery.Source, alert.Fingerprint);
        var known = draft.Alert(key);
        var change = Episodes.Compare(known, alert.Firing, alert.StartsAt, draft.Now);
        // Held back until now: the sender's repeat, or the end of the silence, brings it in.
        var waits = change is AlertChange.Repeated && known!.Incident is null;
        if (delivery.IsRelease && !waits)
            return;
        changes[(int)change]++;
        var after = Episodes.After(known, change, alert.StartsAt, alert.EndsAt, draft.Now) with { Private = delivery.Route.Private };
        if (change is AlertChange.New or AlertChange.Refired || waits)
        {
            // An alert in an open incident stays there, even when its group key changes.
            var holder = Holder(draft, known);
            if (delivery.Held?.GetValueOrDefault(alert.Fingerprint) is { } silence)
            {
                Hold(silence, waits);
                // Where an open incident counts it as firing, it goes on being counted there.
                var kept = known is { Firing: true } && holder is { IsOpen: true } ? known.Incident : null;
                draft.PutAlert(key, after with { Incident = kept }, new AlertContent(alert.Labels, alert.Annotations, alert.GeneratorUrl));
                return;
            }

            var number = holder is { IsOpen: true } ? holder.Number : target.For(alert);
            after = after with { Incident = number };
            // Where it fires still by what is known, its resolve was missed: the incident that counts it counts it once.
            var counted = known is { Firing: true } ? holder?.Number : null;
            if (counted != number)
                JoiningOf(number).Fired.Add(alert.Fingerprint);
            if (counted is { } left && left != number)
                JoiningOf(left).Resolved.Add(alert.Fingerprint);
        }
        else if (change is AlertChange.Resolved && Holder(draft, known) is { } holder)
        {
            JoiningOf(holder.Number).Resolved.Add(alert.Fingerprint);
        }

        var content =
            !waits && known == after && change is (AlertChange.Repeated or AlertChange.ResolvedAgain or AlertChange.Stale)
                ? null
                : new AlertContent(alert.Labels, alert.Annotations, alert.GeneratorUrl);
        draft.PutAlert(key, after, content);
    }

    private void Join(IDraft draft, int number, Joining joined)
    {
        var state = draft.Incident(number)!;
        var names = joined.Fired.Count == 0 ? [] : NewNames(state, joined.Fired);
        var fact = new IncidentFact.AlertsJoined(
            delivery.Id,
            delivery.Source,
            batch.GroupKey,
            joined.Fired,
            joined.Resolved,
            names,
            batch.Hidden,
            delivery.Source == Probe.Source && joined.Fired.Count > 0 ? Seen(batch.Alerts[0]) : null
        );
        var before = state.State;
        foreach (var consequence in IncidentDecisions.OnAlerts(state, fact))
            draft.Append(StreamId.Incident(number), consequence, Actor.Source(delivery.Source), consequence.HappenedAt);
        var after = draft.Incident(number)!;
        trace.Add(new TraceStage("incident", Told(before, after, joined)));
        foreach (var (runbook, wanted) in delivery.Wanted ?? NoneWanted)
        {
            if (joined.Fired.FindAll(wanted.Contains) is { Count: > 0 } fired)
                draft.Emit(ConsiderRunbook.Of(number, delivery.Source, runbook, fired, draft.Now));
        }
    }

    // The alert says what was seen last, which in the end is that it is well.
    private static string Seen(IncomingAlert probe) =>
        $"{probe.Fingerprint}: {AlertJson.ToDictionary(probe.Annotations).GetValueOrDefault("description")}";

    private string Told(IncidentState before, Incident after, Joining joined)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{after.Id}: {joined.Fired.Count} fired, {joined.Resolved.Count} resolved, {after.Firing} of {after.Alerts} still firing"
        );
        if (before != after.State)
            return $"{text}; {before.Word()} → {after.State.Word()}";
        if (after.Firing > 0 || !after.IsOpen || joined.Resolved.Count == 0)
            return text;
        if (after.IsDamped)
            return $"{text}; flapped {after.Flaps} times: stays open until somebody resolves it";
        return after.HiddenByGroup.IsEmpty
            ? text + "; its route leaves resolving to people"
            : $"{text}; stays open, since the sender cut {batch.Hidden} alerts from the group and they may still fire";
    }

    // Names of alerts are what people tell kinds of trouble apart by; a group that is one name by definition needs no look at its members.
    private List<string> NewNames(Incident state, List<string> fired)
    {
        var names = new List<string>();
        if (state.AlertNames.Count >= Incident.MaxAlertNames)
            return names;
        if (batch.GroupLabels.TryGetValue("alertname", out var common))
        {
            if (!state.AlertNames.Contains(common))
                names.Add(common);
            return names;
        }

        var fresh = fired.ToHashSet(StringComparer.Ordinal);
        foreach (var alert in batch.Alerts)
        {
            if (!fresh.Contains(alert.Fingerprint))
                continue;
            if (state.AlertNames.Count + names.Count >= Incident.MaxAlertNames)
                break;
            var name = AlertJson.ToDictionary(alert.Labels).GetValueOrDefault("alertname", alert.Fingerprint);
            if (!state.AlertNames.Contains(name) && !names.Contains(name))
                names.Add(name);
        }

        return names;
    }

    private void Hold(Silence silence, bool waits)
    {
        held ??= [];
        var (alerts, fresh) = held.GetValueOrDefault(silence);
        held[silence] = (alerts + 1, fresh || !waits || delivery.IsRelease);
    }

    // Silence and maintenance come first of all stages; their reasons are counted, since a storm may be silenced whole.
    private void TraceHeld(IDraft draft)
    {
        if (delivery.Held is null)
            return;
        if (held is null)
            trace.Insert(1, new TraceStage("silence", "none that is active fits"));
        foreach (var (silence, (alerts, fresh)) in held ?? [])
        {
            trace.Insert(
                1,
                new TraceStage(
                    silence.Stage,
                    $"{alerts} held back by {silence.Stage} {silence.Number} ({silence.What}; {silence.By}: {silence.Reason}) until {UtcText.Minute(silence.Until)}"
                )
            );
            if (fresh)
                draft.Emit(
                    new Effect(
                        ReleaseHeld.Kind,
                        ReleaseHeld.KeyOf(silence.Number) + delivery.Id,
                        new ReleaseHeld(silence.Number, delivery.Id),
                        silence.Until
                    )
                );
        }
    }

    private int HiddenOf(IDraft draft, int number) =>
        draft.Incident(number)!.HiddenByGroup.GetValueOrDefault(delivery.Source + "|" + batch.GroupKey);

    private Joining JoiningOf(int number)
    {
        if (!joining.TryGetValue(number, out var joined))
            joining[number] = joined = new Joining([], []);
        return joined;
    }

    private static Incident? Holder(IDraft draft, AlertState? known) =>
        known?.Incident is { } number ? IncidentDecisions.Survivor(number, draft.Incident) : null;

    private string Counted()
    {
        var parts = new List<string>(2);
        foreach (var change in Changes)
        {
            if (changes[(int)change] > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{changes[(int)change]} {Word(change)}"));
        }

        return string.Join(", ", parts);
    }

    private static string Word(AlertChange change) =>
        change switch
        {
            AlertChange.New => "new",
            AlertChange.Refired => "firing again in a new episode",
            AlertChange.Repeated => "repeats of a firing episode",
            AlertChange.Resolved => "resolved",
            AlertChange.ResolvedAgain => "repeats of a resolve",
            AlertChange.ResolvedUnknown => "resolved without having been seen firing",
            _ => "of an older episode than the known one, only counted",
        };

    private sealed record Joining(List<string> Fired, List<string> Resolved);

    /// <summary>Where the delivery's firing alerts go: found, re-opened or declared when the first of them needs it.</summary>
    private sealed class Target(AlertDelivery delivery, IDraft draft, List<TraceStage> trace)
    {
        private readonly AlertBatch batch = delivery.Batch;
        private int? number = LookUp(delivery, draft);

        private bool decided;

        public int? Number => number;

        public int For(IncomingAlert first)
        {
            if (decided)
                return number!.Value;
            decided = true;
            var known = number is { } held ? draft.Incident(held) : null;
            var (joins, reason) = known is null ? (false, "no incident of this group yet") : Reuse(known);
            // A group that has its open incident stays in it; any other is the consequence of what is broken below it.
            if (known is not { IsOpen: true } && Parent() is { } parent)
                return Inhibit(parent);
            trace.Add(new TraceStage("group", $"{batch.GroupKey}: {reason}"));
            if (joins && !known!.IsOpen)
                trace.Add(new TraceStage("flap", $"re-opens {known.Id} for the {Ordinal(known.Flaps + 1)} time"));
            return joins ? known!.Number : Declare(first);
        }

        private Incident? Parent()
        {
            foreach (var service in delivery.Parents)
            {
                // A drill or a private incident keeps to its own kind.
                if (
                    draft.OpenIncidentOf(service) is { } open
                    && draft.Incident(open) is { } incident
                    && incident.Kind == delivery.Route.Kind
                    && incident.Private == delivery.Route.Private
                )
                    return incident;
            }

            return null;
        }

        private int Inhibit(Incident parent)
        {
            trace.Add(
                new TraceStage("inhibition", $"joins {parent.Id}, the open incident of {parent.Service}, on which its service stands")
            );
            draft.PutGroup(delivery.Source, delivery.Group, parent.Number);
            number = parent.Number;
            return parent.Number;
        }

        private static string Ordinal(int number) =>
            number switch
            {
                1 => "1st",
                2 => "2nd",
                3 => "3rd",
                _ => string.Create(CultureInfo.InvariantCulture, $"{number}th"),
            };

        private (bool Joins, string Reason) Reuse(Incident known)
        {
            if (known.IsOpen)
                return (true, $"joins {known.Id}, which is {known.State.Word()}");
            var over = known.ResolvedAt ?? known.ChangedAt;
            var cooldown = known.Policy.Cooldown;
            if (draft.Now - over > cooldown)
                return (false, $"{known.Id} is {known.State.Word()} for longer than the cool-down of {cooldown}");
            return known.State is IncidentState.Closed
                ? (false, $"{known.Id} is closed; a closed incident is not re-opened by an alert")
                : (true, $"joins {known.Id}, {known.State.Word()} less than the cool-down of {cooldown} ago");
        }

        private int Declare(IncomingAlert first)
        {
            var route = delivery.Route;
            var labels = AlertJson.ToDictionary(first.Labels);
            trace.Add(new TraceStage("route", $"'{route.Name}' {(route.Match.IsEmpty ? "matches everything" : "matches the labels")}"));
            var started = batch
                .Alerts.Where(alert => alert.Firing && alert.StartsAt > DateTimeOffset.UnixEpoch)
                .Select(alert => alert.StartsAt);
            var earliest = started.DefaultIfEmpty(draft.Now).Min();
            var declaration = new Declaration(
                Title(labels, first),
                route.Severity.Of(labels),
                route.Kind,
                labels.GetValueOrDefault(route.ServiceLabel),
                route.Private,
                // A sender's clock may be ahead of ours.
                earliest < draft.Now
                    ? earliest
                    : draft.Now,
                route.Policy,
                new AlertOrigin(delivery.Source, batch.GroupKey, route.Name)
            );
            number = draft.NextIncidentNumber;
            var decision = (Decision.Accepted)IncidentDecisions.Declare(number.Value, declaration, draft.Now);
            draft.Create(StreamId.Incident(number.Value));
            foreach (var fact in decision.Facts)
                draft.Append(StreamId.Incident(number.Value), fact, Actor.Source(delivery.Source));
            draft.PutGroup(delivery.Source, delivery.Group, number.Value);
            return number.Value;
        }

        private static int? LookUp(AlertDelivery delivery, IDraft draft) =>
            draft.GroupIncident(delivery.Source, delivery.Group) is { } group
                ? IncidentDecisions.Survivor(group, draft.Incident)?.Number
                : null;

        private string Title(IReadOnlyDictionary<string, string> labels, IncomingAlert first)
        {
            var firing = batch.Alerts.Count(alert => alert.Firing);
            var summary = AlertJson.ToDictionary(first.Annotations).GetValueOrDefault("summary");
            if (firing == 1 && !string.IsNullOrWhiteSpace(summary))
                return summary;
            var name = batch.GroupLabels.GetValueOrDefault("alertname") ?? labels.GetValueOrDefault("alertname") ?? summary ?? "Alert";
            var others = batch.GroupLabels.Where(label => label.Key is not "alertname").Select(label => label.Value);
            var where = string.Join(", ", others);
            return where.Length == 0 ? name : $"{name}: {where}";
        }
    }
}
