using System.Collections.Frozen;

namespace Runbooks.Expressions;

/// <summary>One function: how many arguments, and what it does. Arguments are evaluated by the function, since <c>case</c> evaluates lazily.</summary>
internal sealed record Function(string Name, int Least, int Most, Func<Scope, IReadOnlyList<Node>, object?> Run)
{
    private const int MostAtAll = 255;

    public bool IsStatus { get; init; }
    public bool OddOnly { get; init; }

    public static FrozenDictionary<string, Function> All { get; } =
        Known().ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>How many arguments it takes, as a sentence.</summary>
    public string Takes =>
        (Least, Most, OddOnly) switch
        {
            (_, _, true) => $"'{Name}' takes condition, value, … and at the end a value for all other cases.",
            (0, 0, _) => $"'{Name}' takes no parameters.",
            (1, 1, _) => $"'{Name}' takes one parameter.",
            (_, MostAtAll, _) => $"'{Name}' takes at least {Least}, and at most {MostAtAll}.",
            _ when Least == Most => $"'{Name}' takes {Least} parameters.",
            _ => $"'{Name}' takes {Least} to {Most} parameters.",
        };

    private static IEnumerable<Function> Known() =>
        [
            Of("contains", 2, 2, (scope, args) => Contains(scope, args[0], args[1])),
            Of("startsWith", 2, 2, (_, args) => Both(args, (a, b) => a.StartsWith(b, StringComparison.OrdinalIgnoreCase))),
            Of("endsWith", 2, 2, (_, args) => Both(args, (a, b) => a.EndsWith(b, StringComparison.OrdinalIgnoreCase))),
            Of("format", 1, MostAtAll, (scope, args) => TextFunctions.Format(scope, args)),
            Of("join", 1, 2, (scope, args) => TextFunctions.Join(scope, args)),
            Of("toJSON", 1, 1, (scope, args) => JsonFunctions.Write(scope, args[0])),
            Of("fromJSON", 1, 1, (scope, args) => JsonFunctions.Read(scope, Values.ToText(args[0]))),
            new Function("case", 3, MostAtAll, Case) { OddOnly = true },
            Status("success", status => status is RunStatus.Success),
            Status("failure", status => status is RunStatus.Failure),
            Status("cancelled", status => status is RunStatus.Cancelled),
            Status("always", _ => true),
            Of("len", 1, 1, (_, args) => Length(args[0])),
            Of("lower", 1, 1, (scope, args) => scope.Made(Values.ToText(args[0]).ToLowerInvariant())),
            Of("upper", 1, 1, (scope, args) => scope.Made(Values.ToText(args[0]).ToUpperInvariant())),
            Of("trim", 1, 1, (scope, args) => scope.Made(Values.ToText(args[0]).Trim())),
            Of("replace", 3, 3, (scope, args) => TextFunctions.Replace(scope, args)),
            Of("split", 2, 2, (scope, args) => TextFunctions.Split(scope, args)),
            Of("matches", 2, 2, (scope, args) => Patterns.Matches(scope, Values.ToText(args[0]), Values.ToText(args[1]))),
            Of("duration", 1, 1, (_, args) => Seconds(Values.ToText(args[0]))),
        ];

    private static Function Of(string name, int least, int most, Func<Scope, object?[], object?> run) =>
        new(
            name,
            least,
            most,
            (scope, nodes) =>
            {
                var values = new object?[nodes.Count];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = nodes[i].Evaluate(scope);
                    if (values[i] is Withheld withheld)
                        throw withheld.Used();
                    scope.Work(Values.Weight(values[i]));
                }

                return run(scope, values);
            }
        );

    private static Function Status(string name, Func<RunStatus, bool> holds) =>
        new(name, 0, 0, (scope, _) => holds(scope.Status)) { IsStatus = true };

    private static bool Contains(Scope scope, object? where, object? what)
    {
        if (Values.IsPrimitive(where))
            return Values.IsPrimitive(what) && TextSearch.ContainsIgnoringCase(Values.ToText(where), Values.ToText(what));
        if (where is not ListValue list)
            return false;
        foreach (var item in list.Items)
        {
            scope.Work(Values.Weight(item));
            if (Values.AreEqual(item, what))
                return true;
        }

        return false;
    }

    private static object Both(object?[] args, Func<string, string, bool> holds) =>
        Values.IsPrimitive(args[0]) && Values.IsPrimitive(args[1]) && holds(Values.ToText(args[0]), Values.ToText(args[1]));

    private static object? Case(Scope scope, IReadOnlyList<Node> nodes)
    {
        for (var i = 0; i + 1 < nodes.Count; i += 2)
        {
            if (nodes[i].Evaluate(scope) is not bool holds)
            {
                throw new ExpressionException(
                    ExpressionStage.Evaluation,
                    $"case predicate must evaluate to a boolean value; parameter {i + 1} does not. Write it as a comparison, or with '!!'."
                );
            }

            if (holds)
                return nodes[i + 1].Evaluate(scope);
        }

        return nodes[^1].Evaluate(scope);
    }

    private static double Length(object? value) =>
        value switch
        {
            ListValue list => list.Items.Count,
            MapValue map => map.Entries.Count,
            _ => Values.ToText(value).Length,
        };

    private static double Seconds(string text) =>
        Duration.TryParse(text, out var duration)
            ? duration.TotalSeconds
            : throw new ExpressionException(
                ExpressionStage.Evaluation,
                $"'{ExpressionException.Short(text)}' is not a duration. {Duration.Fix}"
            );
}
