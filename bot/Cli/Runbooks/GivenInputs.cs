using System.CommandLine;
using System.Text.Json;

namespace Bot.Cli.Runbooks;

/// <summary>Values on the command line: <c>--input shard=shop</c>, as often as there are.</summary>
internal static class GivenInputs
{
    public static Option<string[]> Option() =>
        new("--input", "-i")
        {
            Description = "An input of the runbook; true, false, numbers, [lists] and {mappings} are what they look like, \"5\" is a text",
            HelpName = "NAME=VALUE",
            AllowMultipleArgumentsPerToken = false,
        };

    public static Option<string?> Incident() => new("--incident") { Description = "The incident that it is for", HelpName = "inc-42" };

    /// <returns>Null with the sentence that says which is none.</returns>
    public static (Dictionary<string, object?>? Values, string? Wrong) Read(IEnumerable<string>? pairs)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var pair in pairs ?? [])
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value])
                return (null, $"'{pair}' is no input. Write NAME=VALUE.");
            if (!values.TryAdd(name, Typed(value)))
                return (null, $"The input '{name}' is given twice.");
        }

        return (values, null);
    }

    private static object? Typed(string text)
    {
        if (text is "true" or "false" || (text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] is '-' or '"' or '[' or '{')))
        {
            try
            {
                return JsonElement.Parse(text);
            }
            catch (JsonException)
            {
                return text;
            }
        }

        return text;
    }
}
