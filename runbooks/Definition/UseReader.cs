using System.Collections.Frozen;
using Runbooks.Actions;
using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>Reads <c>uses</c> and <c>with</c> against what the action declares.</summary>
internal sealed class UseReader(Problems problems, ExpressionReader expressions, IReadOnlyDictionary<string, IStepAction> actions)
{
    private readonly List<(YamlTree At, string Argument, UntaintedPart Part, Template Value, Template? List)> untainted = [];

    public IReadOnlyDictionary<string, IStepAction> Actions => actions;

    /// <summary>Whether the step that is being read says why it may call what an alert names (<c>i-accept</c>).</summary>
    public bool Accepted { get; set; }

    /// <summary>Whether a step's action is a question to people.</summary>
    public bool Asks(Fields step) => actions.GetValueOrDefault((step.Take("uses") as YamlTree.Scalar)?.Text ?? "") is { Asks: true };

    /// <param name="list">The step's <c>for-each</c>: where <c>item</c> comes from.</param>
    public UseDefinition Read(Fields fields, FrozenSet<string> contexts, Template? list)
    {
        var name = fields.Text("uses") ?? "";
        var tree = fields.Take("with");
        var with = tree is null ? new Template.Constant(MapValue.Empty) : expressions.Template(tree, contexts);
        if (tree is not null and not YamlTree.Mapping)
            problems.Add(tree, "'with' must be a mapping of arguments to values.");
        if (name.Contains("${{", StringComparison.Ordinal))
            problems.Add(fields.Take("uses")!, "'uses' is written out: no value may choose what is called.");
        else if (Asks(fields))
            problems.Add(fields.Take("uses")!, $"'{name}' asks people: it is a step of its own, not a part of one.");
        else if (actions.TryGetValue(name, out var action))
            Arguments(fields, name, ArgumentList.Of(action.Arguments), tree, with, list);
        else
            problems.Add(fields.Take("uses") ?? fields.Here, Missing(name));
        return new UseDefinition(name, with);
    }

    /// <summary>Says where a value of an alert or of chat would decide whom a step calls.</summary>
    public void LookForTaint(RunbookDefinition definition)
    {
        var taint = new Taint(definition);
        foreach (var (at, argument, part, value, list) in untainted)
        {
            if (taint.Reaches(value, part, list) is { } source)
            {
                var what = part is UntaintedPart.Origin ? $"the host of '{argument}'" : $"'{argument}'";
                problems.Add(
                    at,
                    $"{source} would form {what}. Write it out, or choose among known ones: an input with 'enum' is not tainted. "
                        + "A step that has to says why: i-accept: \"reason\"."
                );
            }
        }
    }

    private void Arguments(Fields fields, string name, List<ActionArgument> arguments, YamlTree? tree, Template with, Template? list)
    {
        var given = (tree as YamlTree.Mapping)?.Entries ?? [];
        foreach (var (key, value) in given)
        {
            if (arguments.Find(argument => argument.Key == key.Text) is not { } known)
                problems.Add(
                    key,
                    $"'{name}' has no argument '{key.Text}'.{Suggestion.For(key.Text, arguments.Select(argument => argument.Key))}"
                );
            else if (ArgumentSchema.Refusal(known, value) is { } refusal)
                problems.Add(value, $"The argument '{key.Text}' of '{name}' must be {refusal}");
            else if (!Accepted && known.Untainted is { } part && with is Template.Mapping map)
                untainted.Add((value, key.Text, part, map.Entries.First(entry => entry.Key == key.Text).Value, list));
        }

        foreach (var argument in arguments)
        {
            if (argument.Required && !given.Any(entry => entry.Key.Text == argument.Key))
                problems.Add(tree ?? fields.Here, $"'{name}' needs the argument '{argument.Key}'.");
        }
    }

    private string Missing(string name)
    {
        if (name.Length == 0)
            return "'uses' is missing: the action to call, as http/request@1.";
        var meant = Suggestion.For(name, actions.Keys);
        return $"There is no action '{name}'."
            + (meant.Length > 0 ? meant : $" Known: {string.Join(", ", actions.Keys.Order(StringComparer.Ordinal))}.");
    }
}
