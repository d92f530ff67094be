namespace Bot.Storage;

/// <summary>
/// Wakes the outbox when effects were committed. A storm moves the log thousands of times a second and brings few effects:
/// looking after each commit would cost more than the effects themselves. A hint only; due times and the poll are the truth.
/// </summary>
internal sealed class EffectSignal
{
    private readonly LogPosition raised = new();
    private long count;

    public long Count => raised.Position;

    public void Raise() => raised.Publish(Interlocked.Increment(ref count));

    public Task WaitPastAsync(long past, CancellationToken cancel) => raised.WaitPastAsync(past, cancel);
}
