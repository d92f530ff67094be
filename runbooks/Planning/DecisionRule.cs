using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Which decisions a waiting step takes. Who may decide is another question: roles are not known here.</summary>
public static class DecisionRule
{
    public const string NotSelf = "Who started the run may not approve this step; somebody else has to.";

    /// <param name="hash">What whoever decides has seen; null binds to what is asked now.</param>
    /// <returns>Null if the decision fits, else why not.</returns>
    public static string? Refusal(RunState state, string step, RunDecision decision, string? hash)
    {
        if (state.IsOver)
            return $"The run {state.Id} is over.";
        if (state.Steps.GetValueOrDefault(step)?.Wait is not { } wait)
            return $"The step '{step}' waits for nothing.";
        if (!Fits(wait.Kind, decision))
            return $"The step '{step}' waits for {Words.Of(wait.Kind)}; '{Words.Of(decision)}' does not fit.";
        if (hash is not null && hash != wait.Hash)
            return "What the step would do has changed since you looked. Look at it again.";
        return null;
    }

    public static string NotAmong(IReadOnlyList<string> groups) => $"Only {string.Join(", ", groups)} may decide this.";

    private static bool Fits(WaitKind kind, RunDecision decision) =>
        kind switch
        {
            WaitKind.Approval => decision is RunDecision.Approve or RunDecision.Deny,
            WaitKind.Unknown => decision
                is RunDecision.Happened
                    or RunDecision.RunAgain
                    or RunDecision.Retry
                    or RunDecision.DoneByHand
                    or RunDecision.Skip
                    or RunDecision.Stop
                    or RunDecision.StopAndUndo,
            _ => false,
        };
}
