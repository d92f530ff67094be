using System.Text.Json;
using Runbooks.Expressions;

namespace Tests.Expressions;

/// <summary>What an expression may cost: refused clearly beyond it, and below it counted, not timed.</summary>
public sealed class LimitTests
{
    /// <summary>Far below a thread's usual stack: whatever recurses by the length of the text overflows it.</summary>
    private const int SmallStack = 256 * 1024;

    [Fact]
    public void An_expression_has_at_most_21_000_characters()
    {
        Evaluated($"'{new string('a', 20_998)}'").ShouldBeOfType<string>().Length.ShouldBe(20_998);
        Refused($"'{new string('a', 20_999)}'", ExpressionStage.Lexing).ShouldStartWith("Exceeded max expression length 21000");
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("!", "1", "")]
    [InlineData("x[", "1", "]")]
    [InlineData("x", ".a", "")]
    [InlineData("", "x", "[*]")]
    [InlineData("", "x", ".*")]
    [InlineData("format(", "1", ")")]
    [InlineData("case(true,", "1", ",1)")]
    [InlineData("1&&(", "1", ")")]
    [InlineData("(", "", "")]
    public void Ten_thousand_levels_are_refused_on_any_stack(string before, string core, string after)
    {
        var times = Math.Min(10_000, 20_900 / Math.Max(1, before.Length + after.Length));
        var text = string.Concat(Enumerable.Repeat(before, times)) + core + string.Concat(Enumerable.Repeat(after, times));
        if (core == ".a")
            text = "x" + string.Concat(Enumerable.Repeat(core, times));

        OnSmallStack(() => Refused(text, ExpressionStage.Parsing)).ShouldStartWith("Exceeded max expression depth 50");
    }

    [Theory]
    [InlineData("1", "==1", true)]
    [InlineData("1", "<2", true)]
    [InlineData("0", "||0", 0d)]
    [InlineData("1", "&&1", 1d)]
    [InlineData("0", "&&1||0", 0d)]
    public void A_long_row_of_operators_is_no_nesting(string first, string next, object expected)
    {
        var text = first + string.Concat(Enumerable.Repeat(next, 20_000 / next.Length));

        OnSmallStack(() => Evaluated(text)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("1", "==1")]
    [InlineData("x.a", "||x.a")]
    [InlineData("x['a']", "&&x['a']=='b'")]
    [InlineData("format('{0}', x.a)", "==format('{0}', x.a)")]
    public void Work_is_linear_in_the_expression(string first, string next)
    {
        long Worked(int times) => Cost(first + string.Concat(Enumerable.Repeat(next, times)), """{"x": {"a": ""}}""").Worked;

        // One more term costs the same however many there are.
        (Worked(400) - Worked(300)).ShouldBe(Worked(200) - Worked(100));
    }

    [Theory]
    [InlineData("rows.*.name")]
    [InlineData("rows.*.*")]
    [InlineData("join(rows.*.name)")]
    [InlineData("contains(rows.*.name, 'none')")]
    [InlineData("toJSON(rows)")]
    [InlineData("fromJSON(toJSON(rows))")]
    [InlineData("split(join(rows.*.name, '-'), '-')")]
    [InlineData("replace(join(rows.*.name), 'n', 'm')")]
    [InlineData("len(rows)")]
    public void Work_and_memory_are_linear_in_the_values(string expression)
    {
        Scope Over(int rows) =>
            Cost(expression, $$"""{"rows": [{{string.Join(",", Enumerable.Range(0, rows).Select(_ => """{"name": "ninenine"}"""))}}]}""");
        var (one, two, four) = (Over(1000), Over(2000), Over(4000));

        // Rounding of sixteenths of characters, nothing more.
        Math.Abs(four.Worked - two.Worked - (2 * (two.Worked - one.Worked))).ShouldBeLessThan(64);
        (four.Taken - two.Taken).ShouldBe(2 * (two.Taken - one.Taken));
    }

    [Theory]
    [InlineData("format('{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}', _)")]
    [InlineData("replace(_, 'a', 'aaaaaaaaaa')")]
    [InlineData("join(fromJSON(format('[{0},{0},{0},{0},{0},{0},{0},{0},{0},{0}]', toJSON(_))))")]
    [InlineData("toJSON(format('{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}', _))")]
    [InlineData("format('{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}', fromJSON(toJSON(_)))")]
    public void What_laughs_is_stopped_before_the_memory_is_taken(string times10)
    {
        var text = Enumerable.Range(0, 9).Aggregate("'a'", (inner, _) => times10.Replace("_", inner, StringComparison.Ordinal));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Refused(text, ExpressionStage.Evaluation).ShouldContain("maximum allowed memory size was exceeded");

        // 10^9 characters were asked for; the limit is 10 MiB.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(200_000_000);
    }

    [Fact]
    public void Huge_filters_end_at_the_limit()
    {
        var contexts = $$"""{"rows": [{{string.Join(",", Enumerable.Repeat("[1,2,3,4,5,6,7,8]", 10_000))}}]}""";

        // 90,000 places in lists, 720 kB, each time; of 10 MiB.
        Evaluated(string.Join("==", Enumerable.Repeat("len(rows.*.*)", 10)), contexts).ShouldBe(false);
        Refused(string.Join("==", Enumerable.Repeat("len(rows.*.*)", 20)), ExpressionStage.Evaluation, contexts)
            .ShouldContain("maximum allowed memory size was exceeded");
    }

    [Fact]
    public void Work_without_memory_ends_at_the_limit()
    {
        var contexts = JsonSerializer.Serialize(new { text = new string('a', 4_000_000) });
        var text = string.Join("||", Enumerable.Repeat("contains(text,'xy')", 1000));

        Refused(text, ExpressionStage.Evaluation, contexts).ShouldContain("more work than is allowed");
    }

    [Theory]
    [InlineData("contains(text, part)")]
    [InlineData("replace(text, part, 'x') != text")]
    [InlineData("len(split(text, part)) > 1")]
    public void A_search_that_always_nearly_succeeds_is_not_quadratic(string expression)
    {
        // Looking at every place anew would compare 250,000 characters 250,000 times, which nobody would wait for.
        var contexts = JsonSerializer.Serialize(new { text = new string('a', 500_000), part = new string('a', 250_000) + "b" });

        Evaluated(expression, contexts).ShouldBe(false);
    }

    [Fact]
    public void JSON_is_read_to_100_levels_and_values_are_kept_to_64()
    {
        static string Nested(int levels) => $"{new string('[', levels)}{new string(']', levels)}";

        Evaluated($"fromJSON('{Nested(100)}')").ShouldBeOfType<ListValue>();
        Refused($"fromJSON('{Nested(101)}')", ExpressionStage.Evaluation).ShouldContain("Error parsing fromJson");
        Values.ToJson(Evaluated($"fromJSON('{Nested(64)}')")).GetRawText().ShouldBe(Nested(64));
        Should
            .Throw<ExpressionException>(() => Values.ToJson(Evaluated($"fromJSON('{Nested(65)}')")))
            .Message.ShouldContain("deeper than 64 levels");
    }

    [Fact]
    public void Half_a_surrogate_pair_in_JSON_ends_nothing()
    {
        using var document = JsonDocument.Parse("""{"\ud800\n": "a\udc00\u0041\\\"", "b": "\ud83d\ude00"}""");
        var map = Values.From(document.RootElement).ShouldBeOfType<MapValue>();

        map.Entries.Select(entry => entry.Key).ShouldBe(["\ufffd\n", "b"]);
        map.Entries.Select(entry => entry.Value).ShouldBe(["a\ufffdA\\\"", "😀"]);
    }

    [Fact]
    public void A_pattern_is_bounded_in_length_and_in_size()
    {
        Refused("matches('a', replace(x, 'a', 'aaaaaaaaaa'))", ExpressionStage.Evaluation, $$"""{"x": "{{new string('a', 101)}}"}""")
            .ShouldContain("1010 characters, 1000 are allowed");
        Refused("matches('a', '((a{1,200}){1,200}){1,200}')", ExpressionStage.Evaluation).ShouldContain("is not a pattern");
    }

    private static object? Evaluated(string text, string contexts = """{"x": {"a": "b"}}""")
    {
        var known = Known(contexts);
        Expression.TryParse(text, Names(known), out var expression, out var error).ShouldBeTrue(error?.Message);
        return expression!.Evaluate(Scope.Of(known));
    }

    private static string Refused(string text, ExpressionStage stage, string contexts = """{"x": {"a": "b"}}""")
    {
        var known = Known(contexts);
        if (Expression.TryParse(text, Names(known), out var expression, out var error))
            error = Should.Throw<ExpressionException>(() => expression.Evaluate(Scope.Of(known))).Error;
        error.Stage.ShouldBe(stage);
        error.Message.Length.ShouldBeLessThan(1000);
        return error.Message;
    }

    private static Scope Cost(string text, string contexts)
    {
        var known = Known(contexts);
        Expression.TryParse(text, Names(known), out var expression, out var error).ShouldBeTrue(error?.Message);
        var scope = Scope.Of(known);
        expression!.Evaluate(scope);
        return scope;
    }

    private static MapValue Known(string contexts)
    {
        using var document = JsonDocument.Parse(contexts);
        return Scope.Contexts(document.RootElement);
    }

    private static HashSet<string> Names(MapValue contexts) =>
        contexts.Entries.Select(entry => entry.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static T OnSmallStack<T>(Func<T> work)
    {
        T result = default!;
        Exception? fault = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = work();
                }
                catch (Exception e)
                {
                    fault = e;
                }
            },
            SmallStack
        );
        thread.Start();
        thread.Join();
        return fault is null ? result : throw new InvalidOperationException(fault.Message, fault);
    }
}
