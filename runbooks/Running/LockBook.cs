using System.Collections.Immutable;

namespace Runbooks.Running;

/// <summary>
/// Who holds and who waits for each lock, over all runs that are not over. The first in a lock's queue holds it; a run stands in
/// the queues of all its locks at once, and in each queue in the order in which it asked. Immutable.
/// </summary>
public sealed class LockBook
{
    private readonly ImmutableDictionary<string, ImmutableSortedSet<LockClaim>> queues;

    private LockBook(ImmutableDictionary<string, ImmutableSortedSet<LockClaim>> queues) => this.queues = queues;

    public static LockBook Empty { get; } = new(ImmutableDictionary.Create<string, ImmutableSortedSet<LockClaim>>(StringComparer.Ordinal));

    public static LockBook Of(IEnumerable<LockClaim> claims) => claims.Aggregate(Empty, (book, claim) => book.With(claim));

    public LockBook With(LockClaim claim) =>
        new(
            claim.Locks.Aggregate(
                queues,
                (known, name) =>
                    known.SetItem(name, (known.GetValueOrDefault(name) ?? ImmutableSortedSet.Create(LockClaim.ByPlace)).Add(claim))
            )
        );

    /// <summary>Without what a run holds or waits for.</summary>
    /// <param name="scope">Null: all of it.</param>
    /// <returns>Also the claims that hold all their locks now and did not before.</returns>
    public (LockBook Book, IReadOnlyList<LockClaim> Granted) Without(string run, string? scope)
    {
        var (left, touched) = (queues, new HashSet<LockClaim>());
        foreach (var (name, queue) in queues)
        {
            var gone = queue.Where(claim => claim.Run == run && (scope is null || claim.Scope == scope)).ToList();
            if (gone.Count == 0)
                continue;
            var rest = queue.Except(gone);
            left = rest.IsEmpty ? left.Remove(name) : left.SetItem(name, rest);
            if (!rest.IsEmpty)
                touched.Add(rest[0]);
        }

        var book = new LockBook(left);
        return (book, [.. touched.Where(claim => claim.Run != run && book.Holds(claim) && !Holds(claim))]);
    }

    /// <summary>Whether a claim, already in the book, has all its locks: its run is the first in each queue.</summary>
    public bool Holds(LockClaim claim) => claim.Locks.All(name => queues[name][0].Run == claim.Run);

    /// <summary>The claims that a run waits behind, by lock; empty if it waits for none.</summary>
    public IReadOnlyList<(string Lock, LockClaim Holder, int Ahead)> Behind(string run) =>
        [
            .. queues
                .Where(queue => queue.Value[0].Run != run)
                .Select(queue => (queue.Key, queue.Value[0], Ahead: queue.Value.ToList().FindIndex(claim => claim.Run == run)))
                .Where(queue => queue.Ahead > 0)
                .OrderBy(queue => queue.Key, StringComparer.Ordinal),
        ];

    /// <summary>Whether some run that this one would wait for waits, in the end, for this one.</summary>
    public bool WaitsInACircle(string run)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(Behind(run).Select(behind => behind.Holder.Run));
        while (open.TryDequeue(out var next))
        {
            if (next == run)
                return true;
            if (!seen.Add(next))
                continue;
            foreach (var behind in Behind(next))
                open.Enqueue(behind.Holder.Run);
        }

        return false;
    }
}

/// <param name="Scope">Path of the step that calls the runbook whose locks they are; empty for the run's own.</param>
/// <param name="Position">Place in the queues.</param>
public sealed record LockClaim(string Run, string Scope, IReadOnlyList<string> Locks, long Position)
{
    internal static IComparer<LockClaim> ByPlace { get; } =
        Comparer<LockClaim>.Create(
            (one, other) =>
                one.Position != other.Position ? one.Position.CompareTo(other.Position)
                : string.CompareOrdinal(one.Run, other.Run) is var runs and not 0 ? runs
                : string.CompareOrdinal(one.Scope, other.Scope)
        );

    public bool Equals(LockClaim? other) => other is not null && Run == other.Run && Scope == other.Scope && Position == other.Position;

    public override int GetHashCode() => HashCode.Combine(Run, Scope, Position);
}
