using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Runbooks.Planning;

/// <summary>What a step will do, resolved: the arguments of its action; of a script its body and environment.</summary>
internal static class StepInputs
{
    /// <param name="secrets">Values of the secret inputs, null for one that need not be there and is not; null for all leaves their references.</param>
    /// <exception cref="ExpressionException">An expression in it fails.</exception>
    public static Resolved Of(Unit unit, IReadOnlyDictionary<string, string?>? secrets = null)
    {
        if (unit.Step.Uses is { } uses)
            return Arguments(unit, uses, secrets);
        return unit.Step.Script is { } script ? OfScript(unit, script, secrets) : Resolved.Nothing;
    }

    /// <summary>The arguments of an action, its list <c>from</c> cut by the step's <c>where</c>.</summary>
    public static Resolved Arguments(Unit unit, UseDefinition uses, IReadOnlyDictionary<string, string?>? secrets = null)
    {
        var scope = unit.On(unit.View.For(uses)).Scope(secrets: secrets);
        if (unit.Step.Where is not { } where || !ReferenceEquals(uses, unit.Step.Uses))
            return uses.With.ToJson(scope);
        var with = uses.With.Resolve(scope) as MapValue ?? MapValue.Empty;
        return Resolved.Of(
            Values.ToJson(
                new MapValue([
                    .. with.Entries.Select(entry =>
                        entry is { Key: "from", Value: ListValue list }
                            ? KeyValuePair.Create(entry.Key, (object?)Cut(unit, where, list))
                            : entry
                    ),
                ])
            )
        );
    }

    private static ListValue Cut(Unit unit, Expression where, ListValue list) =>
        new([.. list.Items.Where(item => where.Holds((unit with { Target = new Target(item) }).Scope()))]);

    /// <summary>A script's variables as texts; its own stand for those of the runbook with the same name.</summary>
    public static JsonElement Environment(Unit unit, IReadOnlyDictionary<string, string?>? secrets = null)
    {
        var scope = unit.Scope(secrets: secrets);
        return Values.ToJson(
            new MapValue([
                .. Variables(unit).Select(entry => KeyValuePair.Create(entry.Key, (object?)Values.ToText(entry.Value.Resolve(scope)))),
            ])
        );
    }

    /// <summary>A script's variables as they are written.</summary>
    public static IEnumerable<KeyValuePair<string, Template>> Variables(Unit unit) =>
        unit
            .Frame.Definition.Env.Concat(unit.Step.Script?.Env ?? [])
            .GroupBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entries => entries.Last());

    private static Resolved OfScript(Unit unit, ScriptDefinition script, IReadOnlyDictionary<string, string?>? secrets) =>
        Resolved.Of(
            Values.ToJson(
                new MapValue([
                    KeyValuePair.Create("run", (object?)script.Body),
                    KeyValuePair.Create("env", Values.From(Environment(unit, secrets))),
                ])
            )
        );
}
