using System.Globalization;
using System.Text.Json;
using Runbooks.Expressions;

namespace Runbooks.Planning;

/// <summary>What was kept of a step, with <see cref="MaskedText"/> where a secret was taken out.</summary>
internal static class MaskedValues
{
    /// <param name="masked">JSON Pointers (RFC 6901).</param>
    /// <param name="name">As expressions name the whole.</param>
    public static object? Of(JsonElement? kept, IReadOnlyList<string> masked, string name)
    {
        var value = Values.From(kept);
        return masked.Count == 0 ? value : Marked(value, "", name, masked.ToHashSet(StringComparer.Ordinal));
    }

    private static object? Marked(object? value, string pointer, string name, HashSet<string> masked) =>
        value switch
        {
            string when masked.Contains(pointer) => new MaskedText(name),
            ListValue list => new ListValue([
                .. list.Items.Select((item, i) => Marked(item, Invariant($"{pointer}/{i}"), Invariant($"{name}[{i}]"), masked)),
            ]),
            MapValue map => new MapValue([
                .. map.Entries.Select(entry =>
                    KeyValuePair.Create(entry.Key, Marked(entry.Value, $"{pointer}/{Escaped(entry.Key)}", $"{name}.{entry.Key}", masked))
                ),
            ]),
            _ => value,
        };

    private static string Escaped(string key) =>
        key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
