using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>Finds names that no step or input has, before a run does at three in the morning.</summary>
internal static class ReferenceCheck
{
    public static bool ReadsAlertState(Expression expression) =>
        expression.Contexts.Contains("alert")
        && (
            References.To("alert", expression.Text).Contains("state", StringComparer.OrdinalIgnoreCase)
            || References.ToAllOf("alert", expression.Text)
        );

    public static void Look(RunbookDefinition definition, ExpressionReader expressions, Problems problems)
    {
        var steps = definition.ById.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var inputs = definition.Inputs.Select(input => input.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var secrets = definition
            .Inputs.Where(input => input.Type is InputType.Secret)
            .Select(input => input.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (at, expression, passes) in expressions.Seen)
        {
            Missing("steps", "step", steps);
            Missing("inputs", "input", inputs);
            Missing("secrets", "secret input", secrets);
            // Where a value is only passed on nobody sees it; everywhere else it would be written down.
            foreach (
                var name in passes || secrets.Count == 0 ? [] : References.To("inputs", expression.Text).Where(secrets.Contains).Distinct()
            )
                problems.Add(
                    at,
                    $"The secret '{name}' can stand only in 'with' and 'env', from where it goes to the step and nowhere else."
                );

            void Missing(string context, string what, HashSet<string> known)
            {
                if (!expression.Contexts.Contains(context))
                    return;
                foreach (var name in References.To(context, expression.Text).Where(name => !known.Contains(name)).Distinct())
                    problems.Add(at, $"There is no {what} '{name}'.{Suggestion.For(name, known)}");
            }
        }
    }
}
