using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Planning;
using Runbooks.Running;

namespace Runbooks.Reference;

/// <summary>The reference of a step's script, read from the language and from what the engine makes of it.</summary>
public static class ScriptPage
{
    public const string Name = "run";

    // Those that say how a script is run; the keys that every step has are in the schema.
    private static readonly string[] Keys =
    [
        Name,
        "shell",
        "env",
        "cwd",
        "timeout",
        "log-limit",
        "artifacts",
        "effect",
        "idempotency-key",
        "fails-with",
    ];

    /// <param name="actions">Those that its examples may use beside the script.</param>
    public static ActionPage Of(IReadOnlyDictionary<string, IStepAction> actions) =>
        new(
            Name,
            "Runs a script on the bot's machine, in a session of its own that ends with the step.",
            [.. Keys.Select(key => Field(StepLanguage.Step.Keys.First(known => known.Name == key)))],
            [.. ActionPage.Fields(typeof(ScriptResult))],
            [.. ScriptGuide.Failures.Select(failure => new PageFailure(Words.Of(failure.Class), failure.When))],
            [.. ScriptGuide.Examples.Select(example => Example(example, actions))]
        )
        {
            Takes = "Keys of the step",
            Finds = [.. ScriptGuide.Variables.Select(variable => new PageField(variable.Name, "", false, null, variable.Holds, null))],
        };

    private static PageField Field(Key key) => new(key.Name, Said(key.Shape), key.Name is Name, null, key.Summary, null);

    private static string Said(Shape shape) =>
        shape switch
        {
            Shape.Word word => "one of " + string.Join(", ", word.Words),
            Shape.MapOf => "a mapping",
            Shape.Time => "a length of time",
            Shape.Size => "a size, as 64KB",
            Shape.Number { Whole: true } => "a whole number",
            Shape.OneOf { Shapes: [var one, Shape.ListOf] } => $"{Said(one)}, or a list",
            _ => "a text",
        };

    private static PageExample Example(string step, IReadOnlyDictionary<string, IStepAction> actions)
    {
        var lines = step.Trim().Split('\n').Select(line => "    " + line);
        var (definition, problems) = new RunbookReader(actions).Read(
            "runbook: example\ninputs: { password: { type: secret, ref: \"env:PASSWORD\" } }\nsteps:\n  -\n" + string.Join('\n', lines)
        );
        var read = definition?.Steps[0] ?? throw new InvalidOperationException($"An example is no step: {string.Join(' ', problems)}");
        return new PageExample(step.Trim(), Words.Of(read.Effect ?? StepEffect.Once), StepPlanner.Describe(read.Script!));
    }
}
