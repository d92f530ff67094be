using System.Text.Json;
using System.Text.RegularExpressions;

namespace Integrations;

/// <summary>Single arguments of a <c>with</c>, for the plan's text: it may be asked for before all of them are known.</summary>
public static partial class WithArguments
{
    private const int LongestLine = 300;

    public static string? TextOf(this JsonElement with, string key) =>
        with.ValueKind is JsonValueKind.Object && with.TryGetProperty(key, out var value) && value.ValueKind is not JsonValueKind.Null
            ? value.ToString()
            : null;

    /// <summary>A word in capitals; an expression that is not known yet as it is written.</summary>
    public static string? CapitalsOf(this JsonElement with, string key) =>
        with.TextOf(key) is { } text && text.All(char.IsAsciiLetter) ? text.ToUpperInvariant() : with.TextOf(key);

    /// <summary>In one line, and not too long a one.</summary>
    public static string? LineOf(this JsonElement with, string key)
    {
        var line = with.TextOf(key)?.Trim().ReplaceLineEndings("; ");
        return line is { Length: > LongestLine } ? line[..LongestLine] + "…" : line;
    }

    /// <summary>Of a list its items, of anything else what it is.</summary>
    public static string? TextsOf(this JsonElement with, string key, string separator) =>
        with.TextOf(key) is { } text && with.GetProperty(key) is { ValueKind: JsonValueKind.Array } list
            ? string.Join(separator, list.EnumerateArray())
            : with.TextOf(key);

    /// <summary>Where a secret is kept (<c>env:REPLICA_DB</c>), or the expression that it comes from; null for what may be the secret itself.</summary>
    public static string? ReferenceOf(this JsonElement with, string key) =>
        with.TextOf(key) is { } text && Reference().IsMatch(text) ? text : null;

    [GeneratedRegex(@"\A(?:[a-z]+:(?!//)[^\s=;@{]+|\$\{\{[^{}]*\}\})\z", RegexOptions.CultureInvariant, Timeout.Infinite)]
    private static partial Regex Reference();
}
