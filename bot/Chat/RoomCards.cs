using Bot.Commands;
using Bot.Incidents;
using Integrations;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>The cards that stay in a room and are edited: the summary, the announcement, the progress of a run.</summary>
internal static class RoomCards
{
    private const int MostSteps = 40;

    /// <param name="address">The incident's page.</param>
    public static Card Summary(Incident incident, string address)
    {
        var card = IncidentCard.Of(incident, incident.ChangedAt);
        return card with
        {
            Link = address,
            // What only changes because time passes would be edited for ever.
            Fields =
            [
                .. card.Fields.Where(field => field.Name is not ("Age" or "Last update")),
                new CardField("Declared", UtcText.Of(incident.DeclaredAt)),
                new CardField(
                    "Last update",
                    incident.LastUpdateAt is { } last
                        ? UtcText.Of(last) + (incident.NextUpdateAt is { } next ? $", the next by {UtcText.Of(next)}" : "")
                        : "none yet"
                ),
                .. RolesBut(IncidentRole.Commander, incident) is { Length: > 0 } roles
                    ? [new CardField("Roles", roles)]
                    : Array.Empty<CardField>(),
                .. Tasks(incident),
            ],
        };
    }

    /// <summary>To whoever has got a role, alone.</summary>
    /// <param name="room">The platform's id of the incident's room.</param>
    public static Card Brief(Incident incident, IncidentRole role, string address, string? room)
    {
        var fields = new List<CardField> { new("State", $"{incident.Severity.Word()} · {incident.State.Word()}") };
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                fields.Add(new CardField(name, value));
        }

        Add("What you must know", incident.Briefings.GetValueOrDefault(role));
        Add("Last update", incident.LastUpdate);
        Add("Next update promised for", incident.NextUpdateAt is { } next ? UtcText.Of(next) : null);
        Add("Open tasks", string.Join('\n', incident.Tasks.Where(task => !task.Done).Select(task => $"{task.Number}. {task.Text}")));
        Add("Runs under way", string.Join(", ", incident.OpenRuns.Order(StringComparer.Ordinal)));
        Add("The others", RolesBut(role, incident));
        return new Card($"You are {role.Word()} of {incident.Id}: {incident.Title}", role.Meaning())
        {
            Link = address,
            Room = room,
            Fields = fields,
            Buttons =
            [
                new CardButton("Post an update", $"/incident update {incident.Id}", ButtonStyle.Primary, UpdateCommand.Questions),
                new CardButton("Give it back", $"/incident role {incident.Id} {role.Word()} release"),
            ],
        };
    }

    private static string RolesBut(IncidentRole role, Incident incident) =>
        string.Join(
            '\n',
            incident
                .Roles.Where(other => other.Key != role)
                .OrderBy(other => other.Key)
                .Select(other => $"{other.Key.Word()}: {other.Value}")
        );

    /// <summary>What called somebody, once nobody is called any more.</summary>
    /// <param name="room">The platform's id of the incident's room; null while there is none.</param>
    public static Card CallOver(Incident incident, string address, string? room) =>
        new(
            $"The call is over: {incident.Id} {incident.Title}",
            (incident.AwaitsAcknowledgement ? "Nobody acknowledged" : $"Acknowledged by {incident.AnsweredBy ?? incident.AcknowledgedBy}")
                + (incident.IsOpen ? "." : $"; {incident.Id} is {incident.State.Word()}.")
        )
        {
            Priority = CardPriority.State,
            Link = address,
            Room = room,
        };

    /// <param name="room">As of <see cref="Brief"/>.</param>
    public static Card Announcement(Incident incident, string address, string? room) =>
        new($"{incident.Id}: {incident.Title}", IncidentCard.Line(incident))
        {
            Priority = CardPriority.State,
            Link = address,
            Room = room,
        };

    /// <summary>Where the platform makes no room for it: all that its summary would say, why there is no room, and what was said last.</summary>
    public static Card WithoutRoom(Incident incident, string address)
    {
        var card = Summary(incident, address);
        return card with
        {
            Fields = [.. card.Fields, .. incident.LastUpdate is { } said ? [new CardField("It was said", said)] : Array.Empty<CardField>()],
            Buttons =
            [
                .. card.Buttons,
                .. incident.IsOpen
                    ? [new CardButton("Try again to make a channel", $"/incident room {incident.Id} {RoomCommand.Retry}")]
                    : Array.Empty<CardButton>(),
            ],
        };
    }

    /// <summary>As any card of an incident, where others stand beside it that are another one's.</summary>
    public static Card Of(Incident incident, Card card) =>
        card with
        {
            Fields = [new CardField("Incident", $"{incident.Id}: {incident.Title}"), .. card.Fields],
        };

    /// <summary>What stood elsewhere while there was no room.</summary>
    /// <param name="room">As of <see cref="Brief"/>; null: there is none yet, and whoever reads this is shown it no more.</param>
    public static Card GoesOn(Incident incident, string address, string? room) =>
        new($"{incident.Id} goes on {(room is null ? "elsewhere" : "in its channel")}")
        {
            Priority = CardPriority.State,
            Link = room is null ? null : address,
            Room = room,
        };

    /// <param name="room">Where it goes on; null: there is no such room yet.</param>
    public static Card Exposed(Incident incident, string address, string? room) =>
        new(
            $"Everybody can read the channel of the private incident {incident.Id}",
            "Somebody made it public. Nothing more is said there"
                + (incident.IsOpen || room is not null ? ": it goes on in a new one, into which its people are invited." : ".")
                + " What was said before can still be read: make it private again, or delete it."
        )
        {
            Priority = CardPriority.State,
            Link = address,
            Room = room,
        };

    /// <summary>A runbook that people are asked to start, and what came of it.</summary>
    /// <param name="glance">What it is; null: it is not there any more.</param>
    /// <param name="address">The page of the run that came of it; while there is none, that on which its plan is made.</param>
    public static Card Proposal(Incident incident, ProposedRunbook proposed, RunbookGlance? glance, string address) =>
        new($"Runbook {proposed.Runbook} {(incident.IsOpen && proposed.Run is null ? "is" : "was")} proposed", glance?.Summary)
        {
            Link = proposed.Run is null ? null : address,
            Fields =
            [
                .. proposed.Reason is { Length: > 0 } why ? [new CardField("Why", why)] : Array.Empty<CardField>(),
                .. proposed.Run is { } run ? [new CardField("Started by", proposed.StartedBy ?? ""), new CardField("Run", run)]
                : glance is not null ? [new CardField("What it does", glance.Steps), new CardField("Plan it first, there", address)]
                : Array.Empty<CardField>(),
            ],
            Buttons =
                incident.IsOpen && proposed.Run is null
                    ? [IncidentCard.Named(RunCommand.ButtonOf(proposed, ButtonStyle.Primary), incident.Id)]
                    : [],
        };

    /// <param name="output">Its last lines; null: none to show.</param>
    /// <param name="books">The run's definitions, for what fits its steps; null: not known any more.</param>
    public static Card Progress(RunState run, string address, string? output, RunbookSet? books)
    {
        var steps = run
            .Steps.OrderBy(step =>
                step.Value.Attempts is [var first, ..]
                    ? first.StartedAt
                    // An answer makes no attempt, and what follows it may begin in the same moment.
                    : step.Value.Wait?.Since
                        ?? (step.Value.Decisions is [var asked, ..] ? asked.At : step.Value.EndedAt)
                        ?? DateTimeOffset.MaxValue
            )
            .ThenBy(step => step.Value.Attempts.Count)
            .ThenBy(step => step.Key, StringComparer.Ordinal)
            .Select(step =>
                $"{Sign(step.Value)} {step.Key}"
                + (step.Value.Attempts.Count > 1 ? $" (attempt {step.Value.Attempts.Count})" : "")
                + (step.Value.Because is { Length: > 0 } because ? $": {because}" : "")
            )
            .ToList();
        var hidden = steps.Count - MostSteps;
        var shown = hidden > 0 ? steps.Skip(hidden).Prepend($"({hidden} earlier steps)") : steps;
        return new Card($"{run.Runbook}: {run.Phase.ToString().ToLowerInvariant()}", string.Join('\n', shown))
        {
            Link = address,
            Priority = CardPriority.Progress,
            Code = output,
            Fields =
            [
                new CardField("Run", run.Id),
                new CardField("Started by", run.StartedBy),
                .. run.Because is { Length: > 0 } why ? [new CardField("Because", why)] : Array.Empty<CardField>(),
            ],
            Buttons = [.. Buttons(run, books)],
        };
    }

    private static IEnumerable<CardField> Tasks(Incident incident)
    {
        if (incident.Tasks.Count > 0)
            yield return new CardField("Tasks", $"{incident.Tasks.Count(task => task.Done)} of {incident.Tasks.Count} done");
    }

    private static IEnumerable<CardButton> Buttons(RunState run, RunbookSet? books)
    {
        if (!run.IsOver)
        {
            // They failed, and their next attempt is due only later.
            foreach (
                var (step, _) in run
                    .Steps.Where(step => step.Value.Retry is not null && !StepPath.IsProbe(step.Key))
                    .OrderBy(step => step.Key, StringComparer.Ordinal)
            )
            {
                yield return new CardButton($"Retry {step} now", $"/incident decide {run.Id} {step} retry");
                var fitting = books is null ? [] : DecisionRule.Choices(books, run, step);
                if (fitting.Contains(RunDecision.Skip))
                    yield return Asking($"Skip {step}", RunDecision.Skip, $"/incident decide {run.Id} {step} skip");
                if (fitting.Contains(RunDecision.DoneByHand))
                    yield return Asking(
                        $"{step} is done by hand",
                        RunDecision.DoneByHand,
                        $"/incident decide {run.Id} {step} done-by-hand"
                    );
            }

            yield return new CardButton("Stop", $"/incident stop {run.Id} stopped from chat", ButtonStyle.Danger);
            if (run.Steps.Values.Any(step => step.Outcome is StepOutcome.Success))
                yield return new CardButton("Stop and undo", $"/incident decide {run.Id} stop-and-undo", ButtonStyle.Danger);
        }
        else if (run.Phase is RunPhase.Failed)
        {
            foreach (var step in books is null ? [] : DecisionRule.GoesOnFrom(books, run))
                yield return new CardButton($"Go on from {step}", $"/incident decide {run.Id} {step} retry --hash {Binding.OfEnd(run)}");
        }
    }

    // Neither is done without a reason.
    private static CardButton Asking(string label, RunDecision decision, string command) =>
        new(label, command, Form: DecideCommand.WhyForm(decision, command));

    private static string Sign(StepState step) =>
        step.Outcome switch
        {
            StepOutcome.Success => "✓",
            StepOutcome.Failure => "✗",
            StepOutcome.Skipped => "–",
            StepOutcome.Running => "…",
            StepOutcome.Waiting or StepOutcome.Unknown => "?",
            _ => "·",
        };
}
