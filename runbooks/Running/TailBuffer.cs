namespace Runbooks.Running;

/// <summary>Keeps the last bytes of a stream; grows up to its capacity, then goes round.</summary>
internal sealed class TailBuffer(int capacity)
{
    private byte[] ring = new byte[Math.Min(capacity, 64 * 1024)];
    private int start;
    private int count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > capacity)
            bytes = bytes[^capacity..];
        Grow(count + bytes.Length);
        var over = Math.Max(0, count + bytes.Length - ring.Length);
        start = (start + over) % ring.Length;
        count -= over;
        var end = (start + count) % ring.Length;
        var first = Math.Min(bytes.Length, ring.Length - end);
        bytes[..first].CopyTo(ring.AsSpan(end));
        bytes[first..].CopyTo(ring);
        count += bytes.Length;
    }

    public byte[] ToArray()
    {
        var all = new byte[count];
        var first = Math.Min(count, ring.Length - start);
        ring.AsSpan(start, first).CopyTo(all);
        ring.AsSpan(0, count - first).CopyTo(all.AsSpan(first));
        return all;
    }

    private void Grow(int wanted)
    {
        if (wanted <= ring.Length || ring.Length == capacity)
            return;
        // Not yet full, so it has not gone round: the bytes lie from the beginning.
        Array.Resize(ref ring, (int)Math.Min(capacity, Math.Max(wanted, ring.Length * 2L)));
    }
}
