namespace Integrations;

/// <summary>An answer's body in memory: one buffer, as large as it has to be.</summary>
/// <param name="IsCut">What is here is its beginning: it has more than the limit, or there was no room for more.</param>
/// <param name="Room">What a large one takes, to be given back; null: it is none.</param>
internal sealed record WholeAnswer(ReadOnlyMemory<byte> Bytes, bool IsCut, IDisposable? Room)
{
    private const int First = 16 * 1024;

    /// <param name="rooms">Where it takes room from once it is no small one; null: it has it already.</param>
    /// <param name="waits">Where there is no room it is waited for; else the answer is cut there.</param>
    public static async Task<WholeAnswer> ReadAsync(HttpContent content, int limit, AnswerRoom? rooms, bool waits, CancellationToken cancel)
    {
        await using var stream = await content.ReadAsStreamAsync(cancel);
        var (buffer, length, room) = (new byte[Math.Min(limit, First)], 0, (IDisposable?)null);
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (length == limit)
                        return new WholeAnswer(buffer, await stream.ReadAsync(new byte[1], cancel) > 0, room);
                    if (length >= AnswerRoom.Free && rooms is not null && room is null)
                    {
                        room = waits ? await rooms.TakeAsync(limit, cancel) : rooms.TryTake(limit);
                        if (room is null)
                            return new WholeAnswer(buffer, IsCut: true, null);
                    }

                    Array.Resize(ref buffer, (int)Math.Min(limit, length * 2L));
                }

                var read = await stream.ReadAsync(buffer.AsMemory(length), cancel);
                if (read == 0)
                    return new WholeAnswer(buffer.AsMemory(0, length), IsCut: false, room);
                length += read;
            }
        }
        catch
        {
            room?.Dispose();
            throw;
        }
    }
}
