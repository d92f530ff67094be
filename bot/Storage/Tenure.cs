namespace Bot.Storage;

/// <summary>
/// How long a lease is certainly still ours, by the monotonic clock of this process: counted from before the database was asked, so that
/// it ends no later than there. A node that was frozen sees by it, without a question, that its time is over.
/// </summary>
/// <param name="length">Null: nobody else can take it.</param>
/// <param name="since">The clock's timestamp from before the lease was taken.</param>
internal sealed class Tenure(Lease lease, TimeSpan? length, TimeProvider clock, long since)
{
    private long renewedAt = since;

    public TimeSpan SinceRenewed => clock.GetElapsedTime(Volatile.Read(ref renewedAt));

    /// <param name="before">The clock's timestamp from before the database was asked.</param>
    public void Renewed(long before) => Volatile.Write(ref renewedAt, before);

    /// <summary>For a call that must not go on beside a successor's: what is left of the lease is all the time that it has.</summary>
    /// <exception cref="LeaseLostException">The lease is over.</exception>
    public async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        if (length is not { } whole)
            return await call(cancel);
        var left = whole - SinceRenewed;
        if (left <= TimeSpan.Zero)
            throw new LeaseLostException(lease);
        using var over = new CancellationTokenSource(left, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, over.Token);
        return await call(either.Token);
    }
}
