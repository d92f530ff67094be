using System.Text;
using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary><c>toJSON</c> (two blanks, as GitHub writes it) and <c>fromJSON</c>.</summary>
internal static class JsonFunctions
{
    /// <summary>Of GitHub's own strict parser, too.</summary>
    public const int MaxDepth = 100;

    // What a list or map takes beside its items.
    private const int Overhead = 8;

    public static string Write(Scope scope, object? value)
    {
        var made = new StringBuilder();
        Write(scope, made, value, 0);
        return made.ToString();
    }

    /// <exception cref="ExpressionException">The text is not JSON, or its values are more than the scope allows.</exception>
    public static object? Read(Scope scope, string text)
    {
        scope.TakeText(text.Length);
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return From(scope, document.RootElement);
        }
        catch (JsonException fault)
        {
            throw new ExpressionException(ExpressionStage.Evaluation, $"Error parsing fromJson: {fault.Message}");
        }
    }

    /// <summary>Values with each key once whatever its case, as GitHub reads JSON.</summary>
    public static object? From(Scope scope, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Array:
                scope.TakeItems(json.GetArrayLength() + Overhead);
                return new ListValue([.. json.EnumerateArray().Select(item => From(scope, item))]);
            case JsonValueKind.Object:
                return Map(scope, json);
            default:
                return Values.From(json);
        }
    }

    private static MapValue Map(Scope scope, JsonElement json)
    {
        var entries = new List<KeyValuePair<string, object?>>();
        var places = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in json.EnumerateObject())
        {
            scope.TakeItems(Overhead);
            var entry = KeyValuePair.Create(JsonText.NameOf(member), From(scope, member.Value));
            if (places.TryAdd(entry.Key, entries.Count))
                entries.Add(entry);
            else if (entries[places[entry.Key]].Key == entry.Key)
                entries[places[entry.Key]] = entry;
        }

        return new MapValue(entries);
    }

    private static void Write(Scope scope, StringBuilder made, object? value, int level)
    {
        switch (value)
        {
            case Withheld withheld:
                throw withheld.Used();
            case null:
                Put(scope, made, "null");
                break;
            case string text:
                Quote(scope, made, text);
                break;
            case ListValue { Items.Count: 0 }:
                Put(scope, made, "[]");
                break;
            case MapValue { Entries.Count: 0 }:
                Put(scope, made, "{}");
                break;
            case ListValue list:
                Open(scope, made, '[', level);
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Next(scope, made, i, level);
                    Write(scope, made, list.Items[i], level + 1);
                }

                Close(scope, made, ']', level);
                break;
            case MapValue map:
                Open(scope, made, '{', level);
                for (var i = 0; i < map.Entries.Count; i++)
                {
                    Next(scope, made, i, level);
                    Quote(scope, made, map.Entries[i].Key);
                    Put(scope, made, ": ");
                    Write(scope, made, map.Entries[i].Value, level + 1);
                }

                Close(scope, made, '}', level);
                break;
            default:
                Put(scope, made, Values.ToText(value));
                break;
        }
    }

    private static void Put(Scope scope, StringBuilder made, string text) => made.Append(scope.Made(text));

    private static void Open(Scope scope, StringBuilder made, char sign, int level)
    {
        if (level >= MaxDepth)
            throw new ExpressionException(ExpressionStage.Evaluation, $"toJSON: the value is nested deeper than {MaxDepth} levels.");
        scope.TakeText(1);
        made.Append(sign);
    }

    private static void Next(Scope scope, StringBuilder made, int item, int level)
    {
        scope.TakeText(2 + (2 * (level + 1)));
        made.Append(item == 0 ? "\n" : ",\n").Append(' ', 2 * (level + 1));
    }

    private static void Close(Scope scope, StringBuilder made, char sign, int level)
    {
        scope.TakeText(2 + (2 * level));
        made.Append('\n').Append(' ', 2 * level).Append(sign);
    }

    private static void Quote(Scope scope, StringBuilder made, string text)
    {
        var before = made.Length;
        scope.TakeText(text.Length + 2);
        made.Append('"');
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' => made.Append("\\\""),
                '\\' => made.Append("\\\\"),
                '\n' => made.Append("\\n"),
                '\r' => made.Append("\\r"),
                '\t' => made.Append("\\t"),
                '\b' => made.Append("\\b"),
                '\f' => made.Append("\\f"),
                < ' ' or '\u0085' or '\u2028' or '\u2029' => made.Append("\\u").Append(((int)letter).ToString("x4")),
                _ => made.Append(letter),
            };
        }

        made.Append('"');
        scope.TakeText(made.Length - before - text.Length - 2);
    }
}
