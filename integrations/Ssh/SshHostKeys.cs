using System.Security.Cryptography;

namespace Integrations.Ssh;

/// <summary>The keys that a host may show, by their SHA-256 fingerprints as <c>ssh-keygen -l</c> writes them.</summary>
/// <param name="types">Types of keys that are known in full; empty: not known, any may be asked for.</param>
internal sealed class SshHostKeys(IEnumerable<string> fingerprints, IEnumerable<string> types) : IEquatable<SshHostKeys>
{
    private const string Mark = "SHA256:";
    private readonly HashSet<string> fingerprints = new(fingerprints, StringComparer.Ordinal);
    private readonly HashSet<string> types = new(types, StringComparer.Ordinal);

    /// <summary>Where they are written, for people.</summary>
    public required string Source { get; init; }

    public bool IsEmpty => fingerprints.Count == 0;

    /// <exception cref="SshRefusedException">One is no key.</exception>
    public static SshHostKeys Of(IEnumerable<string> texts)
    {
        var prints = new List<string>();
        var known = new List<string>();
        foreach (var text in texts)
        {
            var (type, print) =
                Read(text)
                ?? throw new SshRefusedException($"'{text}' in 'host-keys' is no host key. Write SHA256:… or ssh-ed25519 AAAA….");
            prints.Add(print);
            if (type is not null)
                known.Add(type);
        }

        // With one that is known by its fingerprint only, any type may be the right one.
        return new SshHostKeys(prints, known.Count == prints.Count ? known : []) { Source = "the step's 'host-keys'" };
    }

    /// <returns>Null: it is no key, and no fingerprint, of which the type is not known.</returns>
    public static (string? Type, string Fingerprint)? Read(string text)
    {
        var bare = text.Trim();
        if (bare.StartsWith(Mark, StringComparison.Ordinal))
            return (null, bare[Mark.Length..].TrimEnd('='));
        return Full(bare);
    }

    /// <returns>Type and fingerprint of <c>ssh-ed25519 AAAA…</c>, or null.</returns>
    public static (string Type, string Fingerprint)? Full(string text)
    {
        if (text.Split(' ', '\t') is not [var type, var encoded, ..])
            return null;
        var key = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, key, out var length) && length > 0
            ? (type, Convert.ToBase64String(SHA256.HashData(key.AsSpan(0, length))).TrimEnd('='))
            : null;
    }

    /// <summary>Whether a host is asked for this kind of signature: one that shows another key than the known one would look changed.</summary>
    public bool MayBe(string algorithm) => types.Count == 0 || types.Contains(TypeOf(algorithm));

    public SshHostKeys Without(IEnumerable<string> revoked) => new(fingerprints.Except(revoked), types) { Source = Source };

    public bool Knows(string fingerprint) => fingerprints.Contains(fingerprint.TrimEnd('='));

    public override string ToString() => string.Join(" or ", fingerprints.Select(print => Mark + print));

    public bool Equals(SshHostKeys? other) => other is not null && fingerprints.SetEquals(other.fingerprints);

    public override bool Equals(object? obj) => Equals(obj as SshHostKeys);

    public override int GetHashCode() => fingerprints.Count;

    // RSA keys sign in newer ways, too (RFC 8332).
    private static string TypeOf(string algorithm) => algorithm is "rsa-sha2-256" or "rsa-sha2-512" ? "ssh-rsa" : algorithm;
}
