using System.Text.RegularExpressions;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Definition;

/// <summary>What is allowed in a runbook and will hurt somebody at three in the morning.</summary>
/// <param name="Rule">A word for it, as <c>once-without-check</c>.</param>
public sealed record Advice(int Line, int Column, string Rule, string Message);

/// <summary>Reads a runbook as an experienced colleague would. Pure.</summary>
public static class RunbookAdvice
{
    public static IReadOnlyList<Advice> Of(RunbookDefinition definition, IReadOnlyDictionary<string, IStepAction> actions)
    {
        var steps = definition.ById.Values.SelectMany(step =>
            OfStep(step, definition, actions)
                .Concat(OfEffect(step, actions))
                .Concat(step.Undo is { } undo ? OfEffect(undo, actions) : [])
                .Concat(OfProbes(step, actions))
        );
        return
        [
            .. OfRunbook(definition)
                .Concat(OfInputs(definition))
                .Concat(OrderAdvice.Of(definition))
                .Concat(steps)
                .OrderBy(one => one.Line)
                .ThenBy(one => one.Column),
        ];
    }

    private static IEnumerable<Advice> OfRunbook(RunbookDefinition definition)
    {
        if (definition.Summary.Length == 0)
            yield return new Advice(1, 1, "no-summary", "Say in one line what it does ('summary'): whoever starts it reads that.");
        if (definition.Alerts.Any(alert => alert is { Mode: TriggerMode.Auto, Cooldown: null, Budget: null }))
        {
            yield return new Advice(
                1,
                1,
                "auto-without-bound",
                "It starts by itself and has neither 'cooldown' nor 'budget': an alert that keeps firing starts it again and again."
            );
        }
    }

    private static IEnumerable<Advice> OfInputs(RunbookDefinition definition)
    {
        if (Used(definition.Text, @"\(\s*inputs\s*[,)]|\binputs\s*\[\s*[^'\s]"))
            yield break;
        foreach (var input in definition.Inputs)
        {
            var name = Regex.Escape(input.Name);
            var context = input.Type is InputType.Secret ? "(?:inputs|secrets)" : "inputs";
            if (!Used(definition.Text, $@"\b{context}\s*(?:\.\s*{name}(?![\w-])|\[\s*'{name}'\s*\])"))
                yield return new Advice(input.Line, input.Column, "unused-input", $"Nothing uses the input '{input.Name}'.");
        }
    }

    private static IEnumerable<Advice> OfStep(
        StepDefinition step,
        RunbookDefinition definition,
        IReadOnlyDictionary<string, IStepAction> actions
    )
    {
        if (step.If is { } condition && NeverHolds(condition))
            yield return Of(step, "never-runs", $"'if: {condition.Text.Trim()}' never holds.");
        if (EffectOf(step, actions) is StepEffect.Once)
        {
            if (step.Check is null)
                yield return Of(
                    step,
                    "once-without-check",
                    "If its answer is lost, only a person can find out whether it happened: add 'check'."
                );
            if (step.Timeout is null)
                yield return Of(
                    step,
                    "once-without-timeout",
                    "Without 'timeout' it may hang for 5m before anybody asks whether it happened."
                );
        }

        if (step.Approve is { Expires: { } expires, Remind: { } remind } && remind >= expires)
            yield return Of(step, "reminder-too-late", $"'remind: {Duration.Write(remind)}' never comes: the approval expires before.");
        if (step.Approve is { Expires: null })
            yield return Of(step, "approval-without-end", "Without 'expires' it waits for an approval for ever.");
        if (step.Ask is { Expires: null })
            yield return Of(step, "question-without-end", "Without 'expires' it waits for an answer for ever.");
        if (step.Wait is { Until: not null, Timeout: null } && definition.Limits.Timeout is null)
            yield return Of(step, "wait-without-end", "Without 'timeout' (here or in 'limits') it waits for ever.");
    }

    // One whose arguments are all written out is refused when it is read. Where values are still to come, the run takes the action's
    // word without asking, and whoever wrote the step would wonder why it is not made again.
    private static IEnumerable<Advice> OfEffect(StepDefinition step, IReadOnlyDictionary<string, IStepAction> actions)
    {
        if (
            step is not { Effect: { } declared, EffectAt: { } at, Uses: { With: not Template.Constant } uses }
            || !string.IsNullOrWhiteSpace(step.Accepts)
            || !actions.TryGetValue(uses.Action, out var action)
        )
            yield break;
        var own = action.EffectOf(Values.ToJson(Written(uses.With)));
        if (declared < own)
        {
            yield return new Advice(
                at.Line,
                at.Column,
                "effect-looser",
                $"The step '{step.Id}': '{uses.Action}' is {Words.Of(own)} here, and without i-accept: \"reason\" it stays so, whatever "
                    + $"'effect: {Words.Of(declared)}' says."
            );
        }
    }

    private static IEnumerable<Advice> OfProbes(StepDefinition step, IReadOnlyDictionary<string, IStepAction> actions)
    {
        foreach (var (key, uses) in new[] { ("before", step.Before?.Uses), ("check", step.Check?.Uses) })
        {
            if (
                uses is not null
                && string.IsNullOrWhiteSpace(step.Accepts)
                && actions.TryGetValue(uses.Action, out var action)
                && action.EffectOf(Values.ToJson(Written(uses.With))) is not StepEffect.Read and var own
            )
                yield return Of(
                    step,
                    "probe-acts",
                    $"its '{key}' calls '{uses.Action}', which is {Words.Of(own)} here, and is called whenever somebody has to know."
                );
        }
    }

    /// <summary>The effect as far as the text says; null for what does not act.</summary>
    private static StepEffect? EffectOf(StepDefinition step, IReadOnlyDictionary<string, IStepAction> actions)
    {
        if (step.Uses is null && step.Script is null)
            return null;
        if (step.Effect is { } declared)
            return declared;
        return step.Uses is { } uses && actions.TryGetValue(uses.Action, out var action)
            ? action.EffectOf(Values.ToJson(Written(uses.With)))
            : StepEffect.Once;
    }

    // What is written out; an expression stands for nothing.
    private static MapValue Written(Template with) =>
        with switch
        {
            Template.Constant { Value: MapValue all } => all,
            Template.Mapping mapping => new MapValue([
                .. mapping
                    .Entries.Where(entry => entry.Value is Template.Constant)
                    .Select(entry => KeyValuePair.Create(entry.Key, ((Template.Constant)entry.Value).Value)),
            ]),
            _ => MapValue.Empty,
        };

    private static bool NeverHolds(Expression condition) =>
        condition.Contexts.Count == 0
        && Array.TrueForAll(Enum.GetValues<RunStatus>(), status => !condition.Holds(new Scope(_ => null, status)));

    private static bool Used(string text, string pattern) =>
        Regex.IsMatch(text, pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Regex.InfiniteMatchTimeout);

    private static Advice Of(StepDefinition step, string rule, string message) =>
        new(step.Line, step.Column, rule, $"The step '{step.Id}': {message}");
}
