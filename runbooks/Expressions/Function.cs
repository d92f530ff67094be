using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Runbooks.Expressions;

/// <summary>One function: how many arguments, and what it does. Arguments are evaluated by the function, since <c>case</c> evaluates lazily.</summary>
internal sealed record Function(string Name, int Least, int Most, Func<Scope, IReadOnlyList<Node>, object?> Run)
{
    private static readonly TimeSpan PatternLimit = TimeSpan.FromSeconds(1);

    public bool IsStatus { get; init; }
    public bool OddOnly { get; init; }

    public static FrozenDictionary<string, Function> All { get; } =
        Known().ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<Function> Known() =>
        [
            Of("contains", 2, 2, (_, args) => Contains(args[0], args[1])),
            Of("startsWith", 2, 2, (_, args) => Both(args, (a, b) => a.StartsWith(b, StringComparison.OrdinalIgnoreCase))),
            Of("endsWith", 2, 2, (_, args) => Both(args, (a, b) => a.EndsWith(b, StringComparison.OrdinalIgnoreCase))),
            Of("format", 1, 255, (scope, args) => TextFunctions.Format(scope, args)),
            Of("join", 1, 2, (scope, args) => TextFunctions.Join(scope, args)),
            Of("toJSON", 1, 1, (scope, args) => JsonFunctions.Write(scope, args[0])),
            Of("fromJSON", 1, 1, (scope, args) => JsonFunctions.Read(scope, Values.ToText(args[0]))),
            new Function("case", 3, 255, Case) { OddOnly = true },
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
            Of("matches", 2, 2, (_, args) => Matches(Values.ToText(args[0]), Values.ToText(args[1]))),
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
                    values[i] = nodes[i].Evaluate(scope);
                return run(scope, values);
            }
        );

    private static Function Status(string name, Func<RunStatus, bool> holds) =>
        new(name, 0, 0, (scope, _) => holds(scope.Status)) { IsStatus = true };

    private static object Contains(object? where, object? what)
    {
        if (Values.IsPrimitive(where))
        {
            return Values.IsPrimitive(what) && Values.ToText(where).Contains(Values.ToText(what), StringComparison.OrdinalIgnoreCase);
        }

        return where is ListValue list && list.Items.Any(item => Values.AreEqual(item, what));
    }

    private static object Both(object?[] args, Func<string, string, bool> holds) =>
        Values.IsPrimitive(args[0]) && Values.IsPrimitive(args[1]) && holds(Values.ToText(args[0]), Values.ToText(args[1]));

    private static object? Case(Scope scope, IReadOnlyList<Node> nodes)
    {
        for (var i = 0; i + 1 < nodes.Count; i += 2)
        {
            if (nodes[i].Evaluate(scope) is not bool holds)
                throw new ExpressionException(ExpressionStage.Evaluation, $"Predicate {(i / 2) + 1} of 'case' must be a boolean.");
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

    private static bool Matches(string text, string pattern)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, PatternLimit);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            throw new ExpressionException(
                ExpressionStage.Evaluation,
                $"'{pattern}' is not a pattern that matches() can use: {fault.Message}"
            );
        }
    }

    private static double Seconds(string text) =>
        Duration.TryParse(text, out var duration)
            ? duration.TotalSeconds
            : throw new ExpressionException(ExpressionStage.Evaluation, $"'{text}' is not a duration. {Duration.Fix}");
}
