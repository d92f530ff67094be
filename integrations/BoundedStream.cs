namespace Integrations;

/// <summary>Lets only so many bytes in, over the whole connection: a client that reads an answer whole never fills the memory.</summary>
internal sealed class BoundedStream(Stream inner, long limit) : PassingStream(inner)
{
    private long took;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Took(await base.ReadAsync(buffer, cancellationToken));

    public override int Read(Span<byte> buffer) => Took(base.Read(buffer));

    private int Took(int read)
    {
        took += read;
        return took <= limit ? read : throw new IOException($"The answer has more than {limit / 1_000_000} MB.");
    }
}
