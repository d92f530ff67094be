using Bot.Access;
using Bot.Incidents;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>Who may decide what about a run. Pure.</summary>
internal static class DecisionRights
{
    private const int MostNamed = 5;

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

        return DecisionRule.WaitFor(state, made) is { } wait ? OfWait(wait, by, book) : OfGroups(books.Root.MayRun, by, book);
    }

    /// <summary>Of what is asked: null if the caller may decide it, else who may.</summary>
    public static string? Refusal(StepWait wait, Caller by, AccessBook book) =>
        by.May(Role.Responder) ? OfWait(wait, by, book) : Needs(Role.Responder, book);

    // Whoever names the groups means them, also those who may approve nothing else, and nobody beside them.
    private static string? OfWait(StepWait wait, Caller by, AccessBook book) =>
        wait.From.Count > 0 ? OfGroups(wait.From, by, book)
        : wait.Kind is WaitKind.Answer or WaitKind.Hold || by.May(Role.Approver) ? null
        : Needs(Role.Approver, book);

    private static string? OfGroups(IReadOnlyList<string> groups, Caller by, AccessBook book) =>
        by.IsIn(groups) ? null : DecisionRule.NotAmong(groups) + Ask(book.Among(groups));

    private static string Needs(Role role, AccessBook book) =>
        new Rejection.NotAllowed(role.ToString().ToLowerInvariant(), string.Join(", ", book.Having(role).Take(MostNamed))).Sentence;

    private static string Ask(IEnumerable<string> people) =>
        string.Join(", ", people.Take(MostNamed)) is { Length: > 0 } names ? $" Ask {names}." : "";
}
