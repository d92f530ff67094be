using System.Text.Json;

namespace Bot.Cli.Runbooks;

/// <summary>What a wait of a run shows to whoever decides, line by line.</summary>
internal static class WaitText
{
    /// <param name="wait">As the API gives it in <c>waitingFor</c>.</param>
    public static IEnumerable<string> Evidence(JsonElement wait)
    {
        if (!wait.TryGetProperty("evidence", out var evidence) || evidence.ValueKind is not JsonValueKind.Object)
            return [];
        if (evidence.TryGetProperty("inputs", out var inputs) && inputs.ValueKind is JsonValueKind.Object)
            return inputs.EnumerateObject().Select(input => $"{input.Name}: {Rules(input.Value)}");
        return evidence
            .EnumerateObject()
            .Where(fact => fact.Value.ValueKind is not JsonValueKind.Null)
            .Select(fact => $"{fact.Name}: {fact.Value.GetRawText()}");
    }

    private static string Rules(JsonElement input) =>
        string.Join(
            ", ",
            input
                .EnumerateObject()
                .Where(rule => rule.Value.ValueKind is not JsonValueKind.False || rule.Name is "default")
                .Select(rule =>
                    rule switch
                    {
                        { Name: "type" or "description" } => rule.Value.GetString(),
                        { Name: "required" } => "required",
                        { Name: "enum" } => "one of " + string.Join(" ", rule.Value.EnumerateArray()),
                        _ => $"{rule.Name} {rule.Value.GetRawText()}",
                    }
                )
        );
}
