using System.Text.Json;
using System.Text.RegularExpressions;
using Bot.Parts;

namespace Bot.Web;

/// <summary>A value of a request that no door takes; answered 400 with the field.</summary>
internal sealed class InvalidRequestException(InvalidField field) : Exception($"{field.Field}: {field.Fix}")
{
    public InvalidField Field { get; } = field;
}

/// <summary>Says of a request that the framework could not read which field is wrong, with which value, and what would be right.</summary>
internal static partial class InvalidRequest
{
    public static InvalidField Of(BadHttpRequestException exception)
    {
        if (exception.InnerException is JsonException unmapped && Unmapped().Match(unmapped.Message) is { Success: true } member)
            return new InvalidField(member.Groups["name"].Value, null, Known(member.Groups["name"].Value, member.Groups["type"].Value));
        if (exception.InnerException is JsonException json)
            return new InvalidField(PathOf(json), null, Fix(json));
        if (Unbound().Match(exception.Message) is { Success: true } unbound)
            return new InvalidField(unbound.Groups["name"].Value, unbound.Groups["value"].Value, Fix(unbound.Groups["type"].Value));
        return exception.Message.Contains("no body was provided", StringComparison.Ordinal)
            ? new InvalidField("body", null, "Send a JSON object.")
            : new InvalidField("request", null, exception.Message);
    }

    private static string Known(string name, string type)
    {
        var known = typeof(InvalidRequest)
            .Assembly.GetType(type)!
            .GetProperties()
            .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))
            .ToList();
        return Spelling.Nearest(name, known) is { } near
            ? $"There is no such member. Did you mean {near}?"
            : $"There is no such member. Known: {string.Join(", ", known)}.";
    }

    private static string PathOf(JsonException json) =>
        json.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "body";

    // The place within the text, since what is wrong there has no name.
    private static string Fix(JsonException json) =>
        Wanted().Match(json.Message) is { Success: true } wanted
            ? $"{Want(wanted.Groups["type"].Value)} The fault is in {Place(json)}."
            : $"Send valid JSON; the fault is in {Place(json)}.";

    private static string Place(JsonException json) => $"line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}";

    private static string Want(string type) =>
        type switch
        {
            "System.String" => "Use a text.",
            "System.Boolean" => "Use true or false.",
            _ when type.Contains("DateTimeOffset", StringComparison.Ordinal) => "Use a time as 2026-11-24T14:05:00Z.",
            _ when type.Contains("Boolean", StringComparison.Ordinal) => "Use true or false.",
            _ when type.Contains("List", StringComparison.Ordinal) => "Use a list of texts.",
            _ => "Use a JSON object.",
        };

    private static string Fix(string type) =>
        type.Contains("int", StringComparison.OrdinalIgnoreCase) || type.Contains("long", StringComparison.OrdinalIgnoreCase)
            ? "Use a whole number."
            : "Use true or false.";

    // What ASP.NET Core says of a route or query value: Failed to bind parameter "Nullable<int> limit" from "abc".
    [GeneratedRegex(
        """^Failed to bind parameter "(?<type>.+) (?<name>\w+)" from "(?<value>.*)"\.$""",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.NonBacktracking
    )]
    private static partial Regex Unbound();

    // What System.Text.Json says of a value of another type.
    [GeneratedRegex(
        """^The JSON value could not be converted to (?<type>[^ ]+)\. Path""",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Wanted();

    [GeneratedRegex(
        "property '(?<name>[^']*)' could not be mapped to any \\.NET member contained in type '(?<type>[^']+)'",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Unmapped();
}
