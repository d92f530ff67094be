using System.ComponentModel;
using System.Text.Json;
using Bot.Log;
using Bot.Storage;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record CountArguments([Description("What is counted.")] string Key);

/// <summary><c>core/count@1</c>: counts how often a key was reached; for tests and benches.</summary>
/// <remarks>
/// It also says when it began to act, in microseconds since 1970: how long a first step took to start is measured from outside.
/// </remarks>
internal sealed class CountAction(CountTable counts, TimeProvider time) : IStepAction
{
    public string Name => "core/count@1";

    public string Summary => "Counts how often a key was reached.";

    public Type Arguments => typeof(CountArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(CountResult),
            [new(FailureClass.Unknown, "The bot's own database does not answer.")],
            """
            uses: core/count@1
            with: { key: restarts-of-shop }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) => $"count {with.GetProperty("key")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var at = Micros.From(time.GetUtcNow());
        var count = await counts.IncrementAsync(call.With.GetProperty("key").ToString(), cancel);
        return new ActionResult.Succeeded(JsonSerializer.SerializeToElement(new CountResult(count, at), ActionJson.Options));
    }

    public sealed record CountResult(
        [Description("How often it was reached, this time included.")] long Count,
        [Description("When it began to act, in microseconds since 1970.")] long At
    );
}
