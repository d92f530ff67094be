using System.Collections.Frozen;
using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>Which contexts the places of one step know: <c>item</c> only where there are targets, <c>secrets</c> only where they are passed on.</summary>
internal sealed class StepContexts
{
    private StepContexts(bool item)
    {
        string[] always = ["inputs", "alert", "incident", "run", "steps", "vars", "env", .. item ? ["item"] : Array.Empty<string>()];
        Always = ExpressionReader.Set(always);
        Passed = ExpressionReader.Set([.. always, "secrets"]);
        OfResult = ExpressionReader.Set([.. always, "result", "before"]);
    }

    public static StepContexts Plain { get; } = new(item: false);
    public static StepContexts OfItem { get; } = new(item: true);

    public FrozenSet<string> Always { get; }

    /// <summary>Of <c>with</c> and <c>env</c>.</summary>
    public FrozenSet<string> Passed { get; }

    /// <summary>Where a result has come.</summary>
    public FrozenSet<string> OfResult { get; }
}

/// <summary>Reads values and conditions of a runbook.</summary>
internal sealed class ExpressionReader(Problems problems)
{
    public static FrozenSet<string> InInputs { get; } = Set("alert", "incident", "run", "inputs");

    /// <summary>Of the runbook's own <c>env</c>, which does not see itself.</summary>
    public static FrozenSet<string> InEnv { get; } = Set("inputs", "alert", "incident", "run", "steps", "vars", "secrets");

    /// <summary>All that was read, at its place: what they refer to is looked up when everything is known.</summary>
    public List<(YamlTree At, Expression Expression, bool Passes)> Seen { get; } = [];

    public Template Template(YamlTree tree, FrozenSet<string> contexts)
    {
        switch (tree)
        {
            case YamlTree.Sequence sequence:
                var items = sequence.Items.Select(item => Template(item, contexts)).ToList();
                return items.TrueForAll(item => item is Template.Constant)
                    ? new Template.Constant(new ListValue([.. items.Select(item => ((Template.Constant)item).Value)]))
                    : new Template.Sequence(items);
            case YamlTree.Mapping mapping:
                var entries = Entries(mapping.Entries, contexts);
                return entries.All(entry => entry.Value is Template.Constant)
                    ? new Template.Constant(
                        new MapValue([.. entries.Select(entry => KeyValuePair.Create(entry.Key, ((Template.Constant)entry.Value).Value))])
                    )
                    : new Template.Mapping(entries);
            case YamlTree.Scalar scalar:
                return scalar.Value is string text ? OfText(scalar, text, contexts) : new Template.Constant(scalar.Value);
            default:
                throw new InvalidOperationException($"A new kind of YAML node: {tree.GetType().Name}.");
        }
    }

    /// <summary>A text; <c>${{ }}</c> in it is resolved.</summary>
    public Template TextTemplate(YamlTree tree, string key, FrozenSet<string> contexts)
    {
        if (tree is not YamlTree.Scalar { Value: not null })
            problems.Add(tree, $"'{key}' must be a text.");
        return Template(tree, contexts);
    }

    public IReadOnlyList<KeyValuePair<string, Template>> Entries(
        IReadOnlyList<(YamlTree.Scalar Key, YamlTree Value)> entries,
        FrozenSet<string> contexts
    ) => [.. entries.Select(entry => KeyValuePair.Create(entry.Key.Text, Template(entry.Value, contexts)))];

    /// <summary>A bare expression; one in <c>${{ }}</c> means the same.</summary>
    public Expression? Condition(YamlTree? tree, FrozenSet<string> contexts, bool impliesSuccess = false)
    {
        if (tree is null)
            return null;
        if (tree is not YamlTree.Scalar scalar)
        {
            problems.Add(tree, "A condition must be an expression.");
            return null;
        }

        var text = scalar.Text.Trim();
        if (
            text.StartsWith("${{", StringComparison.Ordinal)
            && text.EndsWith("}}", StringComparison.Ordinal)
            && text.IndexOf("${{", 3, StringComparison.Ordinal) < 0
        )
            text = text[3..^2];
        if (string.IsNullOrWhiteSpace(text))
        {
            problems.Add(tree, "A condition is missing here.");
            return null;
        }

        if (Expression.TryParseCondition(text, contexts, impliesSuccess, out var expression, out var error))
        {
            Seen.Add((tree, expression, false));
            return expression;
        }

        problems.Add(tree, error.Message);
        return null;
    }

    private Template OfText(YamlTree.Scalar at, string text, FrozenSet<string> contexts)
    {
        var parts = new List<Template>();
        var from = 0;
        while (text.IndexOf("${{", from, StringComparison.Ordinal) is var open && open >= 0)
        {
            var close = End(text, open + 3);
            if (close < 0)
            {
                problems.Add(at, $"'${{{{' is never closed in '{Short(text)}'.");
                return new Template.Constant(text);
            }

            if (open > from)
                parts.Add(new Template.Constant(text[from..open]));
            var inner = text[(open + 3)..close];
            if (string.IsNullOrWhiteSpace(inner))
            {
                problems.Add(at, $"An expression is missing between '${{{{' and '}}}}' in '{Short(text)}'.");
            }
            else if (Expression.TryParse(inner, contexts, out var expression, out var error))
            {
                Seen.Add((at, expression, contexts.Contains("secrets")));
                parts.Add(new Template.Whole(expression));
            }
            else
            {
                problems.Add(at, error.Message);
            }

            from = close + 2;
        }

        if (parts.Count == 0)
            return new Template.Constant(text);
        if (from < text.Length)
            parts.Add(new Template.Constant(text[from..]));
        return parts is [Template.Whole whole] ? whole : new Template.Mixed(parts);
    }

    // Braces inside a quoted text of the expression do not close it.
    private static int End(string text, int from)
    {
        var quoted = false;
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] is '\'')
                quoted = !quoted;
            else if (!quoted && text[i] is '}' && i + 1 < text.Length && text[i + 1] is '}')
                return i;
        }

        return -1;
    }

    private static string Short(string text) => text.Length > 60 ? text[..60] + "…" : text;

    internal static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
