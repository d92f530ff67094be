namespace Tests.Support;

/// <summary>A seeded chance of our own: the same on every version of .NET. Not for many threads at once.</summary>
internal sealed class Xorshift(uint seed)
{
    private uint state = seed == 0 ? 1 : seed;

    public uint Next()
    {
        state ^= state << 13;
        state ^= state >> 17;
        return state ^= state << 5;
    }
}
