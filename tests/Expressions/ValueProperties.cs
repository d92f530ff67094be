using System.Text.Json;
using CsCheck;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Tests.Expressions;

/// <summary>What holds for any values: in templates, on their way to JSON and back, as lengths of time, and when they are searched.</summary>
public sealed class ValueProperties
{
    private const string Seed = "0003A5q8Z_eB";

    private static readonly long[] Units =
    [
        1,
        TimeSpan.TicksPerMillisecond,
        TimeSpan.TicksPerSecond,
        TimeSpan.TicksPerMinute,
        TimeSpan.TicksPerHour,
    ];

    private static readonly string[] Texts =
    [
        "",
        " ",
        "a",
        "A",
        "it's",
        "}}",
        "{",
        "$",
        "{{",
        "ς",
        "Σ",
        "ı",
        "ſ",
        "İ",
        "ß",
        "😀",
        "𐐨",
        "𐐀",
        "\n",
        "\"",
        "\\",
        "é",
    ];
    private static readonly Gen<string> Text = Gen.Int[0, Texts.Length - 1].Select(i => Texts[i]).Array[0, 5].Select(string.Concat);

    private static readonly Gen<object?> Scalar = Gen.OneOf<object?>(
        Gen.Bool.Select(_ => (object?)null),
        Gen.Bool.Select(value => (object?)value),
        Gen.Double[-1e15, 1e15].Select(value => (object?)value),
        Gen.Int.Select(value => (object?)(double)value),
        Text.Select(value => (object?)value)
    );

    private static readonly Gen<object?> Any = Nested(3);

    [Fact]
    public void A_whole_expression_keeps_its_kind_and_text_around_it_makes_a_text() =>
        Gen.Select(Any, Text, Text)
            .Sample(
                (value, before, after) =>
                {
                    var scope = Scope.Of(new MapValue([KeyValuePair.Create("x", value)]));

                    Read("${{ x }}").Resolve(scope).ShouldBeSameAs(value);
                    var mixed = $"{Plain(before)}${{{{x}}}}{Plain(after)}.";
                    Read(mixed).Resolve(scope).ShouldBe($"{Plain(before)}{Values.ToText(value)}{Plain(after)}.");
                },
                seed: Seed,
                iter: 1000
            );

    [Fact]
    public void Any_text_can_be_written_in_an_expression_and_stands_there_as_it_is() =>
        Text.Sample(
            text =>
            {
                var quoted = $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

                Read($"${{{{ {quoted} }}}}").Resolve(Nothing).ShouldBe(text);
                Read($"a${{{{{quoted}}}}}b${{{{ '${{{{' }}}}c").Resolve(Nothing).ShouldBe($"a{text}b${{{{c");
            },
            seed: Seed,
            iter: 1000
        );

    [Fact]
    public void Text_without_an_expression_is_itself() =>
        Text.Sample(text => Read(Plain(text)).ShouldBeOfType<Template.Constant>().Value.ShouldBe(Plain(text)), seed: Seed, iter: 1000);

    [Theory]
    [InlineData("${{ x", "never closed")]
    [InlineData("a ${{ 'x }} b", "never closed")]
    [InlineData("${{ }}", "expression is missing")]
    [InlineData("${{ x }} ${{}}", "expression is missing")]
    [InlineData("${{ y }}", "Did you mean 'x'?")]
    public void A_broken_template_says_what_is_wrong(string text, string message)
    {
        var problems = new Problems();

        Read(text, problems);

        problems.All.ShouldHaveSingleItem().Message.ShouldContain(message);
    }

    [Fact]
    public void Values_go_to_JSON_and_back_unchanged() =>
        Any.Sample(value => Written(Values.From(Values.ToJson(value))).ShouldBe(Written(value)), seed: Seed, iter: 2000);

    [Fact]
    public void What_toJSON_writes_fromJSON_reads() =>
        Any.Sample(
            value =>
            {
                var scope = Scope.Of(MapValue.Empty);
                var text = JsonFunctions.Write(scope, value);

                // Numbers keep 15 digits, keys that differ only in case fold into the first: once, not twice.
                JsonFunctions.Write(scope, JsonFunctions.Read(scope, text)).Length.ShouldBeLessThanOrEqualTo(text.Length);
                var again = JsonFunctions.Write(scope, JsonFunctions.Read(scope, text));
                JsonFunctions.Write(scope, JsonFunctions.Read(scope, again)).ShouldBe(again);
                using var _ = JsonDocument.Parse(text);
            },
            seed: Seed,
            iter: 2000
        );

    [Fact]
    public void A_length_of_time_is_read_as_it_is_written() =>
        Gen.Select(Gen.Long[0, TimeSpan.FromDays(366).Ticks], Gen.Int[0, Units.Length - 1])
            .Sample(
                (ticks, unit) =>
                {
                    var length = TimeSpan.FromTicks(ticks / Units[unit] * Units[unit]);

                    Duration.TryParse(Duration.Write(length), out var read).ShouldBeTrue(Duration.Write(length));
                    read.ShouldBe(length);
                },
                seed: Seed,
                iter: 2000
            );

    [Fact]
    public void A_long_search_finds_what_a_short_one_finds()
    {
        // So many repetitions that the part is beyond what .NET's own search is trusted with.
        static string Long(string text) => string.Concat(Enumerable.Repeat(text + "ab", 40));

        Gen.Select(Text, Text, Text, Gen.Bool)
            .Sample(
                (a, b, c, swapped) =>
                {
                    var part = Long(b);
                    var text = a + (swapped ? part.ToUpperInvariant() : part) + c + part[..^1] + part;

                    TextSearch.ContainsIgnoringCase(text, part).ShouldBe(text.Contains(part, StringComparison.OrdinalIgnoreCase));
                    var places = TextSearch.Occurrences(text, part).ToList();
                    text.Split(part).Length.ShouldBe(places.Count + 1);
                    places.ShouldAllBe(at => string.CompareOrdinal(text, at, part, 0, part.Length) == 0);
                },
                seed: Seed,
                iter: 300
            );
    }

    private static Scope Nothing => Scope.Of(MapValue.Empty);

    // Without what would begin an expression.
    private static string Plain(string text) => text.Replace("$", "", StringComparison.Ordinal);

    private static Template Read(string text)
    {
        var problems = new Problems();
        var template = Read(text, problems);
        problems.All.ShouldBeEmpty();
        return template;
    }

    private static Template Read(string text, Problems problems) =>
        new ExpressionReader(problems).Template(new YamlTree.Scalar(text, Plain: false, 1, 1), ExpressionReader.Set("x"));

    private static string Written(object? value) =>
        value switch
        {
            ListValue list => $"[{string.Join(", ", list.Items.Select(Written))}]",
            MapValue map => $"{{{string.Join(", ", map.Entries.Select(entry => $"{entry.Key}: {Written(entry.Value)}"))}}}",
            double number => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            string text => $"'{text}'",
            _ => $"{value}",
        };

    private static Gen<object?> Nested(int level) =>
        level == 0
            ? Scalar
            : Gen.OneOf(
                Scalar,
                Nested(level - 1).Array[0, 3].Select(items => (object?)new ListValue(items)),
                Gen.Select(Text, Nested(level - 1))
                    .Array[0, 3]
                    .Select(entries =>
                        (object?)
                            new MapValue([
                                .. entries.DistinctBy(entry => entry.Item1).Select(entry => KeyValuePair.Create(entry.Item1, entry.Item2)),
                            ])
                    )
            );
}
