using System.Text.RegularExpressions;
using CsCheck;
using Runbooks.Expressions;
using Xunit.Abstractions;

namespace Tests.Expressions.Oracle;

/// <summary>
/// Ours beside GitHub's own evaluator. The sample is the same each time; INCIDENT_SEED=N takes another, INCIDENT_FAULTS=full ten times as much.
/// </summary>
[Collection(nameof(GitHubOracle))]
public sealed partial class OracleProperties(GitHubOracle oracle, ITestOutputHelper output)
{
    private const int Told = 25;

    private static readonly ulong Seed = ulong.TryParse(Environment.GetEnvironmentVariable("INCIDENT_SEED"), out var seed)
        ? seed
        : 20261125;
    private static readonly int Times = Environment.GetEnvironmentVariable("INCIDENT_FAULTS") == "full" ? 10 : 1;

    [Fact]
    public Task Expressions_of_the_grammar_give_what_GitHub_gives() => AgreeAsync(ExpressionGen.Case, 20_000);

    [Fact]
    public Task Words_in_any_order_give_what_GitHub_gives() => AgreeAsync(ExpressionGen.Soup, 20_000);

    [Fact]
    public Task The_limit_of_levels_is_GitHubs() => AgreeAsync(ExpressionGen.Deep, 2_000);

    [Fact]
    public async Task Every_letter_equals_its_capital_here_and_at_GitHub()
    {
        // Up to where both know the same version of Unicode; the dotless i and the long s have no capital by OrdinalIgnoreCase.
        var letters = Enumerable.Range('a', 0x2400).Select(code => (char)code).Where(letter => letter is not ('ı' or 'ſ'));
        var cases = letters
            .Where(letter => char.ToUpperInvariant(letter) != letter)
            .Select(letter => new ExpressionCase($"'{letter}' == '{char.ToUpperInvariant(letter)}'"))
            .ToList();
        cases.Count.ShouldBeGreaterThan(700);

        cases.Where(one => (bool?)one.Evaluate()["value"] != true).ShouldBeEmpty();
        (await oracle.AskAsync(cases)).ShouldAllBe(answer => (bool)answer["value"]!);
    }

    private async Task AgreeAsync(Gen<ExpressionCase> gen, int count)
    {
        output.WriteLine($"INCIDENT_SEED={Seed}");
        var random = new PCG(1, Seed);
        var cases = Enumerable
            .Range(0, count * Times)
            .Select(_ => gen.Generate(random, null, out var _))
            .Where(one => !IsKnown(one))
            .ToList();
        var theirs = await oracle.AskAsync(cases);
        var different = new List<string>();
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var lazy = 0;
        for (var i = 0; i < cases.Count; i++)
        {
            var ours = cases[i].Evaluate();
            var kind = (string)(ours["kind"] ?? ours["error"])!;
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            if (ExpressionCase.AreSame(ours, theirs[i]))
                continue;
            // Ours does not evaluate what case() leaves out; the npm package does, GitHub's runner does not.
            if ((string?)theirs[i]["error"] == "evaluation" && cases[i].Expression.Contains("case(", StringComparison.Ordinal))
                lazy++;
            else
                different.Add($"{cases[i]}\n  ours   {ours.ToJsonString()}\n  theirs {theirs[i].ToJsonString()}");
        }

        output.WriteLine(
            $"{cases.Count} expressions: {string.Join(", ", kinds.Select(kind => $"{kind.Value} {kind.Key}"))}; {lazy} by lazy case()"
        );
        different.Take(Told).ShouldBeEmpty($"{different.Count} of {cases.Count} differ (INCIDENT_SEED={Seed})");
    }

    private static bool IsKnown(ExpressionCase one) => Known().IsMatch(one.Expression) || HasTwoQuotes(one.Expression);

    private static bool HasTwoQuotes(string expression)
    {
        try
        {
            return Lexer
                .Read(expression)
                .Exists(token => token.Kind is TokenKind.Text && TextSearch.Occurrences(token.Raw[1..^1], "''").Skip(1).Any());
        }
        catch (ExpressionException)
        {
            return false;
        }
    }

    [GeneratedRegex(
        @",\s*\)|toJSON.*(NaN|Infinity)|(NaN|Infinity).*toJSON",
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Known();
}
