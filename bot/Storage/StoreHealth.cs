namespace Bot.Storage;

/// <summary>
/// Whether the database takes writes, as last seen. Shown on the pages and by <c>/health/ready</c>; the dead-man signal goes
/// out only while it does.
/// </summary>
internal sealed class StoreHealth(TimeProvider time)
{
    private volatile StoreProblem? problem;

    /// <summary>Null while all is well.</summary>
    public StoreProblem? Problem => problem;

    public bool IsWell => problem is null;

    /// <returns>True where this is news.</returns>
    public bool Well()
    {
        var was = problem;
        problem = null;
        return was is not null;
    }

    /// <param name="reason">In words, with no address or password in it.</param>
    /// <returns>True where this is news.</returns>
    public bool Ill(string reason)
    {
        var was = problem;
        problem = new StoreProblem(reason, was?.Since ?? time.GetUtcNow());
        return was is null;
    }
}

/// <param name="Since">When it was first seen.</param>
internal sealed record StoreProblem(string Reason, DateTimeOffset Since);
