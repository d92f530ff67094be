using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Runbooks.Expressions;

namespace Bot.Cli.Runbooks;

/// <summary>What became of one expression, evaluated alone: with GitHub's limit for that, and whatever contexts it is given.</summary>
internal abstract record Evaluated
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 110 };
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Evaluated() { }

    public static Evaluated Of(string expression, string contexts, RunStatus status)
    {
        try
        {
            using var document = JsonDocument.Parse(contexts, Options);
            return document.RootElement.ValueKind is JsonValueKind.Object
                ? Of(expression, document.RootElement, status)
                : new Wrong(ExpressionStage.Parsing, "The contexts are not a JSON object: {\"inputs\": {...}}.");
        }
        catch (JsonException fault)
        {
            return new Wrong(ExpressionStage.Parsing, $"The contexts are not JSON: {fault.Message}");
        }
    }

    /// <param name="number">Of the line, from 1.</param>
    /// <param name="line"><c>{"expr": "...", "contexts": {...}, "status": "failure"}</c>, all but the first optional; other members are left alone.</param>
    public static Evaluated OfLine(int number, string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Options);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
                return Malformed(number, "it is not a JSON object.");
            if (!root.TryGetProperty("expr", out var expression) || expression.ValueKind is not JsonValueKind.String)
                return Malformed(number, "it has no \"expr\" that is a string.");
            var contexts = root.TryGetProperty("contexts", out var given) && given.ValueKind is not JsonValueKind.Null ? given : Nothing;
            if (contexts.ValueKind is not JsonValueKind.Object)
                return Malformed(number, "\"contexts\" is not an object.");
            var status = RunStatus.Success;
            if (
                root.TryGetProperty("status", out var word)
                && (word.ValueKind is not JsonValueKind.String || !Enum.TryParse(word.GetString(), ignoreCase: true, out status))
            )
                return Malformed(number, "\"status\" is one of success, failure, cancelled.");
            return Of(Values.ToText(Values.From(expression)), contexts, status);
        }
        catch (JsonException fault)
        {
            return Malformed(number, $"it is not JSON: {fault.Message}");
        }
    }

    public static Evaluated Malformed(int number, string why) =>
        new Wrong(ExpressionStage.Parsing, $"Line {number}: {why} A line is {{\"expr\": \"...\", \"contexts\": {{...}}}}.")
        {
            IsOfLine = true,
        };

    public abstract string ToJson();

    private static JsonElement Nothing { get; } = JsonElement.Parse("{}");

    private static Evaluated Of(string expression, JsonElement contexts, RunStatus status)
    {
        try
        {
            var known = Scope.Contexts(contexts);
            var names = known.Entries.Select(entry => entry.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
            return Expression.TryParseCondition(expression, names, impliesSuccess: false, out var parsed, out var error)
                ? new Right(parsed.Evaluate(Scope.Of(known, status, Scope.MaxBytesAlone)))
                : new Wrong(error.Stage, error.Message);
        }
        catch (ExpressionException fault)
        {
            return new Wrong(fault.Error.Stage, fault.Message);
        }
    }

    private static string Written(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    internal sealed record Right(object? Value) : Evaluated
    {
        public string ToText() => Value is ListValue or MapValue ? Values.ToJson(Value).GetRawText() : Values.ToText(Value);

        public override string ToJson() =>
            Written(writer =>
            {
                writer.WriteString("kind", Values.KindOf(Value));
                writer.WritePropertyName("value");
                Values.Write(writer, Value);
                if (Value is double number && !double.IsFinite(number))
                    writer.WriteString("text", Values.ToText(Value));
            });
    }

    internal sealed record Wrong(ExpressionStage Stage, string Message) : Evaluated
    {
        /// <summary>Not the expression is wrong, but the line in which it was to stand.</summary>
        public bool IsOfLine { get; init; }

        public override string ToJson() =>
            Written(writer =>
            {
                writer.WriteString("error", Stage.ToString().ToLowerInvariant());
                writer.WriteString("message", Message);
            });
    }
}
