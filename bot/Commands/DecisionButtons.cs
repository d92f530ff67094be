using Integrations;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>One decision that people can press.</summary>
internal sealed record DecisionButton(RunDecision Decision, string Label, ButtonStyle Style)
{
    /// <summary>What is asked once more, of one that may do a second time what was to be done once; null: nothing.</summary>
    public string? Confirm =>
        Decision is RunDecision.RunAgain ? "Nobody knows whether it happened: if it did, it happens a second time. Have you looked?" : null;
}

/// <summary>What people can press about a run that waits: the same words wherever it is asked.</summary>
internal static class DecisionButtons
{
    /// <summary>What is asked first of a wait, the likeliest answer first; of each step more may fit.</summary>
    public static IReadOnlyList<DecisionButton> Of(string step, StepWait wait) =>
        wait.Kind switch
        {
            WaitKind.Approval => [Of(RunDecision.Approve), Of(RunDecision.Deny)],
            WaitKind.Unknown when wait.BeforeUndo =>
            [
                Of(RunDecision.Happened) with
                {
                    Label = "It happened, undo it",
                },
                Of(RunDecision.DidNotHappen),
                Of(RunDecision.Skip) with
                {
                    Label = "Leave it",
                },
                Of(RunDecision.DoneByHand) with
                {
                    Label = "Undone by hand",
                },
                Of(RunDecision.Stop),
            ],
            WaitKind.Unknown =>
            [
                Of(RunDecision.Happened),
                Of(RunDecision.RunAgain),
                Of(RunDecision.Skip),
                Of(RunDecision.DoneByHand),
                .. StepPath.IsUndo(step) ? Array.Empty<DecisionButton>() : [Of(RunDecision.StopAndUndo)],
                Of(RunDecision.Stop),
            ],
            WaitKind.Answer => [Of(RunDecision.Answer)],
            WaitKind.Hold => [Of(RunDecision.Release), Of(RunDecision.Stop)],
            _ => [],
        };

    public static DecisionButton Of(RunDecision decision) => new(decision, Label(decision), StyleOf(decision));

    public static string Label(RunDecision decision) =>
        decision switch
        {
            RunDecision.Happened => "It happened",
            RunDecision.RunAgain => "It did not, run again",
            RunDecision.DidNotHappen => "It did not, nothing to undo",
            RunDecision.StopAndUndo => "Stop and undo",
            RunDecision.DoneByHand => "Done by hand",
            RunDecision.ChangeInputs => "Change inputs",
            RunDecision.Retry => "Go on from here",
            _ => decision.ToString(),
        };

    private static ButtonStyle StyleOf(RunDecision decision) =>
        decision switch
        {
            RunDecision.Approve or RunDecision.Happened or RunDecision.Answer or RunDecision.Release => ButtonStyle.Primary,
            RunDecision.Deny or RunDecision.Stop or RunDecision.StopAndUndo => ButtonStyle.Danger,
            _ => ButtonStyle.Plain,
        };
}
