using Bot.Desk;
using Bot.Log;
using Runbooks.Running;

namespace Bot.Runs;

/// <summary>
/// Locks over all runs and nodes: asked for, granted and freed inside the desk's transaction, under the log's own lock, so that
/// no two runs ever have one and no run that is next is forgotten.
/// </summary>
internal static class RunLocks
{
    /// <summary>Answers a run that asks, in the same commit.</summary>
    public static void Ask(IDraft draft, string run, RunFact.LocksWanted wanted, Actor actor, int? incident)
    {
        var (book, answer) = LockAnswers.Ask(draft.Locks, run, wanted);
        draft.Locks = book;
        draft.Append(StreamId.Run(run), answer, actor, incident: incident);
    }

    /// <summary>Hands the locks of a run, or of a runbook that it called, to whoever is next.</summary>
    /// <param name="scope">Null: all of the run's.</param>
    public static void Free(IDraft draft, string run, string? scope)
    {
        var (book, granted) = draft.Locks.Without(run, scope);
        draft.Locks = book;
        foreach (var next in granted)
        {
            if (draft.Run(next.Run) is not { IsOver: false } state)
                continue;
            draft.Append(StreamId.Run(next.Run), new RunFact.LocksGranted(next.Scope), Actor.System, incident: state.Incident);
            draft.Emit(WakeRun.Of(state, draft.Now));
        }
    }
}
