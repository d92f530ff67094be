using Integrations;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>What people can press about a run that waits: the same words wherever it is asked.</summary>
internal static class DecisionButtons
{
    /// <summary>What is asked first of a wait, the likeliest answer first; of each step more may fit.</summary>
    public static IReadOnlyList<RunDecision> Asked(WaitKind kind) =>
        kind switch
        {
            WaitKind.Approval => [RunDecision.Approve, RunDecision.Deny],
            WaitKind.Unknown =>
            [
                RunDecision.Happened,
                RunDecision.RunAgain,
                RunDecision.Skip,
                RunDecision.DoneByHand,
                RunDecision.StopAndUndo,
                RunDecision.Stop,
            ],
            WaitKind.Answer => [RunDecision.Answer],
            WaitKind.Hold => [RunDecision.Release, RunDecision.Stop],
            _ => [],
        };

    /// <summary>As buttons say it.</summary>
    public static string Label(RunDecision decision) =>
        decision switch
        {
            RunDecision.Happened => "It happened",
            RunDecision.RunAgain => "It did not, run again",
            RunDecision.StopAndUndo => "Stop and undo",
            RunDecision.DoneByHand => "Done by hand",
            RunDecision.ChangeInputs => "Change inputs",
            RunDecision.Retry => "Go on from here",
            _ => decision.ToString(),
        };

    public static ButtonStyle StyleOf(RunDecision decision) =>
        decision switch
        {
            RunDecision.Approve or RunDecision.Happened or RunDecision.Answer or RunDecision.Release => ButtonStyle.Primary,
            RunDecision.Deny or RunDecision.Stop or RunDecision.StopAndUndo => ButtonStyle.Danger,
            _ => ButtonStyle.Plain,
        };
}
