using System.Collections.Frozen;
using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary>
/// The values of expressions are plain objects: null, <see cref="bool"/>, <see cref="double"/>, <see cref="string"/>,
/// <see cref="ListValue"/> and <see cref="MapValue"/>; nothing else ever occurs.
/// </summary>
public sealed class ListValue(IReadOnlyList<object?> items, bool filtered = false)
{
    public IReadOnlyList<object?> Items { get; } = items;

    /// <summary>Came of <c>.*</c>: what follows maps over the items.</summary>
    internal bool Filtered { get; } = filtered;
}

/// <summary>Names and values in order; names are found whatever their case. Values may be made when first asked for.</summary>
public sealed class MapValue
{
    private readonly IReadOnlyList<KeyValuePair<string, object?>> entries;
    private readonly FrozenDictionary<string, int>? index;

    public MapValue(IReadOnlyList<KeyValuePair<string, object?>> entries)
    {
        this.entries = entries;
        if (entries.Count <= 8)
            return;
        var places = new Dictionary<string, int>(entries.Count, StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < entries.Count; i++)
            places.TryAdd(entries[i].Key, i);
        index = places.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    public static MapValue Empty { get; } = new([]);

    public IReadOnlyList<KeyValuePair<string, object?>> Entries => entries;

    public bool TryGet(string name, out object? value)
    {
        value = null;
        if (index is not null)
        {
            if (!index.TryGetValue(name, out var place))
                return false;
            value = entries[place].Value;
            return true;
        }

        foreach (var entry in entries)
        {
            if (string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase))
            {
                value = entry.Value;
                return true;
            }
        }

        return false;
    }
}

/// <summary>Conversions between JSON and values.</summary>
public static class Values
{
    public static object? From(JsonElement? json) => json is { } element ? From(element) : null;

    public static object? From(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.String => json.GetString(),
            JsonValueKind.Number => json.GetDouble(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(From)]),
            JsonValueKind.Object => new MapValue([
                .. json.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, From(member.Value))),
            ]),
            _ => null,
        };

    public static JsonElement ToJson(object? value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, value);
        using var document = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
        return document.RootElement.Clone();
    }

    /// <summary>Whole numbers are written without a fraction; what JSON cannot say (NaN, infinities) as null.</summary>
    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case bool boolean:
                writer.WriteBooleanValue(boolean);
                break;
            case double number when double.IsFinite(number):
                if (number == Math.Floor(number) && Math.Abs(number) < 1e15)
                    writer.WriteNumberValue((long)number);
                else
                    writer.WriteNumberValue(number);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case ListValue list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case MapValue map:
                writer.WriteStartObject();
                foreach (var entry in map.Entries)
                {
                    writer.WritePropertyName(entry.Key);
                    Write(writer, entry.Value);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    public static bool IsTruthy(object? value) =>
        value switch
        {
            null => false,
            bool boolean => boolean,
            double number => number != 0 && !double.IsNaN(number),
            string text => text.Length > 0,
            _ => true,
        };

    public static string ToText(object? value) =>
        value switch
        {
            null => "",
            bool boolean => boolean ? "true" : "false",
            double number => Numbers.Write(number),
            string text => text,
            ListValue => "Array",
            _ => "Object",
        };

    internal static bool IsPrimitive(object? value) => value is null or bool or double or string;

    internal static double ToNumber(object? value) =>
        value switch
        {
            null => 0,
            bool boolean => boolean ? 1 : 0,
            double number => number,
            string text => Numbers.Parse(text),
            _ => double.NaN,
        };

    internal static bool AreEqual(object? left, object? right)
    {
        Coerce(ref left, ref right);
        return (left, right) switch
        {
            (null, null) => true,
            (bool a, bool b) => a == b,
            (double a, double b) => a == b,
            (string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase),
            (ListValue or MapValue, _) => ReferenceEquals(left, right),
            _ => false,
        };
    }

    internal static bool IsLess(object? left, object? right)
    {
        Coerce(ref left, ref right);
        return (left, right) switch
        {
            (bool a, bool b) => !a && b,
            (double a, double b) => a < b,
            (string a, string b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase) < 0,
            _ => false,
        };
    }

    // Primitives of different kinds meet as numbers; lists and maps never convert.
    private static void Coerce(ref object? left, ref object? right)
    {
        if (left?.GetType() == right?.GetType() || !IsPrimitive(left) || !IsPrimitive(right))
            return;
        left = ToNumber(left);
        right = ToNumber(right);
    }
}
