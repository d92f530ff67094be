using System.Text.Json;
using System.Text.Json.Nodes;
using Bot.Cli.Runbooks;

namespace Tests.Expressions;

/// <summary>GitHub's own conformance cases, through the door that the command line has for them. No exception is made.</summary>
public sealed class GitHubCases
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "Expressions", "Conformance", "github-cases.jsonl");

    [Fact]
    public void Every_conformance_case_of_GitHub_gives_what_GitHub_says()
    {
        var lines = System.IO.File.ReadAllLines(File);
        var wrong = lines.Select(Fault).OfType<string>().ToList();

        wrong.ShouldBeEmpty();
        lines.Length.ShouldBeGreaterThan(1000);
    }

    private static string? Fault(string line, int index)
    {
        var wanted = JsonNode.Parse(line)!;
        var got = JsonNode.Parse(Evaluated.OfLine(index + 1, line).ToJson())!;
        var same = wanted["error"] is { } error
            ? Same(got["error"], error)
                && got["message"]!.GetValue<string>().Contains(wanted["message"]!.GetValue<string>(), StringComparison.Ordinal)
            : Same(got["kind"], wanted["kind"]) && Same(got["value"], wanted["value"]);
        return same ? null : $"{line}{Environment.NewLine}  gave {got.ToJsonString(JsonSerializerOptions.Default)}";
    }

    private static bool Same(JsonNode? left, JsonNode? right) => JsonNode.DeepEquals(left, right);
}
