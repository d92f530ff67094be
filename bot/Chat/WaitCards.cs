using System.Text.Json;
using Bot.Access;
using Bot.Commands;
using Integrations;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>What a run waits for, with the resolved plan and a button for each decision that a person can make.</summary>
internal static class WaitCards
{
    private const int ShownHash = 12;

    /// <param name="calls">All of what is asked about.</param>
    /// <param name="address">The run's page.</param>
    /// <returns>Null: nobody is asked; it waits for a time or for another run.</returns>
    public static Card? Of(RunState run, string step, StepWait wait, IReadOnlyList<WholeCall> calls, string address)
    {
        var buttons = Buttons(run, step, wait);
        if (buttons.Count == 0)
            return null;
        return new Card((wait.Reminders > 0 ? "Reminder: " : "") + TitleOf(wait.Kind), wait.Text)
        {
            Priority = CardPriority.Decision,
            Link = address,
            Whole = WholeText.IsSaidBy(wait.Text, calls) ? null : WholeText.Of(calls),
            Fields =
            [
                new CardField("Runbook", $"{run.Runbook} ({run.Id})"),
                .. step.Length > 0 ? [new CardField("Step", wait.About(step))] : Array.Empty<CardField>(),
                new CardField(
                    "Who decides",
                    wait.From.Count == 0 ? $"anybody with the role {RoleOf(wait.Kind)}" : string.Join(", ", wait.From)
                ),
                .. wait.Hash is { } hash
                    ? [new CardField("Holds for exactly this", hash[..Math.Min(ShownHash, hash.Length)])]
                    : Array.Empty<CardField>(),
                .. SoFar(run, step, wait) is { Length: > 0 } soFar ? [new CardField("So far", soFar)] : Array.Empty<CardField>(),
                .. wait.Until is { } until ? [new CardField("Until", UtcText.Of(until))] : Array.Empty<CardField>(),
            ],
            Buttons = buttons,
        };
    }

    /// <summary>The same card once people were reminded by a new one.</summary>
    public static Card Again(RunState run, string step) =>
        new($"Asked again below: {What(run, step)}") { Priority = CardPriority.Decision };

    /// <summary>The same card once it is asked in another place.</summary>
    /// <param name="room">The platform's id of the incident's room, if it is asked there.</param>
    public static Card Elsewhere(RunState run, string step, string? room) =>
        new($"Asked elsewhere now: {What(run, step)}") { Priority = CardPriority.Decision, Room = room };

    /// <summary>The same card once it is decided: all who did, and no buttons any more.</summary>
    /// <param name="address">The run's page.</param>
    public static Card Closed(RunState run, string step, string address)
    {
        var known = run.Steps.GetValueOrDefault(step);
        var decided = known?.Decisions is [.., var last]
            ? string.Join(
                '\n',
                known.Decisions.Where(one => one == last || (one.Hash is not null && one.Hash == last.Hash)).Select(Decided)
            )
            : "Nobody is asked any more" + (run.Because is { } because ? $": {because}" : ".");
        return new Card($"Decided: {What(run, known?.Decisions is [.., { BeforeUndo: true }] ? StepPath.Owner(step) : step)}", decided)
        {
            Priority = CardPriority.Decision,
            Link = address,
        };
    }

    private static string Decided(StepDecision one) =>
        $"{one.By} decided: {JsonNamingPolicy.KebabCaseLower.ConvertName(one.Decision.ToString())}"
        + (string.IsNullOrEmpty(one.Reason) ? "" : $" ({one.Reason})");

    // As DecisionRights has it.
    private static string RoleOf(WaitKind kind) => (kind is WaitKind.Answer or WaitKind.Hold ? Role.Responder : Role.Approver).Word();

    private static string What(RunState run, string step) => $"{(step.Length > 0 ? $"step {step} of " : "")}{run.Runbook}";

    // Where more than one has to approve, those who did stand there.
    private static string SoFar(RunState run, string step, StepWait wait) =>
        string.Join(
            '\n',
            (run.Steps.GetValueOrDefault(step)?.Decisions ?? [])
                .Skip(wait.DecisionsBefore)
                .Select(decision => $"{decision.By}: {JsonNamingPolicy.KebabCaseLower.ConvertName(decision.Decision.ToString())}")
        );

    private static string TitleOf(WaitKind kind) =>
        kind switch
        {
            WaitKind.Approval => "Approve this step?",
            WaitKind.Unknown => "Did it happen? Nobody knows.",
            WaitKind.Answer => "The runbook asks",
            WaitKind.Hold => "On hold after an outage",
            _ => "Waiting",
        };

    private static IReadOnlyList<CardButton> Buttons(RunState run, string step, StepWait wait)
    {
        var hash = wait.Hash is { } bound ? $" --hash {bound}" : "";
        return
        [
            .. DecisionButtons
                .Of(step, wait)
                .Select(button => new CardButton(button.Label, Line(button.Decision), button.Style, FormOf(button.Decision))
                {
                    Confirm = button.Confirm,
                }),
        ];

        string Line(RunDecision decision)
        {
            var word = JsonNamingPolicy.KebabCaseLower.ConvertName(decision.ToString());
            return decision is RunDecision.Approve or RunDecision.Deny
                ? $"/incident {word} {run.Id} {step}{hash}"
                : $"/incident decide {run.Id} {(step.Length > 0 ? step + " " : "")}{word}{hash}";
        }

        Form? FormOf(RunDecision decision) =>
            decision switch
            {
                RunDecision.Skip or RunDecision.DoneByHand => DecideCommand.WhyForm(decision, Line(decision)),
                RunDecision.Answer when RunQuestions.Of(wait) is { Count: > 0 } questions => RunQuestions.Form(
                    "The runbook asks",
                    Line(decision),
                    "Answer",
                    questions
                ),
                _ => null,
            };
    }
}
