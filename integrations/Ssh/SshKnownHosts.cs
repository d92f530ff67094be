using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace Integrations.Ssh;

/// <summary>
/// The file of known hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), read anew each time. Passed over are lines of authorities, whose
/// certificates are not asked for, and lines that cannot be read.
/// </summary>
/// <param name="path">The setting <c>Ssh:KnownHosts</c>.</param>
internal sealed class SshKnownHosts(string path)
{
    public const string Setting = "Ssh:KnownHosts";
    private const string RevokedMark = "@revoked";

    /// <param name="named">Keys that the step names instead of those of the file; what the file revokes counts all the same.</param>
    /// <exception cref="SshRefusedException">No key of this host is known, or none that is not revoked.</exception>
    public SshHostKeys For(string host, int port, IReadOnlyList<string>? named)
    {
        var name = port == 22 ? host : $"[{host}]:{port}";
        var about = Lines().Where(line => Names(line.Names, name)).ToLookup(line => line.Mark, line => line.Key);
        var given = named is { Count: > 0 };
        var keys = given
            ? SshHostKeys.Of(named!)
            : new SshHostKeys(about[""].Select(key => key.Fingerprint), about[""].Select(key => key.Type))
            {
                Source = $"{path} ({Setting})",
            };
        if (keys.IsEmpty)
        {
            throw new SshRefusedException(
                $"No key of host {name} is known: an operator adds it to {path} ({Setting}), or the step names it in 'host-keys'."
            );
        }

        var left = keys.Without(about[RevokedMark].Select(key => key.Fingerprint));
        return left.IsEmpty
            ? throw new SshRefusedException(
                $"Every key of host {name} that {(given ? "'host-keys' names" : "is known")} is revoked in {path} ({Setting})."
            )
            : left;
    }

    private List<(string Mark, string Names, (string Type, string Fingerprint) Key)> Lines()
    {
        try
        {
            return File.Exists(path) ? [.. File.ReadLines(path).Select(Read).OfType<(string, string, (string, string))>()] : [];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SshRefusedException($"{path} ({Setting}) cannot be read: {fault.Message}");
        }
    }

    private static (string Mark, string Names, (string Type, string Fingerprint) Key)? Read(string line)
    {
        var (first, rest) = Cut(line.Trim());
        var mark = "";
        if (first.StartsWith('@'))
            (mark, (first, rest)) = (first, Cut(rest));
        return !first.StartsWith('#') && SshHostKeys.Full(rest) is { } key ? (mark, first, key) : null;
    }

    private static (string First, string Others) Cut(string text) =>
        text.Split([' ', '\t'], 2) is [var first, var others] ? (first, others.Trim()) : (text, "");

    // One that is excepted is excepted whatever else is named.
    private static bool Names(string written, string name)
    {
        var all = written.Split(',').ToLookup(one => one.StartsWith('!'));
        return all[false].Any(one => Is(one, name)) && !all[true].Any(one => Is(one[1..], name));
    }

    private static bool Is(string written, string name) =>
        written.StartsWith("|1|", StringComparison.Ordinal)
            ? written.Split('|') is [_, _, var salt, var hash] && Hash(salt, name) == hash
            : FileSystemName.MatchesSimpleExpression(written, name);

    // The format's own hash; it hides names from readers of the file and protects nothing here.
#pragma warning disable CA5350
    private static string? Hash(string salt, string name)
    {
        var key = new byte[salt.Length];
        return Convert.TryFromBase64String(salt, key, out var length)
            ? Convert.ToBase64String(HMACSHA1.HashData(key.AsSpan(0, length), Encoding.UTF8.GetBytes(name)))
            : null;
    }
#pragma warning restore CA5350
}
