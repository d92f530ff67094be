using System.Text;
using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary><c>toJSON</c> (two blanks, as GitHub writes it) and <c>fromJSON</c>.</summary>
internal static class JsonFunctions
{
    private const int MaxDepth = 100;

    public static string Write(Scope scope, object? value)
    {
        var made = new StringBuilder();
        Write(scope, made, value, 0);
        return made.ToString();
    }

    public static object? Read(Scope scope, string text)
    {
        scope.Spend(text.Length);
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return Values.From(document.RootElement);
        }
        catch (JsonException fault)
        {
            throw new ExpressionException(ExpressionStage.Evaluation, $"fromJSON: the text is not JSON: {fault.Message}");
        }
    }

    private static void Write(Scope scope, StringBuilder made, object? value, int level)
    {
        var before = made.Length;
        switch (value)
        {
            case null:
                made.Append("null");
                break;
            case string text:
                Quote(made, text);
                break;
            case ListValue { Items.Count: 0 }:
                made.Append("[]");
                break;
            case MapValue { Entries.Count: 0 }:
                made.Append("{}");
                break;
            case ListValue list:
                Block(scope, made, '[', ']', list.Items.Count, level, i => Write(scope, made, list.Items[i], level + 1));
                return;
            case MapValue map:
                Block(
                    scope,
                    made,
                    '{',
                    '}',
                    map.Entries.Count,
                    level,
                    i =>
                    {
                        Quote(made, map.Entries[i].Key);
                        scope.Spend(map.Entries[i].Key.Length);
                        made.Append(": ");
                        Write(scope, made, map.Entries[i].Value, level + 1);
                    }
                );
                return;
            default:
                made.Append(Values.ToText(value));
                break;
        }

        scope.Spend(made.Length - before);
    }

    private static void Block(Scope scope, StringBuilder made, char open, char close, int count, int level, Action<int> item)
    {
        made.Append(open);
        for (var i = 0; i < count; i++)
        {
            scope.Spend(4 + (2 * level));
            made.Append(i == 0 ? "\n" : ",\n").Append(' ', 2 * (level + 1));
            item(i);
        }

        made.Append('\n').Append(' ', 2 * level).Append(close);
    }

    private static void Quote(StringBuilder made, string text)
    {
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
    }
}
