using Runbooks.Expressions;

namespace Runbooks.Definition;

/// <summary>Finds steps that read a step which has not ended when they run: it has no outputs then, and its outcome is none. Pure.</summary>
internal static class OrderAdvice
{
    /// <summary><c>finally</c> and <c>undo</c> come last, and may read every step.</summary>
    public static IEnumerable<Advice> Of(RunbookDefinition definition) =>
        Of(definition.Steps, new HashSet<string>(StringComparer.OrdinalIgnoreCase), beside: false);

    private static IEnumerable<Advice> Of(IReadOnlyList<StepDefinition> steps, HashSet<string> ended, bool beside)
    {
        var here = new HashSet<string>(ended, ended.Comparer);
        foreach (var step in steps)
        {
            var read = Expressions(step).SelectMany(one => References.To("steps", one.Text)).Distinct(ended.Comparer);
            foreach (var name in read.Where(name => !here.Contains(name)))
                yield return new Advice(
                    step.Line,
                    step.Column,
                    "reads-too-early",
                    $"The step '{step.Id}' reads 'steps.{name}', which has not ended by then."
                );
            foreach (var advice in Of(step.Parallel ?? [], here, beside: true))
                yield return advice;
            if (!beside)
                here.UnionWith(Ids(step));
        }
    }

    private static IEnumerable<string> Ids(StepDefinition step) => (step.Parallel ?? []).SelectMany(Ids).Prepend(step.Id);

    // What is resolved before the step acts.
    private static IEnumerable<Expression> Expressions(StepDefinition step) =>
        [
            .. TemplateExpressions.In(step.ForEach),
            .. TemplateExpressions.In(step.Uses?.With),
            .. TemplateExpressions.In(step.Runbook?.With),
            .. TemplateExpressions.In(step.Ask?.Text),
            .. TemplateExpressions.In(step.IdempotencyKey),
            .. (step.Script?.Env ?? []).SelectMany(entry => TemplateExpressions.In(entry.Value)),
            .. new[] { step.If, step.Where, step.Wait?.Until }.OfType<Expression>(),
        ];
}
