using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>
/// A call of which not everything is known yet: in its arguments the expressions stand as they are written, and its effect is the
/// widest that they could make of it. Pure.
/// </summary>
/// <param name="isKnown">Whether all that an expression is made of is there.</param>
internal sealed class OpenCall(Scope scope, Func<Expression, bool> isKnown)
{
    /// <summary>Of a step that is an action or a script.</summary>
    public static (string Text, StepEffect Effect, WholeCall Whole) Of(Unit unit, Func<Expression, bool> isKnown)
    {
        var call = new OpenCall(unit.Scope(), isKnown);
        var (text, effect, with) = unit.Step.Uses is { } uses
            ? call.Of(unit.View.Actions[uses.Action], uses.With)
            : call.Of(unit, StepInputs.Variables(unit));
        return (text, effect, WholeCall.Of(unit, with)!);
    }

    private (string Text, StepEffect Effect, JsonElement With) Of(IStepAction action, Template with)
    {
        var entries = (Open(with) as MapValue ?? MapValue.Empty).Entries.ToDictionary(StringComparer.Ordinal);
        var effect = action.EffectOf(Json(entries));
        foreach (var argument in ArgumentList.Of(action.Arguments).Where(argument => IsOpen(with, argument.Key)))
        {
            foreach (var word in Words(argument))
            {
                var could = action.EffectOf(
                    Json(new Dictionary<string, object?>(entries, StringComparer.Ordinal) { [argument.Key] = word })
                );
                effect = could > effect ? could : effect;
            }
        }

        var known = Json(entries);
        return (action.Describe(known), effect, known);
    }

    // The variables of a script.
    private (string Text, StepEffect Effect, JsonElement With) Of(Unit unit, IEnumerable<KeyValuePair<string, Template>> env)
    {
        var open = new MapValue([.. env.Select(entry => KeyValuePair.Create(entry.Key, (object?)Values.ToText(Open(entry.Value))))]);
        var with = Resolved.Of(Values.ToJson(new MapValue([KeyValuePair.Create("env", (object?)open)])));
        return (StepPlanner.Describe(unit, with), StepEffect.Once, with.Json);
    }

    /// <summary>What is known of it as values, what is not as it is written.</summary>
    private object? Open(Template template)
    {
        switch (template)
        {
            case Template.Whole whole:
                return Known(whole, whole.Expression) is (true, var value) ? value : Written(whole);
            case Template.Mixed mixed:
                return string.Concat(mixed.Parts.Select(part => Values.ToText(Open(part))));
            case Template.Sequence sequence:
                return new ListValue([.. sequence.Items.Select(Open)]);
            case Template.Mapping mapping:
                return new MapValue([.. mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key, Open(entry.Value)))]);
            default:
                return template.Resolve(scope);
        }
    }

    private (bool, object?) Known(Template template, Expression expression)
    {
        try
        {
            if (!isKnown(expression))
                return (false, null);
            var value = template.Resolve(scope);
            _ = Values.ToJson(value);
            return (true, value);
        }
        catch (ExpressionException)
        {
            // A run would fail here, or must not show it; what it would have called is said all the same.
            return (false, null);
        }
    }

    private bool IsOpen(Template with, string key) =>
        with is Template.Mapping mapping
        && mapping.Entries.Any(entry => entry.Key == key && TemplateExpressions.In(entry.Value).Any(expression => !isKnown(expression)));

    // Of a text or a number nobody can try all; what an action makes of one that it does not know is its widest.
    private static IEnumerable<object?> Words(ActionArgument argument)
    {
        var type = Nullable.GetUnderlyingType(argument.Type) ?? argument.Type;
        if (type == typeof(bool))
            return [true, false];
        if (type.IsEnum)
            return Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName);
        return argument.Rules.OfType<AllowedValuesAttribute>().SelectMany(allowed => allowed.Values);
    }

    private static string Written(Template.Whole whole) => $"${{{{ {whole.Expression.Text.Trim()} }}}}";

    private static JsonElement Json(Dictionary<string, object?> entries) => Values.ToJson(new MapValue([.. entries]));
}
