using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record AskArguments(
    [Description("What is asked.")] string Text,
    [Description("The typed answers by their names, each with `type` and rules as an input of a runbook has them.")]
        IReadOnlyDictionary<string, JsonElement> Inputs,
    [Description("Groups that may answer; one may stand alone. By default every responder.")] IReadOnlyList<string>? From = null,
    [Description("Without an answer by then the step fails, as 10m.")] string? Expires = null
);

/// <summary><c>chat/ask@1</c>: the key <c>ask</c> under the name of an action (docs/adr/0067).</summary>
internal sealed class AskAction : IStepAction
{
    public string Name => "chat/ask@1";

    public string Summary => "Asks people, as the key `ask` does; each answer is an output of the step, `steps.ID.outputs.NAME`.";

    public Type Arguments => typeof(AskArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(NoResult),
            [new(FailureClass.NotSent, "Nobody answered in time.")],
            """
            uses: chat/ask@1
            with:
              text: Which replica takes over?
              inputs:
                replica: { enum: [db-2, db-3], required: true }
                lost-ok: { type: boolean, default: false, description: Whether the last second may be lost }
              from: [dba]
              expires: 10m
            """
        );

    public bool Asks => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        $"ask for {string.Join(", ", with.GetProperty("inputs").EnumerateObject().Select(input => input.Name))}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        throw new InvalidOperationException("The engine asks; nobody calls it.");
}
