using Bot.Incidents;
using Runbooks.Running;

namespace Bot.Timeline;

/// <summary>What is said of each fact. Facts are stored, sentences are made here, so they may get better for old incidents too.</summary>
internal static class Sentences
{
    /// <returns>Null for a fact that has no sentence; it is shown raw.</returns>
    public static string? Of(object fact) =>
        fact switch
        {
            IncidentFact incident => Of(incident),
            RunFact run => RunSentences.Of(run),
            _ => null,
        };

    public static string? Of(IncidentFact fact) =>
        fact switch
        {
            IncidentFact.Declared declared => $"Declared: {declared.Title} ({declared.Severity.Word()}"
                + (declared.Kind is IncidentKind.Real ? "" : $", {declared.Kind.Word()}")
                + (declared.Service is null ? "" : $", service {declared.Service}")
                + (declared.Private ? ", private" : "")
                + (declared.Origin is null ? ")" : $") from alerts of {declared.Origin.Source}"),
            IncidentFact.AlertsJoined joined => Of(joined.Fired.Count, joined.Resolved.Count, joined.Hidden, joined.Names)
                + Because(joined.Because),
            IncidentFact.Acknowledged acknowledged => acknowledged.Via is null ? "Acknowledged" : $"Acknowledged via {acknowledged.Via}",
            IncidentFact.Moved { To: IncidentState.Resolved } moved => "Resolved" + Because(moved.Reason),
            IncidentFact.Moved moved => $"{moved.From.Word()} → {moved.To.Word()}" + Because(moved.Reason),
            IncidentFact.Reopened reopened => (reopened.Flap ? "Re-opened by an alert: " : "Re-opened: ") + reopened.Reason,
            IncidentFact.MergedInto merged => $"Merged into inc-{merged.Into}" + Because(merged.Reason),
            IncidentFact.Absorbed absorbed => $"inc-{absorbed.Other} was merged into this one"
                + (absorbed.Alerts == 0 ? "" : $", with {Count(absorbed.Alerts, "alert")} ({absorbed.Firing} firing)"),
            IncidentFact.Related related => $"Related to inc-{related.Other}" + Because(related.Reason),
            IncidentFact.SeverityChanged severity => $"Severity {severity.From.Word()} → {severity.To.Word()}" + Because(severity.Reason),
            IncidentFact.Renamed renamed => $"Renamed from “{renamed.From}” to “{renamed.To}”",
            IncidentFact.ImpactStartMoved impact => $"Impact start moved from {UtcText.Of(impact.From)} to {UtcText.Of(impact.To)}",
            IncidentFact.RoleAssigned { Previous: { } previous } role => $"{role.Person} took over as {role.Role.Word()} from {previous}"
                + Because(role.Briefing),
            IncidentFact.RoleAssigned role => $"{role.Person} is {role.Role.Word()}" + Because(role.Briefing),
            IncidentFact.RoleReleased role => $"{role.Person} is no longer {role.Role.Word()}",
            IncidentFact.NoteAdded note => $"Note: {note.Text}",
            IncidentFact.TaskAdded task => $"Task {task.Task}: {task.Text}" + (task.Assignee is null ? "" : $" (for {task.Assignee})"),
            IncidentFact.TaskDone task => $"Task {task.Task} is done",
            IncidentFact.TaskAssigned task => $"Task {task.Task} is {task.Assignee}'s",
            IncidentFact.UpdatePosted update => $"Update: {update.Text}"
                + (update.Impact is null ? "" : $"\nImpact: {update.Impact}")
                + (update.Next is null ? "" : $"\nNext: {update.Next}")
                + (update.NextUpdateAt is { } next ? $"\nNext update by {UtcText.Of(next)}" : ""),
            IncidentFact.MessagePosted message => message.Text,
            IncidentFact.FileAttached file => $"Attached: {file.Title}",
            IncidentFact.Reminded reminded => reminded.Of switch
            {
                ReminderKind.NoCommander => "Reminder: nobody leads this incident",
                ReminderKind.NoUpdate => "Reminder: there was no update for a while",
                _ => "Reminder: this incident is still open",
            },
            IncidentFact.RemindersSnoozed snoozed => $"No reminders until {UtcText.Of(snoozed.Until)}",
            IncidentFact.RoomOpened room => $"A room was opened in {room.Platform}",
            IncidentFact.RoomRefused room => $"No channel in {room.Platform}: {room.Reason}",
            IncidentFact.RoomWanted room => $"Asked for another try at a channel in {room.Platform}",
            IncidentFact.RoomLost { IsExposed: true } room =>
                $"Everybody can read the channel in {room.Platform} now ({room.Reason}): nothing more of this private incident is said there",
            IncidentFact.RoomLost room => $"The channel in {room.Platform} is gone ({room.Reason}); the story goes on in a new one",
            IncidentFact.ChatMessageWritten message => message.Text
                + (message.Files.Count == 0 ? "" : $" [{string.Join(", ", message.Files)}]"),
            IncidentFact.ChatMessageEdited message => $"Edited to: {message.Text}",
            IncidentFact.ChatMessageDeleted => "Deleted a message",
            IncidentFact.PostDeleted post => $"Somebody deleted {Named(post.Slot)} of the bot in {post.Platform}",
            IncidentFact.ChatMessageMarked message => $"For the timeline: “{message.Text}” ({message.Author})"
                + (message.Files.Count == 0 ? "" : $" [{string.Join(", ", message.Files)}]"),
            IncidentFact.PageRequested page => $"Asked to call {page.Target}" + Because(page.Reason),
            IncidentFact.PageSent page => $"Called {page.Target} by {page.Pager}"
                + (page.Attempt > 1 ? $", call {page.Attempt}" : "")
                + Because(page.LeftOut),
            IncidentFact.PageFailed page => $"Could not call {page.Target}"
                + (page.Pager is IncidentFact.PageFailed.NoPager ? "" : $" by {page.Pager}")
                + $": {page.Error}"
                + (page.Final ? " (given up)" : ""),
            IncidentFact.CallsEscalated escalated => $"Now calling {string.Join(", ", escalated.Targets)}" + Because(escalated.Reason),
            IncidentFact.CallsUnanswered unanswered => "NOBODY ANSWERED" + Because(unanswered.Reason),
            IncidentFact.RunbookProposed proposed => $"Runbook {proposed.Runbook} is proposed: {proposed.Reason}",
            IncidentFact.RunbookHeldBack held => $"Runbook {held.Runbook} was held back: {held.Reason}",
            IncidentFact.RunAttached { GoesOnFrom: { } step } run =>
                $"{run.StartedBy} has runbook {run.Runbook} go on from step {step} ({run.Run})",
            IncidentFact.RunAttached run => $"Runbook {run.Runbook} was started by {run.StartedBy} ({run.Run})",
            IncidentFact.GlassBroken glass =>
                $"BREAK GLASS: step {glass.Step} of {glass.Run} was approved by one person alone: {glass.Reason}",
            // With a reason it is why it had nothing to repair.
            IncidentFact.RunFinished { State: "succeeded", Reason: null } run => $"Repaired: runbook {run.Runbook} succeeded ({run.Run})",
            IncidentFact.RunFinished run => $"Runbook {run.Runbook} {run.State} ({run.Run})" + Because(run.Reason),
            _ => null,
        };

    /// <summary>Alerts that came in.</summary>
    public static string Of(int fired, int resolved, int hidden, IReadOnlyList<string> names)
    {
        var parts = new List<string>();
        if (fired > 0)
            parts.Add($"{Count(fired, "alert")} fired");
        if (resolved > 0)
            parts.Add($"{Count(resolved, "alert")} resolved");
        if (hidden > 0)
            parts.Add($"{hidden} more hidden by the sender's limit");
        var what = parts.Count == 0 ? "Alerts came in" : string.Join(", ", parts);
        return what + (names.Count == 0 ? "" : $": {string.Join(", ", names)}");
    }

    /// <summary>What a post of the bot is, by its slot.</summary>
    public static string Named(string slot) =>
        slot.Split('/') switch
        {
            ["summary"] => "the summary",
            ["announce"] => "the announcement",
            ["alerts"] => "what the alerts say",
            ["call", ..] => "a call",
            ["brief", var role, ..] => $"what {role} is told alone",
            ["run", var run, ..] => $"the card of {run}",
            ["wait", var run, ..] => $"a question of {run}",
            ["offer", var runbook] => $"the proposal of {runbook}",
            _ => "a line",
        };

    public static string Because(string? reason) => string.IsNullOrWhiteSpace(reason) ? "" : $": {reason}";

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
