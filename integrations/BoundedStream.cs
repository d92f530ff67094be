namespace Integrations;

/// <summary>Lets only so many bytes in, over the whole connection: a client that reads an answer whole never fills the memory.</summary>
/// <param name="rooms">Where a connection takes room from whose client keeps what it brings, once that is not little; null: it keeps nothing.</param>
internal sealed class BoundedStream(Stream inner, long limit, AnswerRoom? rooms = null) : PassingStream(inner)
{
    private readonly CancellationTokenSource closed = new();
    private IDisposable? room;
    private long took;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (took > AnswerRoom.Free && rooms is not null && room is null)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closed.Token);
            room = await rooms.TakeAsync(limit, either.Token);
            if (closed.IsCancellationRequested)
                room.Dispose();
        }

        return Took(await base.ReadAsync(buffer, cancellationToken));
    }

    public override int Read(Span<byte> buffer) => Took(base.Read(buffer));

    protected override void Dispose(bool disposing)
    {
        if (disposing && !closed.IsCancellationRequested)
        {
            closed.Cancel();
            room?.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Took(int read)
    {
        took += read;
        return took <= limit ? read : throw new IOException($"The answer has more than {limit / 1_000_000} MB.");
    }
}
