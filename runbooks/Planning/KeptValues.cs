using System.Globalization;
using System.Text.Json;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What was kept of a step, with <see cref="Withheld"/> where a secret was taken out or something was too much.</summary>
public static class KeptValues
{
    /// <summary>The <c>result</c> of the step itself: all of it but what could not be read.</summary>
    public static object? AsItCame(JsonElement result, IReadOnlyList<CutMember> unread) =>
        Values.LazilyFrom(
            result,
            unread.ToDictionary(
                one => one.Place[1..],
                Withheld (one) => new CutValue($"result.{one.Place[1..]}", one.Why),
                StringComparer.OrdinalIgnoreCase
            )
        );

    /// <param name="masked">JSON Pointers (RFC 6901).</param>
    /// <param name="name">As expressions name the whole.</param>
    /// <param name="shows">For what people see: stars, and the beginnings of texts.</param>
    internal static object? Of(
        JsonElement? kept,
        IReadOnlyList<string> masked,
        IReadOnlyList<CutMember> cut,
        string name,
        bool shows = false
    )
    {
        var value = Values.From(kept);
        if (shows)
            masked = [];
        return masked.Count == 0 && cut.Count == 0
            ? value
            : new Marks(masked.ToHashSet(StringComparer.Ordinal), cut.ToDictionary(one => one.Place, StringComparer.Ordinal), shows).On(
                value,
                "",
                name
            );
    }

    private sealed record Marks(HashSet<string> Masked, Dictionary<string, CutMember> Cut, bool Shows)
    {
        public object? On(object? value, string pointer, string name) =>
            value switch
            {
                string text when Cut.TryGetValue(pointer, out var cut) => new CutValue(name, cut.Why, Shows && cut.IsText ? text : null),
                string when Masked.Contains(pointer) => new MaskedText(name),
                ListValue list => new ListValue([
                    .. list.Items.Select((item, i) => On(item, Invariant($"{pointer}/{i}"), Invariant($"{name}[{i}]"))),
                ]),
                MapValue map => new MapValue([
                    .. map.Entries.Select(entry =>
                        KeyValuePair.Create(entry.Key, On(entry.Value, $"{pointer}/{CutMember.Escaped(entry.Key)}", $"{name}.{entry.Key}"))
                    ),
                ]),
                _ => value,
            };
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
