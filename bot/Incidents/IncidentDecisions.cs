using System.Globalization;
using Runbooks.Running;

namespace Bot.Incidents;

/// <summary>Decides every command on one incident. Pure: state, command and time in, facts or a reason out.</summary>
internal static class IncidentDecisions
{
    public const int MaxTitle = 200;
    public const int MaxText = 10_000;

    /// <summary>Facts for a new incident; the number is given by the desk, under the log's lock.</summary>
    public static Decision Declare(int number, Declaration wanted, DateTimeOffset now)
    {
        var title = wanted.Title.Trim();
        if (title.Length == 0)
            return Reject(new Rejection.Missing("title", "Say in a few words what is wrong: /incident declare Checkout is down"));
        if (title.Length > MaxTitle)
            title = title[..(MaxTitle - 1)] + "…";
        var started = wanted.ImpactStartedAt ?? now;
        if (started > now)
            return Reject(InFuture("impactStartedAt", started));
        return Accept(
            $"Declared inc-{number}: {title}",
            new IncidentFact.Declared(
                number,
                title,
                wanted.Severity,
                wanted.Kind,
                string.IsNullOrWhiteSpace(wanted.Service) ? null : wanted.Service.Trim(),
                wanted.Private,
                started,
                wanted.Policy ?? IncidentPolicy.ByHand,
                wanted.Origin
            )
        );
    }

    public static Decision Decide(Incident state, IncidentCommand command, DateTimeOffset now) =>
        command switch
        {
            IncidentCommand.Record record => new Decision.Accepted(record.Facts, "Recorded."),
            IncidentCommand.TakeRoom room => state.Rooms.ContainsKey(room.Platform)
                ? Reject(new Rejection.Conflict($"{state.Id} has a channel in {room.Platform} already."))
                : Accept($"This is the channel of {state.Id} from now on.", new IncidentFact.RoomOpened(room.Platform, room.Room)),
            IncidentCommand.WantRoom room => state.Rooms.ContainsKey(room.Platform)
                ? Already($"{state.Id} has a channel in {room.Platform} already.")
                : Accept($"A channel in {room.Platform} is tried again now.", new IncidentFact.RoomWanted(room.Platform)),
            IncidentCommand.RefuseRoom room => state.RoomRefusals.GetValueOrDefault(room.Platform) == room.Reason
                ? Already("Known.")
                : Accept("Recorded.", new IncidentFact.RoomRefused(room.Platform, room.Reason)),
            // Whose incident is over puts its channel away; only an open one needs another. What was private stays private.
            IncidentCommand.LoseRoom room => (room.IsExposed ? !state.Private : !state.IsOpen)
            || state.HasLost(room.Platform, room.Room)
            || (state.Rooms.TryGetValue(room.Platform, out var current) && current != room.Room)
                ? Already("Known.")
                : Accept("Recorded.", new IncidentFact.RoomLost(room.Platform, room.Room, room.Reason) { IsExposed = room.IsExposed }),
            IncidentCommand.AddNote note => Note(note, now),
            IncidentCommand.PostMessage message => Text("text", message.Text, text => new IncidentFact.MessagePosted(text), "Posted."),
            IncidentCommand.Reopen reopen => Reopen(state, reopen),
            IncidentCommand.Move move => Move(state, move),
            IncidentCommand.AddTask task => Text(
                "text",
                task.Text,
                text => new IncidentFact.TaskAdded(state.Tasks.Count + 1, text, task.Assignee),
                $"Task {state.Tasks.Count + 1} added."
            ),
            IncidentCommand.FinishTask task => OnTask(
                state,
                task.Task,
                known => known.Done ? null : new IncidentFact.TaskDone(task.Task),
                "is done"
            ),
            IncidentCommand.AssignTask task => OnTask(
                state,
                task.Task,
                known => known.Assignee == task.Assignee ? null : new IncidentFact.TaskAssigned(task.Task, task.Assignee),
                $"is {task.Assignee}'s"
            ),
            IncidentCommand.MoveImpactStart impact => ImpactStart(state, impact.To, now),
            IncidentCommand.Rename rename when rename.To.Trim() == state.Title => Already($"{state.Id} is called so already."),
            IncidentCommand.Rename rename => string.IsNullOrWhiteSpace(rename.To) || rename.To.Length > MaxTitle
                ? Reject(new Rejection.Invalid("title", rename.To, $"Give 1 to {MaxTitle} characters."))
                : Accept($"{state.Id} is now called: {rename.To.Trim()}", new IncidentFact.Renamed(state.Title, rename.To.Trim())),
            IncidentCommand.PostUpdate update => Update(state, update, now),
            IncidentCommand.ChangeSeverity severity => severity.To == state.Severity
                ? Already($"{state.Id} is {severity.To.Word()} already.")
                : Accept(
                    $"{state.Id}: {state.Severity.Word()} → {severity.To.Word()}.",
                    new IncidentFact.SeverityChanged(state.Severity, severity.To, severity.Reason)
                ),
            IncidentCommand.AssignRole role => Assign(state, role),
            IncidentCommand.Relate relate when relate.Other == state.Number => Reject(
                new Rejection.Invalid("to", state.Id, "An incident is related to another one.")
            ),
            IncidentCommand.Relate relate => state.Related.Contains(relate.Other)
                ? Already($"{state.Id} and inc-{relate.Other} are related already.")
                : Accept($"{state.Id} and inc-{relate.Other} are related.", new IncidentFact.Related(relate.Other, relate.Reason)),
            IncidentCommand.ReleaseRole role => state.Roles.TryGetValue(role.Role, out var holder)
                ? Accept($"{holder} is no longer {role.Role.Word()}.", new IncidentFact.RoleReleased(role.Role, holder))
                : Already($"Nobody is {role.Role.Word()}."),
            _ when !state.IsOpen => Reject(new Rejection.AlreadyOver(state.Id, state.State)),
            IncidentCommand.Acknowledge acknowledge => state is { AwaitsAcknowledgement: false, AcknowledgedAt: { } at }
                ? Already($"{state.Id} was acknowledged by {state.AcknowledgedBy} at {UtcText.OfDay(at)}.")
                : Accept($"{state.Id} acknowledged.", new IncidentFact.Acknowledged(acknowledge.Via)),
            IncidentCommand.Snooze snooze => Accept(
                $"No reminders until {UtcText.Minute(snooze.Until)}.",
                new IncidentFact.RemindersSnoozed(snooze.Until)
            ),
            IncidentCommand.Call call => Accept($"Calling {call.Target}.", new IncidentFact.PageRequested(call.Target, call.Reason)),
            IncidentCommand.Merge merge => merge.Into == state.Number
                ? Reject(new Rejection.Invalid("into", state.Id, "An incident is merged into another one."))
                : Accept($"{state.Id} merged into inc-{merge.Into}.", new IncidentFact.MergedInto(merge.Into, merge.Reason)),
            IncidentCommand.Absorb { Other: var other } => Accept(
                $"{other.Id} merged into {state.Id}.",
                new IncidentFact.Absorbed(
                    other.Number,
                    other.Alerts,
                    other.Firing,
                    other.HiddenByGroup.IsEmpty ? null : other.HiddenByGroup
                )
            ),
            _ => throw new InvalidOperationException($"No rule for {command.GetType().Name}."),
        };

    /// <summary>Both timelines tell of a merge or a relation: one that everybody reads must not tell that there is a private incident.</summary>
    /// <returns>Why the two stay apart; null: nothing speaks against it.</returns>
    public static Rejection? Apart(Incident one, Incident other)
    {
        if (one.Private == other.Private)
            return null;
        var (hidden, open) = one.Private ? (one, other) : (other, one);
        return new Rejection.Conflict(
            $"{hidden.Id} is private and {open.Id} is not: whoever reads {open.Id} would learn of {hidden.Id}. "
                + $"Note it in the private one: /incident note {hidden.Id} TEXT. What is done with ends by itself: /incident cancel inc-N REASON"
        );
    }

    /// <summary>What alerts do to an incident that exists: they join, and the last one to go may resolve it.</summary>
    public static IEnumerable<IncidentFact> OnAlerts(Incident state, IncidentFact.AlertsJoined joined)
    {
        if (joined.Fired.Count > 0 && state.State is IncidentState.Resolved)
            yield return new IncidentFact.Reopened(IncidentState.Investigating, "an alert fired again inside the cool-down", Flap: true);
        yield return joined;
        var after = Incident.Evolve(state, joined, state.ChangedAt, default);
        // The last one to go may be a hidden one: then nothing resolves, the sender only stops to hide.
        var goes = joined.Resolved.Count > 0 || !state.HiddenByGroup.IsEmpty;
        var silent = after.Firing == 0 && after.HiddenByGroup.IsEmpty;
        if (state.IsOpen && after.Policy.ResolveByItself && !after.IsDamped && silent && goes)
            yield return new IncidentFact.Moved(state.State, IncidentState.Resolved, "all its alerts resolved");
    }

    /// <summary>Where what belongs to an incident goes today: itself, or whatever it was merged into, and that in turn.</summary>
    /// <param name="find">Null for a number that does not exist.</param>
    public static Incident? Survivor(int number, Func<int, Incident?> find)
    {
        // Merging needs an open target, so a ring cannot come about; the bound keeps a damaged log from hanging the desk.
        var state = find(number);
        for (var step = 0; step < 1000 && state?.MergedInto is { } into; step++)
            state = find(into);
        return state;
    }

    private static Decision Move(Incident state, IncidentCommand.Move move)
    {
        if (move.To == state.State)
            return Already($"{state.Id} is {state.State.Word()} already.");
        if (state.State is IncidentState.Resolved && move.To is not IncidentState.Closed || state.State > IncidentState.Resolved)
            return Reject(new Rejection.AlreadyOver(state.Id, state.State));
        var allowed = move.To switch
        {
            IncidentState.Closed => state.State is IncidentState.Resolved,
            IncidentState.Declined => state.State is IncidentState.Triage,
            IncidentState.Merged => false,
            _ => true,
        };
        return allowed
            ? Accept(
                $"{state.Id}: {state.State.Word()} → {move.To.Word()}.",
                [
                    .. (move.LeftOver ?? []).Select((text, at) => new IncidentFact.TaskAdded(state.Tasks.Count + 1 + at, text, null)),
                    new IncidentFact.Moved(state.State, move.To, move.Reason),
                ]
            )
            : Reject(new Rejection.NotFromHere(state.Id, state.State, move.To));
    }

    private static Decision ImpactStart(Incident state, DateTimeOffset to, DateTimeOffset now)
    {
        var said = UtcText.Of(to);
        if (to > now)
            return Reject(InFuture("time", to));
        // Mitigated comes before resolved, and the first of each is what the figures count.
        if (state.MitigatedAt is { } end && to > end)
            return Reject(new Rejection.Invalid("time", said, $"The harm had ended by {UtcText.Of(end)}; give a time before that."));
        return to == state.ImpactStartedAt
            ? Already($"Impact started at {said} already.")
            : Accept($"Impact started at {said}.", new IncidentFact.ImpactStartMoved(state.ImpactStartedAt, to));
    }

    private static Decision Reopen(Incident state, IncidentCommand.Reopen reopen) =>
        state.State switch
        {
            IncidentState.Resolved or IncidentState.Closed => string.IsNullOrWhiteSpace(reopen.Reason)
                ? Reject(new Rejection.Missing("reason", "Say why: /incident reopen It is back"))
                : Accept(
                    $"{state.Id} re-opened.",
                    new IncidentFact.Reopened(IncidentState.Investigating, reopen.Reason.Trim(), Flap: false)
                ),
            _ when state.IsOpen => Already($"{state.Id} is open ({state.State.Word()})."),
            _ => Reject(new Rejection.AlreadyOver(state.Id, state.State)),
        };

    private static Decision Assign(Incident state, IncidentCommand.AssignRole role)
    {
        if (string.IsNullOrWhiteSpace(role.Person))
            return Reject(new Rejection.Missing("person", $"Name somebody: /incident {role.Role.Word()} anna"));
        var holder = state.Roles.GetValueOrDefault(role.Role);
        if (holder == role.Person)
            return Already($"{holder} is {role.Role.Word()} already.");
        if (role.IfVacant && !state.IsOpen)
            return Reject(new Rejection.AlreadyOver(state.Id, state.State));
        if (role.IfVacant && holder is not null)
            return Reject(
                new Rejection.Conflict(
                    $"{holder} is {role.Role.Word()} of {state.Id} by now. To take over: /incident role {role.Role.Word()} me"
                )
            );
        return Accept(
            holder is null ? $"{role.Person} is {role.Role.Word()}." : $"{role.Person} took over as {role.Role.Word()} from {holder}.",
            new IncidentFact.RoleAssigned(role.Role, role.Person, holder, string.IsNullOrWhiteSpace(role.Briefing) ? null : role.Briefing)
        );
    }

    private static Decision Update(Incident state, IncidentCommand.PostUpdate update, DateTimeOffset now)
    {
        if (update.NextUpdateAt <= now)
            return Reject(
                new Rejection.Invalid(
                    "next-update",
                    update.NextUpdateAt.Value.ToString("O", CultureInfo.InvariantCulture),
                    "It lies in the past: say 30m, or 14:30 (UTC)."
                )
            );
        var said = Text(
            "text",
            update.Text,
            text => new IncidentFact.UpdatePosted(text, Given(update.Impact), Given(update.Next), update.NextUpdateAt),
            state.IsOpen ? "Update posted." : $"Update posted. {state.Id} is {state.State.Word()}."
        );
        if (said is not Decision.Accepted { Facts: var facts } posted)
            return said;
        foreach (
            var more in new IncidentCommand?[]
            {
                update.Severity is { } severity ? new IncidentCommand.ChangeSeverity(severity) : null,
                update.State is { } to ? new IncidentCommand.Move(to) : null,
            }.OfType<IncidentCommand>()
        )
        {
            var also = Decide(state, more, now);
            if (also is not Decision.Accepted { Facts: var changed, Reply: var reply })
                return also;
            facts = [.. facts, .. changed];
            posted = posted with { Reply = changed.Count == 0 ? posted.Reply : $"{posted.Reply} {reply}" };
        }

        return posted with
        {
            Facts = facts,
        };
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static Decision Note(IncidentCommand.AddNote note, DateTimeOffset now) =>
        note.HappenedAt > now
            ? Reject(InFuture("happened-at", note.HappenedAt.Value))
            : Text("text", note.Text, text => new IncidentFact.NoteAdded(text) { HappenedAt = note.HappenedAt }, "Noted.");

    private static Decision OnTask(Incident state, int number, Func<IncidentTask, IncidentFact?> fact, string done)
    {
        if (state.Tasks.Find(task => task.Number == number) is not { } known)
            return Reject(
                new Rejection.Invalid(
                    "task",
                    number.ToString(CultureInfo.InvariantCulture),
                    state.Tasks.IsEmpty ? $"{state.Id} has no tasks." : $"{state.Id} has tasks 1 to {state.Tasks.Count}."
                )
            );
        return fact(known) is { } change ? Accept($"Task {number} {done}.", change) : Already($"Task {number} {done} already.");
    }

    private static Decision Text(string field, string text, Func<string, IncidentFact> fact, string reply)
    {
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
            return Reject(new Rejection.Missing(field, "Write something."));
        return trimmed.Length > MaxText
            ? Reject(new Rejection.Invalid(field, trimmed[..40] + "…", $"At most {MaxText} characters."))
            : Accept(reply, fact(trimmed));
    }

    private static Rejection.Invalid InFuture(string field, DateTimeOffset time) =>
        new(field, time.ToString("O", CultureInfo.InvariantCulture), "It lies in the future.");

    private static Decision.Accepted Accept(string reply, params IReadOnlyList<IncidentFact> facts) => new(facts, reply);

    private static Decision.Accepted Already(string reply) => new([], reply);

    private static Decision.Rejected Reject(Rejection why) => new(why);
}

/// <summary>What somebody, or a route, says when declaring.</summary>
internal sealed record Declaration(
    string Title,
    Severity Severity = Severity.Unset,
    IncidentKind Kind = IncidentKind.Real,
    string? Service = null,
    bool Private = false,
    DateTimeOffset? ImpactStartedAt = null,
    IncidentPolicy? Policy = null,
    AlertOrigin? Origin = null
);
