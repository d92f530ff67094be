using System.Text.Json.Nodes;

namespace Tests.Expressions.Oracle;

/// <summary>
/// All in which ours is known to differ from <c>@actions/expressions</c>, each with both answers, so that the table in
/// <c>docs/expressions.md</c> stays true: a version of the package that mends one of them fails here.
/// </summary>
[Collection(nameof(GitHubOracle))]
public sealed class KnownDifferences(GitHubOracle oracle)
{
    private const string Lexing = "lexing";
    private const string Parsing = "parsing";
    private const string Evaluation = "evaluation";

    private static readonly string Page = Path.Combine(AppContext.BaseDirectory, "Expressions", "expressions.md");

    private static readonly (string Expression, string Ours, string Theirs)[] All =
    [
        ("'a''b''c'", "\"a'b'c\"", "\"a'b''c\""),
        ("format('{0}', 123456789.123456789)", "\"123456789.123457\"", "\"123456789.12345679\""),
        ("format('{0}', 0.00001)", "\"1E-05\"", "\"0.00001\""),
        ("format('{0}', 1e21)", "\"1E+21\"", "\"1e+21\""),
        ("toJSON(NaN)", "\"NaN\"", "\"null\""),
        ("toJSON(fromJSON('\"\\u2028\"'))", "\"\\\"\\\\u2028\\\"\"", "\"\\\"\u2028\\\"\""),
        ("'ß' == 'SS'", "false", "true"),
        ("'ſ' == 'S'", "false", "true"),
        ("contains('ς', 'Σ')", "true", "false"),
        ("contains('İ', 'i')", "false", "true"),
        ("31 == '0X1F'", "false", "true"),
        ("0X1F", Lexing, "31"),
        ("3 == '0b11'", "false", "true"),
        ("format('a',)", Parsing, "\"a\""),
        ("format('{0abc}', 'x')", Evaluation, "\"x\""),
        ("case(true, 1, fromJSON(''))", "1", Evaluation),
        ("fromJSON('{\"b\":1,\"1\":2}').*", "[1,2]", "[2,1]"),
        ("fromJSON('{\"constructor\":1}').constructor", "1", "null"),
        ("1\u00a0== 1", "true", Lexing),
        ("1 == '\u00851'", "true", "false"),
        ("len('abc')", "3", Parsing),
        ("always()", "true", Parsing),
    ];

    [Fact]
    public async Task Each_known_difference_is_still_one()
    {
        var cases = All.Select(one => new ExpressionCase(one.Expression)).ToList();
        var theirs = await oracle.AskAsync(cases);

        var ours = cases.Select(one => Said(one.Evaluate()));

        ours.ShouldBe(All.Select(one => Read(one.Ours)));
        theirs.Select(Said).ShouldBe(All.Select(one => Read(one.Theirs)));
    }

    [Fact]
    public void Each_known_difference_is_on_the_page()
    {
        var page = File.ReadAllText(Page);

        All.Select(one => one.Expression.Replace('\u00a0', ' ').Replace('\u0085', ' '))
            .Where(expression => !page.Contains($"`{expression}`", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    private static string Said(JsonNode answer) => (string?)answer["error"] ?? Written(answer["value"]);

    private static string Read(string expected) =>
        expected is Lexing or Parsing or Evaluation ? expected : Written(JsonNode.Parse(expected));

    private static string Written(JsonNode? value) => value?.ToJsonString() ?? "null";
}
