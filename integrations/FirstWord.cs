namespace Integrations;

/// <summary>
/// Whether a server that accepts connections has ever said anything on one: clients that have given up waiting do not tell. Some connect more
/// than once.
/// </summary>
internal sealed class FirstWord(TimeProvider time)
{
    private long accepted;
    private volatile bool isOver;

    /// <summary>Null: it has said something, or has ended the connection, or has never accepted one.</summary>
    public string? Missing =>
        !isOver && Volatile.Read(ref accepted) is not 0 and var since
            ? $"it accepted the connection and has said nothing for {time.GetElapsedTime(since).TotalSeconds:0.#} s"
            : null;

    /// <param name="connection">Has been accepted right now.</param>
    public Stream Await(Stream connection)
    {
        Interlocked.CompareExchange(ref accepted, time.GetTimestamp(), 0);
        return new Listening(connection, this);
    }

    private sealed class Listening(Stream inner, FirstWord word) : PassingStream(inner)
    {
        private volatile bool isClosed;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var read = await base.ReadAsync(buffer, cancellationToken);
                word.isOver = true;
                return read;
            }
            catch (IOException) when (!isClosed)
            {
                word.isOver = true;
                throw;
            }
        }

        public override int Read(Span<byte> buffer)
        {
            try
            {
                var read = base.Read(buffer);
                word.isOver = true;
                return read;
            }
            catch (IOException) when (!isClosed)
            {
                word.isOver = true;
                throw;
            }
        }

        protected override void Dispose(bool disposing)
        {
            // Whoever waits for a word then is told of our own end, not of the server's.
            isClosed = true;
            base.Dispose(disposing);
        }
    }
}
