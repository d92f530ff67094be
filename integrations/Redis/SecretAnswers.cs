using System.Text.RegularExpressions;
using Runbooks.Secrets;

namespace Integrations.Redis;

/// <summary>
/// What in the answers of some commands is secret by its nature: passwords, and the hashes of them, which have no salt. An answer is kept and
/// shown, and nobody has told the mask of secrets that belong to others.
/// </summary>
internal static partial class SecretAnswers
{
    // Of redis.conf; Valkey knows one of them by another name, too.
    private static readonly HashSet<string> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        "masterauth",
        "primaryauth",
        "requirepass",
        "sentinel-pass",
        "tls-client-key-file-pass",
        "tls-key-file-pass",
    };

    /// <param name="rest">What follows the name, as it was sent.</param>
    public static object? Masked(string name, IReadOnlyList<string> rest, object? answer) =>
        (name.ToUpperInvariant(), rest.ElementAtOrDefault(0)?.ToUpperInvariant(), answer) switch
        {
            ("ACL", "GETUSER", List<object?> account) => Values(account, static key => key is "passwords"),
            ("ACL", "LIST", List<object?> accounts) => accounts.ConvertAll(Hashes),
            ("CONFIG", "GET", List<object?> settings) => Values(settings, Settings.Contains),
            ("SENTINEL", "CONFIG", List<object?> settings) => Values(settings, Settings.Contains),
            _ => answer,
        };

    // Names and values, each after the other.
    private static List<object?> Values(List<object?> pairs, Predicate<string> isSecret) =>
        [.. pairs.Select((one, i) => i % 2 == 1 && pairs[i - 1] is string key && isSecret(key) ? Starred(one) : one)];

    // That there is none is no secret.
    private static object? Starred(object? value) =>
        value is List<object?> all ? all.ConvertAll(Starred)
        : value is null or "" ? value
        : SecretMask.Stars;

    private static object? Hashes(object? account) => account is string rules ? Hash().Replace(rules, " #" + SecretMask.Stars) : account;

    [GeneratedRegex(@" #[0-9a-f]{64}\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Hash();
}
