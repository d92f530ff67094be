using System.Text.Json;

namespace Integrations;

/// <summary>
/// Reads the JSON that alert senders write, in one pass over the bytes, noting every problem with its path instead of
/// throwing. Label sets are checked and kept as slices of the body.
/// </summary>
public ref struct AlertJson
{
    public const int MaxDepth = 32;

    /// <summary>Of a body that is no text, wherever in it.</summary>
    public static readonly FieldProblem NoText = new(
        "body",
        null,
        "Send UTF-8 text; a \\u escape of half a character (\\ud800 to \\udfff alone) is none."
    );

    /// <summary>No database keeps U+0000 in a text.</summary>
    public const string NoZero = "Send text without the character U+0000.";

    private const int MaxShown = 80;
    private const int Remembered = 16;
    private readonly ReadOnlyMemory<byte> body;
    private readonly List<FieldProblem> problems;
    private Utf8JsonReader reader;

    public AlertJson(ReadOnlyMemory<byte> body, List<FieldProblem> problems)
    {
        this.body = body;
        this.problems = problems;
        reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>The place in the list that is being read: a path's <c>[]</c> is told with it.</summary>
    public int? Index { get; set; }

    public readonly JsonTokenType Token => reader.TokenType;

    public bool Read() => reader.Read();

    public readonly bool Is(ReadOnlySpan<byte> property) => reader.ValueTextEquals(property);

    public readonly string Name => reader.GetString()!;

    /// <summary>Steps over a value that does not matter.</summary>
    public void Skip()
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>Steps over what stands inside the current object or list.</summary>
    public void SkipChildren() => reader.Skip();

    /// <summary>Reads the next value as text; a null counts as absent.</summary>
    public string? Text(string path, string fix)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.String)
        {
            var text = reader.GetString()!;
            if (text.Contains('\0', StringComparison.Ordinal))
                Problem(path, Shown(), NoZero);
            return text;
        }

        if (reader.TokenType is not JsonTokenType.Null)
            Problem(path, Shown(), fix);
        reader.Skip();
        return null;
    }

    public int Int(string path, string fix)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.Number && reader.TryGetInt32(out var value))
            return value;
        if (reader.TokenType is not JsonTokenType.Null)
            Problem(path, Shown(), fix);
        reader.Skip();
        return 0;
    }

    /// <summary>RFC 3339; more digits than a tick has are cut.</summary>
    public DateTimeOffset? Time(string path, string fix)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.String && reader.TryGetDateTimeOffset(out var time))
            return time.ToUniversalTime();
        if (reader.TokenType is not JsonTokenType.Null)
            Problem(path, Shown(), fix);
        reader.Skip();
        return null;
    }

    /// <summary>A JSON object whose values are all text, as the slice of the body that it is.</summary>
    public ReadOnlyMemory<byte> TextMap(string path)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.Null)
            return "{}"u8.ToArray();
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            Problem(path, Shown(), "Send an object of texts, as {\"service\":\"checkout\"}.");
            reader.Skip();
            return default;
        }

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = reader.TokenStartIndex;
            if (reader.ValueIsEscaped)
                reader.GetString();
            reader.Read();
            if (reader.TokenType is JsonTokenType.String)
            {
                // Read again by others later: what cannot be decoded, or kept in a database, must not come so far.
                if (reader.ValueIsEscaped && reader.GetString()!.Contains('\0', StringComparison.Ordinal))
                    Problem($"{path}.{NameAt(name)}", Shown(), NoZero);
                continue;
            }

            Problem($"{path}.{NameAt(name)}", Shown(), "Send text in quotes.");
            reader.Skip();
        }

        return body[start..(int)reader.BytesConsumed];
    }

    /// <summary>Notes a problem; the first of a field is told, what follows from it is not.</summary>
    public readonly void Problem(string path, string? value, string fix)
    {
        var field = Index is { } index ? path.Replace("[]", $"[{index}]", StringComparison.Ordinal) : path;
        // Those of one alert are the last few.
        for (var i = problems.Count - 1; i >= Math.Max(0, problems.Count - Remembered); i--)
        {
            if (problems[i].Field == field)
                return;
        }

        problems.Add(new FieldProblem(field, value, fix));
    }

    /// <summary>A label map as a dictionary; empty for anything else.</summary>
    public static IReadOnlyDictionary<string, string> ToDictionary(ReadOnlyMemory<byte> map) =>
        map.IsEmpty ? new Dictionary<string, string>() : JsonSerializer.Deserialize<Dictionary<string, string>>(map.Span) ?? [];

    private readonly string NameAt(long start)
    {
        var name = new Utf8JsonReader(body.Span[(int)start..(int)reader.TokenStartIndex].TrimEnd(" \t\r\n:"u8));
        return name.Read() ? name.GetString() ?? "" : "";
    }

    /// <summary>The current value in short, for a problem.</summary>
    public readonly string Shown()
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.StartObject => "{…}",
            JsonTokenType.StartArray => "[…]",
            JsonTokenType.String => reader.GetString() ?? "",
            _ => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
        };
        return text.Length <= MaxShown ? text : text[..MaxShown] + "…";
    }
}
