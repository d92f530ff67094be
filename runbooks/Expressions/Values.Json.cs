using System.Runtime.InteropServices;
using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary>Conversions between JSON and values.</summary>
public static partial class Values
{
    /// <summary>
    /// So many levels deep may a value be that the log keeps. What is read again by System.Text.Json may have 64 of them, and the fact, the
    /// view of the run and the answer of an API around it are some.
    /// </summary>
    public const int DeepestKept = 32;

    // What System.Text.Json reads back without being asked for more.
    private const int DeepestRead = 64;

    public static object? From(JsonElement? json) => json is { } element ? From(element) : null;

    public static object? From(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.String => JsonText.Of(json),
            JsonValueKind.Number => ExactNumber.From(json),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(From)]),
            JsonValueKind.Object => new MapValue([
                .. json.EnumerateObject().Select(member => KeyValuePair.Create(JsonText.NameOf(member), From(member.Value))),
            ]),
            _ => null,
        };

    /// <summary>The same, but of an object only what is asked for: most who look at a large answer want its status.</summary>
    /// <param name="withheld">Members that are not given out.</param>
    public static object? LazilyFrom(JsonElement json, IReadOnlyDictionary<string, Withheld> withheld)
    {
        if (json.ValueKind is not JsonValueKind.Object)
            return From(json);
        var members = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in json.EnumerateObject())
        {
            // Of two that differ only in case the first is found, and both are there.
            if (!members.TryAdd(JsonText.NameOf(member), member.Value))
                return From(json);
        }

        return new MapValue(
            members.Keys.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase),
            name => withheld.GetValueOrDefault(name) ?? From(members[name])
        );
    }

    /// <summary>The same value where every text of it can be written: half a surrogate pair becomes U+FFFD.</summary>
    public static JsonElement Writable(JsonElement json) => JsonText.HasHalf(JsonMarshal.GetRawUtf8Value(json)) ? ToJson(From(json)) : json;

    /// <summary>How many lists and maps are around the innermost value, itself included; 0 for a text or a number.</summary>
    public static int LevelsOf(object? value) =>
        value switch
        {
            ListValue list => 1 + list.Items.Select(LevelsOf).DefaultIfEmpty().Max(),
            MapValue map => 1 + map.Entries.Select(entry => LevelsOf(entry.Value)).DefaultIfEmpty().Max(),
            _ => 0,
        };

    /// <summary>For a fact of the log.</summary>
    /// <exception cref="ExpressionException">It is nested deeper than <see cref="DeepestKept"/>.</exception>
    public static JsonElement ToKept(object? value) => ToJson(value, DeepestKept);

    /// <exception cref="ExpressionException">It is nested deeper than can be read again.</exception>
    public static JsonElement ToJson(object? value) => ToJson(value, DeepestRead);

    private static JsonElement ToJson(object? value, int deepest)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, value);
        try
        {
            using var document = JsonDocument.Parse(
                buffer.GetBuffer().AsMemory(0, (int)buffer.Length),
                new JsonDocumentOptions { MaxDepth = deepest }
            );
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // The writer makes no other fault than this one.
            throw new ExpressionException(
                ExpressionStage.Evaluation,
                $"The value is nested deeper than {deepest} levels, and cannot be kept. Keep it as text: toJSON(…)."
            );
        }
    }

    /// <summary>Whole numbers are written without a fraction; what JSON cannot say (NaN, infinities) as null.</summary>
    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case CutValue { Shown: { } shown }:
                writer.WriteStringValue(shown);
                break;
            case Withheld withheld:
                throw withheld.Used();
            case bool boolean:
                writer.WriteBooleanValue(boolean);
                break;
            case double number when double.IsFinite(number):
                if (Numbers.IsWhole(number))
                    writer.WriteNumberValue((long)number);
                else
                    writer.WriteNumberValue(number);
                break;
            case ExactNumber exact:
                writer.WriteRawValue(exact.Text);
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
}
