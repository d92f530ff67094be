using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Asks people typed questions; what they answer are the step's outputs.</summary>
internal static class AskPlanner
{
    public static Next Next(Unit unit, AskDefinition ask)
    {
        var state = unit.State;
        var answer = state.Wait is { Kind: WaitKind.Answer } asked
            ? state.Decisions.Skip(asked.DecisionsBefore).FirstOrDefault(one => one.Decision is RunDecision.Answer)
            : null;
        // It is an answer to what was asked: inputs that are changed after it are nothing to it.
        if (state.Wait is not { Kind: WaitKind.Answer } wait || unit.HasOthersThan(wait.Version, answer?.Version ?? long.MaxValue))
        {
            var text = Values.ToText(ask.Text.Resolve(unit.Scope()));
            return new Next.Record(
                new RunFact.StepWaits(
                    unit.Path,
                    WaitKind.Answer,
                    Binding.OfStep(unit.View, unit.Path, Binding.WithInputs(unit, RunbookReader.HashOf(text))),
                    ask.From,
                    text,
                    InputSchema.Questions(ask.Inputs),
                    ask.Expires is { } expires ? unit.View.Now + expires : null
                )
            );
        }

        if (answer is not null)
            return new Next.Record(Ends.Success(unit, $"answered by {answer.By}", answer.Answers));
        return wait.Until is { } until && unit.View.Now >= until
            ? new Next.Record(Ends.Failure(unit, "nobody answered in time"))
            : new Next.Park(wait.Until);
    }
}

/// <summary>Typed inputs as whoever shows a form needs them.</summary>
internal static class InputSchema
{
    /// <returns><c>{"inputs": {NAME: {type, description, enum, pattern, minimum, maximum, min-length, max-length, items, default, required}}}</c></returns>
    public static System.Text.Json.JsonElement Questions(IReadOnlyList<InputDefinition> inputs) =>
        Values.ToJson(
            new MapValue([
                KeyValuePair.Create(
                    "inputs",
                    (object?)new MapValue([.. inputs.Select(input => KeyValuePair.Create(input.Name, (object?)One(input)))])
                ),
            ])
        );

    private static MapValue One(InputDefinition input)
    {
        var entries = new List<KeyValuePair<string, object?>> { KeyValuePair.Create("type", (object?)Words.Of(input.Type)) };
        Add("description", input.Description);
        Add("enum", input.Enum is { } choices ? new ListValue(choices) : null);
        Add("pattern", input.Pattern is { } pattern ? InputRules.Written(pattern) : null);
        Add("minimum", input.Minimum);
        Add("maximum", input.Maximum);
        Add("min-length", (double?)input.MinLength);
        Add("max-length", (double?)input.MaxLength);
        Add("items", input.Items is { } items ? Words.Of(items) : null);
        Add("default", (input.Default as Template.Constant)?.Value);
        Add("required", input.Required && input.Default is null);
        return new MapValue(entries);

        void Add(string key, object? value)
        {
            if (value is not null)
                entries.Add(KeyValuePair.Create(key, (object?)value));
        }
    }
}
