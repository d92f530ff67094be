using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>
/// What a step reads of its <c>before</c> once it has acted. Where that was not kept the step does not begin: nobody could judge afterwards what
/// it did, and its undo would have nothing to go by.
/// </summary>
internal static class BaselineNeeds
{
    /// <param name="cut">Of what <c>before</c> brought.</param>
    /// <returns>Null: all of it is there.</returns>
    public static string? Missing(StepDefinition step, IReadOnlyList<CutMember> cut)
    {
        foreach (var one in cut)
        {
            if (Readers(step).FirstOrDefault(reader => Reads(reader.Expression, one)) is (Key: { } key, _))
            {
                return $"before: 'before{one.Place.Replace('/', '.')}' {one.Lost}; '{key}' reads it once the step has acted, so the step "
                    + "does not begin. Let 'before' bring less: a narrower query, fewer columns, a 'limit'";
            }
        }

        return null;
    }

    // Those that see 'before' at all. An undo goes by outputs of its step.
    private static IEnumerable<(string Key, Expression Expression)> Readers(StepDefinition step)
    {
        if (step.Check?.DoneWhen is { } condition)
            yield return ("check.done-when", condition);
        if (step.Expect is { } expect)
            yield return ("expect", expect);
        foreach (var (name, value) in step.Outputs)
        {
            foreach (var expression in TemplateExpressions.In(value))
                yield return ($"outputs.{name}", expression);
        }
    }

    private static bool Reads(Expression expression, CutMember cut) =>
        expression.Contexts.Contains("before")
        && (
            cut.Place.Length == 0
            || References.ToAllOf("before", expression.Text)
            || References
                .To("before", expression.Text)
                .Any(name => cut.Place.Split('/')[1].Equals(CutMember.Escaped(name), StringComparison.OrdinalIgnoreCase))
        );
}
