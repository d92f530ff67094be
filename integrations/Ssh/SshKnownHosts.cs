using System.Security.Cryptography;
using System.Text;

namespace Integrations.Ssh;

/// <summary>The file of known hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), read anew each time; lines with marks and patterns are passed over.</summary>
/// <param name="path">The setting <c>Ssh:KnownHosts</c>.</param>
internal sealed class SshKnownHosts(string path)
{
    public const string Setting = "Ssh:KnownHosts";

    /// <exception cref="SshRefusedException">No key of this host is known.</exception>
    public SshHostKeys For(string host, int port)
    {
        var name = port == 22 ? host : $"[{host}]:{port}";
        var found = Lines().Where(line => line.Names.Any(one => Is(one, name))).Select(line => line.Key).ToList();
        return found.Count > 0
            ? new SshHostKeys(found.Select(key => key.Fingerprint), found.Select(key => key.Type))
            : throw new SshRefusedException(
                $"No key of host {name} is known: an operator adds it to {path} ({Setting}), or the step names it in 'host-keys'."
            );
    }

    private IEnumerable<(string[] Names, (string Type, string Fingerprint) Key)> Lines()
    {
        if (!File.Exists(path))
            yield break;
        foreach (var line in File.ReadLines(path))
        {
            if (
                line.Trim().Split([' ', '\t'], 2) is [var names, var key]
                && names[0] is not ('#' or '@')
                && SshHostKeys.Full(key.Trim()) is { } full
            )
                yield return (names.Split(','), full);
        }
    }

    private static bool Is(string written, string name) =>
        written.StartsWith("|1|", StringComparison.Ordinal)
            ? written.Split('|') is [_, _, var salt, var hash] && Hash(salt, name) == hash
            : written.Equals(name, StringComparison.OrdinalIgnoreCase);

    // The format's own hash; it hides names from readers of the file and protects nothing here.
#pragma warning disable CA5350
    private static string Hash(string salt, string name) =>
        Convert.ToBase64String(HMACSHA1.HashData(Convert.FromBase64String(salt), Encoding.UTF8.GetBytes(name)));
#pragma warning restore CA5350
}
