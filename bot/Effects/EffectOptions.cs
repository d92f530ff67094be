namespace Bot.Effects;

/// <summary>How the outbox is worked off.</summary>
internal sealed record EffectOptions
{
    /// <summary>Who claims: the node, whose lease says whether it lives.</summary>
    public required string Node { get; init; }

    /// <summary>How long a claim holds, by the database's clock; a dead node's effects wait no longer than this.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Shorter than the lease, so that a slow handler is stopped before another node may begin.</summary>
    public TimeSpan HandlerTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From the end of a handler's time to the end of its claim.</summary>
    public TimeSpan Margin => Lease - HandlerTimeout;

    /// <summary>How many keys are worked on at once.</summary>
    public int Parallel { get; init; } = 32;

    public int MaxAttempts { get; init; } = 12;
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The fallback where a wake-up may be lost: other nodes' work on PostgreSQL.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long an effect of a kind that this version does not know waits for a node of another version; then it is a dead
    /// letter. Zero where no other node can be.
    /// </summary>
    public TimeSpan UnknownKind { get; init; } = TimeSpan.FromMinutes(5);

    /// <param name="chance">In [0, 1).</param>
    /// <returns>Full jitter over the upper half: retries of one outage spread, yet never come at once.</returns>
    public TimeSpan Backoff(int attempt, double chance)
    {
        var ceiling = Math.Min(MaxDelay.TotalMilliseconds, FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 30)));
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + (chance / 2)));
    }
}
