using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What a runbook is for, and what of it changes something, before anything of it is known. Pure.</summary>
public sealed record RunbookGlance(string Summary, string Steps)
{
    private const int MostNamed = 5;

    // What they change is the incident's own story, which people read and write in anyhow.
    private static readonly string[] OfTheIncident = ["incident/", "chat/", "core/"];

    public static RunbookGlance Of(RunbookDefinition definition, IReadOnlyDictionary<string, IStepAction> actions)
    {
        List<string> asking = [];
        List<string> acting = [];
        IReadOnlyList<StepDefinition> steps = [.. definition.Steps, .. definition.Finally];
        foreach (var step in steps.SelectMany(Leaves))
        {
            if (step.Asks)
                asking.Add(step.Step.Id);
            else if (Acts(step.Step, actions))
                acting.Add(step.Step.Id);
        }

        return new RunbookGlance(
            definition.Summary,
            $"{steps.Count} step{(steps.Count == 1 ? "" : "s")}; "
                + (asking.Count > 0 ? $"asks for approval before {Named(asking)}; " : "")
                + (
                    acting.Count > 0 ? $"acts without it in {Named(acting)}"
                    : asking.Count > 0 ? "the others change nothing"
                    : "changes nothing"
                )
        );
    }

    // One approval is about all of a group.
    private static IEnumerable<(StepDefinition Step, bool Asks)> Leaves(StepDefinition step) =>
        step.Approve is not null ? [(step, true)]
        : step.Parallel is { } members ? members.SelectMany(Leaves)
        : step.EachTarget is { } each ? Leaves(each)
        : [(step, false)];

    /// <summary>Whether it changes something other than the incident's own story, as far as its text says.</summary>
    internal static bool Acts(StepDefinition step, IReadOnlyDictionary<string, IStepAction> actions) =>
        step.Runbook is not null
        || (step.Script is not null && step.Effect is not StepEffect.Read)
        || (
            step.Uses is { } uses
            && !IsOfTheIncident(step)
            && (step.Effect ?? actions.GetValueOrDefault(uses.Action)?.EffectOf(Written(uses.With))) is not StepEffect.Read
        );

    /// <summary>It changes nothing but the incident's own story, and looks at nothing that others change.</summary>
    internal static bool IsOfTheIncident(StepDefinition step) =>
        step.Uses is { } uses && Array.Exists(OfTheIncident, folder => uses.Action.StartsWith(folder, StringComparison.Ordinal));

    private static JsonElement Written(Template with) => Values.ToJson(Literal(with));

    // What is no literal is any text.
    private static object? Literal(Template template) =>
        template switch
        {
            Template.Whole or Template.Mixed => "?",
            Template.Sequence sequence => new ListValue([.. sequence.Items.Select(Literal)]),
            Template.Mapping mapping => new MapValue([
                .. mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key, Literal(entry.Value))),
            ]),
            _ => template.Resolve(Scope.Of(MapValue.Empty)),
        };

    private static string Named(List<string> steps) =>
        string.Join(", ", steps.Take(MostNamed)) + (steps.Count > MostNamed ? $" and {steps.Count - MostNamed} more" : "");
}
