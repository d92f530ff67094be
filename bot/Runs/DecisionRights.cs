using Bot.Access;
using Bot.Incidents;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Who may decide what about a run. Pure.</summary>
internal static class DecisionRights
{
    /// <returns>Null if the caller may, else why not.</returns>
    public static string? Refusal(RunbookSet books, RunState state, DecisionMade made, Caller by, AccessBook book)
    {
        if (!by.May(Role.Responder))
            return Needs(Role.Responder, book);
        switch (made.Decision)
        {
            // Whoever sees a run go wrong may stop it.
            case RunDecision.Stop or RunDecision.StopAndUndo when made.Step.Length == 0:
                return null;
            // Alone at night: the reason and the name are on the log, and everybody is told.
            case RunDecision.Approve when made.BreakGlass:
                return null;
        }

        if (DecisionRule.WaitFor(state, made) is { } wait)
            return OfWait(wait, made, by, book);
        return by.IsIn(books.Root.MayRun) ? null : DecisionRule.NotAmong(books.Root.MayRun);
    }

    private static string Needs(Role role, AccessBook book) =>
        new Rejection.NotAllowed(role.ToString().ToLowerInvariant(), string.Join(", ", book.Having(role).Take(5))).Sentence;

    private static string? OfWait(StepWait wait, DecisionMade made, Caller by, AccessBook book)
    {
        var needsApprover = made.Decision is not (RunDecision.Answer or RunDecision.Release);
        if (needsApprover && !by.May(Role.Approver) && !(wait.From.Count > 0 && by.IsIn(wait.From)))
            return Needs(Role.Approver, book);
        return by.IsIn(wait.From) ? null : DecisionRule.NotAmong(wait.From);
    }
}
