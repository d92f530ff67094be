using System.Text.Json.Nodes;
using Tests.Expressions.Oracle;

namespace Tests.Expressions;

/// <summary>
/// One file for each part of the language under <c>Cases/</c>. A line is an expression, <c> =&gt; </c>, and its value as JSON (or NaN,
/// Infinity, -Infinity), or the stage where it is refused and perhaps what the message says. GitHub's own evaluator must agree.
/// </summary>
[Collection(nameof(GitHubOracle))]
public sealed class HandWrittenCases(GitHubOracle oracle)
{
    private const string Arrow = " => ";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Expressions", "Cases");
    private static readonly string Contexts = File.ReadAllText(Path.Combine(Folder, "contexts.json"));

    [Theory]
    [InlineData("literals")]
    [InlineData("names")]
    [InlineData("precedence")]
    [InlineData("truth")]
    [InlineData("comparison")]
    [InlineData("index")]
    [InlineData("filter")]
    [InlineData("texts")]
    [InlineData("functions")]
    public async Task What_is_written_of_a_part_holds_here_and_at_GitHub(string part)
    {
        var cases = Read(part);
        var theirs = await oracle.AskAsync([.. cases.Select(one => one.Case)]);

        cases.Select(one => one.Fault(one.Case.Evaluate(), "ours", withMessage: true)).OfType<string>().ShouldBeEmpty();
        cases.Select((one, i) => one.Fault(theirs[i], "GitHub's", withMessage: false)).OfType<string>().ShouldBeEmpty();
    }

    [Fact]
    public void What_is_written_of_our_extensions_holds() =>
        Read("ours").Select(one => one.Fault(one.Case.Evaluate(), "ours", withMessage: true)).OfType<string>().ShouldBeEmpty();

    [Fact]
    public void Every_file_is_read() =>
        Directory
            .GetFiles(Folder, "*.txt")
            .Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal)
            .ShouldBe(["comparison", "filter", "functions", "index", "literals", "names", "ours", "precedence", "texts", "truth"]);

    private static List<Written> Read(string part)
    {
        var cases = File.ReadAllLines(Path.Combine(Folder, part + ".txt"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => (line, at: line.LastIndexOf(Arrow, StringComparison.Ordinal)))
            .Select(read => new Written(new ExpressionCase(read.line[..read.at], Contexts), read.line[(read.at + Arrow.Length)..]))
            .ToList();
        cases.Count.ShouldBeGreaterThan(10);
        return cases;
    }

    private sealed record Written(ExpressionCase Case, string Expected)
    {
        public string? Fault(JsonNode got, string whose, bool withMessage)
        {
            var expected = Expected.Split(": ", 2);
            var holds = expected[0] switch
            {
                "lexing" or "parsing" or "evaluation" => (string?)got["error"] == expected[0]
                    && (!withMessage || expected.Length == 1 || ((string)got["message"]!).Contains(expected[1], StringComparison.Ordinal)),
                "NaN" or "Infinity" or "-Infinity" => (string?)got["text"] == Expected,
                _ => got["error"] is null && JsonNode.DeepEquals(got["value"], JsonNode.Parse(Expected)) && got["text"] is null,
            };
            return holds ? null : $"{Case.Expression}{Arrow}{Expected}, but {whose}: {got.ToJsonString()}";
        }
    }
}
