using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Runbooks.Planning;

/// <summary>
/// Whole calls as people read them: keys and values as in a runbook, texts with their lines. What a screen would swallow or turn around,
/// as an escape or a writing direction, stands there by its number.
/// </summary>
public static class WholeText
{
    /// <summary>Each under the path of its step, where there are several.</summary>
    public static string Of(IReadOnlyList<WholeCall> calls)
    {
        var text = new StringBuilder();
        foreach (var call in calls)
        {
            if (calls.Count > 1)
                text.Append(text.Length > 0 ? "\n" : "").Append("# ").Append(call.Step).Append('\n');
            Add(text, call, 0);
        }

        return text.ToString().TrimEnd('\n');
    }

    public static string Of(WholeCall call) => Of([call]);

    /// <summary>Whether a line about them has said all of it.</summary>
    public static bool IsSaidBy(string line, IEnumerable<WholeCall> calls) =>
        calls.All(call => Values(call).All(value => line.Contains(value.Trim(), StringComparison.Ordinal)));

    private static IEnumerable<string> Values(WholeCall call) =>
        ((string?[])[call.Run, call.Cwd])
            .OfType<string>()
            .Concat(Leaves(call.With))
            .Concat(Leaves(call.Env))
            .Concat(call.Undo is { } undo ? Values(undo) : []);

    private static IEnumerable<string> Leaves(JsonElement? json) =>
        json switch
        {
            { ValueKind: JsonValueKind.Object } map => map.EnumerateObject().SelectMany(entry => Leaves(entry.Value)),
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().SelectMany(item => Leaves(item)),
            { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } value => [value.ToString()],
            _ => [],
        };

    private static void Add(StringBuilder text, WholeCall call, int depth)
    {
        Add(text, depth, "uses", call.Uses);
        Add(text, depth, "runbook", call.Runbook);
        Add(text, depth, "with", Some(call.With));
        Add(text, depth, "shell", call.Shell);
        Add(text, depth, "cwd", call.Cwd);
        Add(text, depth, "env", Some(call.Env));
        Add(text, depth, "run", call.Run);
        if (call.Undo is not { } undo)
            return;
        Line(text, depth, "undo:");
        Add(text, undo, depth + 1);
    }

    private static JsonElement? Some(JsonElement? map) => Leaves(map).Any() ? map : null;

    private static void Add(StringBuilder text, int depth, string key, JsonElement? value)
    {
        switch (value)
        {
            case { ValueKind: JsonValueKind.Object } map when map.EnumerateObject().Any():
                Line(text, depth, Visible(key) + ":");
                foreach (var entry in map.EnumerateObject())
                    Add(text, depth + 1, entry.Name, entry.Value);
                break;
            case { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().Any():
                Line(text, depth, Visible(key) + ":");
                foreach (var item in list.EnumerateArray())
                    Line(text, depth + 1, "- " + Visible(item.ValueKind is JsonValueKind.String ? item.GetString()! : item.GetRawText()));
                break;
            case { ValueKind: JsonValueKind.String } words:
                Add(text, depth, key, words.GetString());
                break;
            case { } plain:
                Line(text, depth, $"{Visible(key)}: {Visible(plain.GetRawText())}");
                break;
        }
    }

    private static void Add(StringBuilder text, int depth, string key, string? value)
    {
        if (value is null)
            return;
        if (!value.TrimEnd('\n').Contains('\n', StringComparison.Ordinal))
        {
            var line = value.TrimEnd('\n');
            Line(text, depth, $"{Visible(key)}: {(line.Length == 0 || line != line.Trim() ? $"\"{Visible(line)}\"" : Visible(line))}");
            return;
        }

        Line(text, depth, Visible(key) + ": |");
        foreach (var line in value.TrimEnd('\n').Split('\n'))
            Line(text, depth + 1, Visible(line));
    }

    private static void Line(StringBuilder text, int depth, string line) =>
        text.Append(line.Length == 0 ? "" : new string(' ', 2 * depth)).Append(line).Append('\n');

    private static string Visible(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var letter in text.EnumerateRunes())
        {
            if (
                letter.Value != '\t'
                && Rune.GetUnicodeCategory(letter)
                    is UnicodeCategory.Control
                        or UnicodeCategory.Format
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
            )
                shown.Append(CultureInfo.InvariantCulture, $"\\u{letter.Value:x4}");
            else
                shown.Append(letter.ToString());
        }

        return shown.ToString();
    }
}
