using System.Security.Cryptography;
using Bot.Log;

namespace Bot.Storage;

/// <summary>Ids of the running bot: time first, so that they sort and index well; then chance.</summary>
/// <param name="chance">Of ids, never of secrets; null: the system's generator.</param>
internal sealed class SystemIds(TimeProvider time, Random? chance) : IIdSource
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private readonly Lock guard = new();

    // It spreads retries and is no secret: seeded once, it costs next to nothing each time.
    private readonly Random jitter = new(RandomNumberGenerator.GetInt32(int.MaxValue));
    private long lastMillisecond;
    private UInt128 last;

    public SystemIds(TimeProvider time)
        : this(time, null) { }

    public string NewId()
    {
        UInt128 value;
        lock (guard)
        {
            var millisecond = time.GetUtcNow().ToUnixTimeMilliseconds();
            if (millisecond > lastMillisecond)
            {
                lastMillisecond = millisecond;
                Span<byte> bits = stackalloc byte[10];
                if (chance is null)
                    RandomNumberGenerator.Fill(bits);
                else
                    chance.NextBytes(bits);
                // The top bit stays free, so that counting up within a millisecond cannot run over.
                bits[0] &= 0x7f;
                value = (UInt128)millisecond << 80;
                for (var i = 0; i < bits.Length; i++)
                    value |= (UInt128)bits[i] << (72 - (8 * i));
            }
            else
            {
                // Within one millisecond, or when the clock went back: still after the one before.
                value = last + 1;
            }

            last = value;
        }

        return Text(value);
    }

    /// <summary>Sorts before every id of that time and later, and after every earlier one.</summary>
    public static string FirstOf(DateTimeOffset time) => Text((UInt128)time.ToUnixTimeMilliseconds() << 80);

    public string NewSecret() =>
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public double NextDouble()
    {
        lock (guard)
            return jitter.NextDouble();
    }

    private static string Text(UInt128 value) =>
        string.Create(
            26,
            value,
            static (text, bits) =>
            {
                for (var i = text.Length - 1; i >= 0; i--)
                {
                    text[i] = Alphabet[(int)(bits & 31)];
                    bits >>= 5;
                }
            }
        );
}
