using CsCheck;

namespace Tests.Expressions.Oracle;

/// <summary>
/// Expressions by the grammar, over contexts of every kind, and token soup that mostly is none. What is known to differ between the two
/// evaluators (docs/expressions.md) is left out of the words here: numbers of more than 15 digits, i with and without a dot,
/// keys that look like integers, more than one doubled quote in a text.
/// </summary>
internal static class ExpressionGen
{
    private const int Levels = 4;

    private static readonly Gen<string> Number = Words(
        "0 -0 1 2 3 -1 +1 3.7 -2.5 .5 1e3 1.2E-2 0xff 0xFFFFFFFF 0o17 123456.789 99999999999999 0.001 NaN Infinity -Infinity +Infinity"
    );

    // As they stand between quotes.
    private const string PlainTexts =
        "0 -1 1.0 -0xff 0o17 1e3 1e . + - Infinity infinity -Infinity NaN true TRUE null a A b abc ABC bc Name a''b *"
        + " {0} {1}{0} {{0}} } { {x} {} }}{{ ä Ä σ Σ ж Ж 😀 Ａ [ tru é [] {} [[1,2],[3]] -0 99999999999999 Array Object";

    private static readonly string[] OddTexts =
    [
        "",
        " ",
        " 1 ",
        " 0xff ",
        "a\tb",
        "a\nb",
        "\"",
        "\\",
        "[1, 2]",
        "{\"a\": [1, {\"B\": null}]}",
        "\"x\"",
        "1 2",
        "\u0001",
        "\u007f",
        "{\"a\":1,\"A\":2}",
        "[1e2, -1.5, 0.1]",
    ];
    private static readonly string[] Texts = [.. PlainTexts.Split(' '), .. OddTexts];
    private static readonly Gen<string> Text = Gen.Int[0, Texts.Length - 1].Select(i => $"'{Texts[i]}'");
    private static readonly Gen<string> Literal = Gen.OneOf(Number, Text, Text, Word("null", "true", "false"));
    private static readonly Gen<string> Json = Gen.OneOf(Value(2), Value(1))
        .Select(json => $"'{json.Replace("'", "\\u0027", StringComparison.Ordinal)}'");
    private static readonly Gen<string> Key = Words("a A b name Name list map x-y _z true null NaN format");
    private static readonly Gen<string> Named = Words("nothing yes no num txt list map LIST Map rows deep Deep");
    private static readonly Gen<string> Operator = Words("== != < <= > >=");
    private static readonly Gen<string> Space = Gen.Frequency(
        (6, Gen.Const("")),
        (3, Gen.Const(" ")),
        (1, Word("  ", "\n", "\t", " \r\n "))
    );

    /// <summary>Well-formed but for a seldom unknown name or wrong number of arguments.</summary>
    public static Gen<ExpressionCase> Case { get; } =
        Gen.Select(Expression(Levels), Contexts(), (text, contexts) => new ExpressionCase(text, contexts));

    /// <summary>Anything at all of the language's words.</summary>
    public static Gen<ExpressionCase> Soup { get; } =
        Gen.Select(
                Gen.OneOf(
                    Word(
                        "(",
                        ")",
                        "[",
                        "]",
                        ",",
                        ".",
                        "*",
                        "!",
                        "!=",
                        "==",
                        "=",
                        "&",
                        "&&",
                        "|",
                        "||",
                        "<",
                        "<=",
                        ">",
                        ">=",
                        "-",
                        "+",
                        "@",
                        "\"",
                        "'",
                        "?",
                        ":",
                        "$",
                        "#",
                        "1.5.2",
                        "1.",
                        "..",
                        "a-b",
                        "-a",
                        "1a",
                        "a@b",
                        "true",
                        "null",
                        "nowhere",
                        "contains",
                        "contains(",
                        "format(",
                        "toJSON(",
                        "(1)",
                        ".a",
                        "[0]",
                        "[*]",
                        ".*",
                        "%",
                        "😀"
                    ),
                    Literal,
                    Named,
                    Key
                ),
                Space,
                (word, space) => word + space
            )
            .Array[0, 9]
            .Select(words => string.Concat(words))
            .Select(Contexts(), (text, contexts) => new ExpressionCase(text, contexts));

    /// <summary>Nested around the limit of 50 levels, in every way that is counted.</summary>
    public static Gen<ExpressionCase> Deep { get; } =
        Gen.Select(
            Word(
                "(_)",
                "!_",
                "_.a",
                "_[0]",
                "_[*]",
                "format(_)",
                "1 && _",
                "_ || deep",
                "1 == _",
                "2 > (_)",
                "map[_]",
                "(_).a",
                "!(_)",
                "case(true, _, 1)"
            ).Array[40, 140],
            Word("deep", "(1)", "format('x')"),
            (wraps, core) =>
                new ExpressionCase(
                    wraps.Aggregate(core, (inner, wrap) => wrap.Replace("_", inner, StringComparison.Ordinal)),
                    """{"deep": {"a": 1}, "map": {}}"""
                )
        );

    private static Gen<string> Expression(int level)
    {
        if (level == 0)
            return Gen.OneOf(Literal, Named, Gen.Select(Named, Key, (name, key) => $"{name}.{key}"));
        var inner = Expression(level - 1);
        return Gen.Frequency(
            (2, Expression(0)),
            (3, Gen.Select(inner, Space, Operator, Space, inner, (a, s, sign, t, b) => $"{Apart(a, s)}{sign}{t}{b}")),
            (2, Gen.Select(inner, Word(" && ", " || ", "&&", "||"), inner, (a, joint, b) => $"{a}{joint}{b}")),
            (1, inner.Select(a => $"!{a}")),
            (1, Gen.Select(Space, inner, (s, a) => $"({s}{a}{s})")),
            (4, Chain(level - 1)),
            (4, Call(inner))
        );
    }

    // A number or name would swallow nothing that follows, but a sign after it is another word.
    private static string Apart(string left, string space) => left + (space.Length == 0 ? " " : space);

    private static Gen<string> Chain(int level) =>
        Gen.Select(
            Gen.OneOf(
                Named,
                Expression(level).Select(inner => $"({inner})"),
                Gen.OneOf(Json, Json, Json, Text).Select(text => $"fromJSON({text})")
            ),
            Gen.OneOf(
                Key.Select(key => "." + key),
                Gen.Const(".*"),
                Gen.Const("[*]"),
                Gen.OneOf(Literal, Named).Select(key => $"[{key}]"),
                Words("[0] [1] [2.9] ['*']")
            ).Array[1, 4],
            (root, links) => root + string.Concat(links)
        );

    private static Gen<string> Call(Gen<string> inner) =>
        Gen.Frequency(
            (4, Gen.Select(Words("contains startsWith endsWith STARTSWITH"), inner, inner, (f, a, b) => $"{f}({a}, {b})")),
            (3, Gen.Select(Gen.OneOf(Word("'{0}'", "'{1}-{0}'", "'{{{1}}}'"), Text), inner, inner, (f, a, b) => $"format({f}, {a}, {b})")),
            (2, Gen.Select(inner, inner, (a, b) => $"join({a}, {b})")),
            (1, inner.Select(a => $"join({a})")),
            (2, inner.Select(a => $"toJSON({a})")),
            (2, Gen.OneOf(Json, Json, Json, inner).Select(a => $"fromJSON({a})")),
            (1, inner.Select(a => $"fromJSON(toJSON({a}))")),
            (1, Gen.Select(inner, inner, inner, (p, a, b) => $"case({p}, {a}, {b})")),
            (2, Gen.Select(inner, inner, inner, (p, a, b) => $"case(!({p}), {a}, {b})")),
            (
                1,
                Gen.Select(
                    Words("contains join format case nosuch hashFiles"),
                    inner.Array[0, 4],
                    (f, args) => $"{f}({string.Join(", ", args)})"
                )
            )
        );

    private static Gen<string> Contexts() =>
        Gen.Select(
            Scalar,
            Value(2).Array[0, 4],
            Value(3),
            (scalar, items, any) =>
                $$"""
                    {"nothing": null, "yes": true, "no": false, "num": 3.5, "txt": {{scalar}}, "list": [{{string.Join(", ", items)}}],
                    "map": {"a": {{any}}, "Name": {{scalar}}, "x-y": 1, "*": "star", "null": 0, "NaN": "nan"},
                    "rows": [{"name": "one", "list": [1, 2]}, {"NAME": {{scalar}}}, 5, ["a", {{any}}], {"map": {"a": {{scalar}} } }], "deep": {{any}} }
                    """
        );

    private static Gen<string> Scalar =>
        Gen.OneOf(
            Words("null true false 0 1 -1 2.5 1e3 123456.789"),
            Gen.Int[0, Texts.Length - 1].Select(i => System.Text.Json.JsonSerializer.Serialize(Texts[i]))
        );

    private static Gen<string> Value(int level) =>
        level == 0
            ? Scalar
            : Gen.OneOf(
                Scalar,
                Value(level - 1).Array[0, 3].Select(items => $"[{string.Join(", ", items)}]"),
                Gen.Select(
                    Word("a", "B", "name"),
                    Value(level - 1),
                    Word("list", "map", "A"),
                    Value(level - 1),
                    (k, v, l, w) => $$"""{"{{k}}": {{v}}, "{{l}}": {{w}} }"""
                )
            );

    private static Gen<string> Word(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static Gen<string> Words(string words) => Word(words.Split(' '));
}
