namespace Runbooks.Running;

/// <summary>What whoever keeps a journal answers to facts about locks. Pure; a journal keeps the book and appends what follows.</summary>
public static class LockAnswers
{
    /// <summary>The run asks: it has them, waits, or will never have them.</summary>
    public static (LockBook Book, RunFact Answer) Ask(LockBook book, string run, RunFact.LocksWanted wanted)
    {
        var claim = new LockClaim(run, wanted.Scope, wanted.Locks, wanted.Position);
        var asked = book.With(claim);
        if (asked.Holds(claim))
            return (asked, new RunFact.LocksGranted(wanted.Scope));
        if (asked.WaitsInACircle(run))
        {
            var holders = string.Join(", ", asked.Behind(run).Select(behind => $"'{behind.Lock}' of {behind.Holder.Run}"));
            return (
                asked.Without(run, wanted.Scope).Book,
                new RunFact.LocksRefused(wanted.Scope, $"it would wait for {holders}, which waits for this run")
            );
        }

        return (asked, new RunFact.StepWaits(wanted.Scope, WaitKind.Lock, null, [], Words(asked, run), null, null));
    }

    /// <summary><c>'redis/shop' is held by run-…, 2 before it</c></summary>
    public static string Words(LockBook book, string run) =>
        string.Join(
            "; ",
            book.Behind(run)
                .Select(behind =>
                    $"'{behind.Lock}' is held by {behind.Holder.Run}" + (behind.Ahead > 1 ? $", {behind.Ahead - 1} more before it" : "")
                )
        );
}
