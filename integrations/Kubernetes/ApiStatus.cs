using System.Text.Json;
using System.Text.RegularExpressions;

namespace Integrations.Kubernetes;

/// <summary>What an API server says when it says no (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).</summary>
internal static partial class ApiStatus
{
    /// <returns>Its message, and its causes where the message does not name them.</returns>
    public static string? Said(string? content)
    {
        try
        {
            using var status = JsonDocument.Parse(content ?? "");
            if (status.RootElement.ValueKind is not JsonValueKind.Object || Text(status.RootElement, "message") is not { } message)
                return null;
            var causes = Causes(status.RootElement).Where(cause => !message.Contains(cause, StringComparison.Ordinal));
            return string.Join(' ', causes.Prepend(message));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static bool IsAnonymous(string? said) => said?.Contains("User \"system:anonymous\"", StringComparison.Ordinal) is true;

    /// <summary>The rule of a role that would allow what was forbidden; empty where it is not roles that forbid it.</summary>
    public static string MissingRule(string? said)
    {
        if (ForbiddenPath().Match(said ?? "") is { Success: true } path)
            return ". What is missing is this rule of a ClusterRole that is bound to it: "
                + $$"""{ nonResourceURLs: ["{{path.Groups["path"].Value}}"], verbs: ["{{path.Groups["verb"].Value}}"] }""";
        if (Forbidden().Match(said ?? "") is not { Success: true } match)
            return "";
        var where = match.Groups["space"] is { Success: true } space ? $"a Role in namespace {space.Value}" : "a ClusterRole";
        return $". What is missing is this rule of {where} that is bound to it: "
            + $$"""{ apiGroups: ["{{match.Groups["group"].Value}}"], resources: ["{{match.Groups["resource"].Value}}"], verbs: ["{{match.Groups["verb"].Value}}"] }""";
    }

    private static IEnumerable<string> Causes(JsonElement status) =>
        status.TryGetProperty("details", out var details)
        && details.ValueKind is JsonValueKind.Object
        && details.TryGetProperty("causes", out var causes)
        && causes.ValueKind is JsonValueKind.Array
            ? causes.EnumerateArray().Select(cause => Text(cause, "message")).OfType<string>()
            : [];

    private static string? Text(JsonElement part, string name) =>
        part.ValueKind is JsonValueKind.Object && part.TryGetProperty(name, out var text) && text.ValueKind is JsonValueKind.String
            ? text.GetString()
            : null;

    [GeneratedRegex(
        """cannot (?<verb>\w+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<space>[^"]+)")?""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Forbidden();

    [GeneratedRegex(@"cannot (?<verb>\w+) path ""(?<path>[^""]+)""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ForbiddenPath();
}
