using System.Text.Json;
using Bot.Storage;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record CountArguments(string Key);

/// <summary><c>core/count@1</c>: counts how often a key was reached; for tests and benches.</summary>
internal sealed class CountAction(CountTable counts) : IStepAction
{
    public string Name => "core/count@1";

    public string Summary => "Counts how often a key was reached.";

    public Type Arguments => typeof(CountArguments);

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) => $"count {with.GetProperty("key")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var count = await counts.IncrementAsync(call.With.GetProperty("key").ToString(), cancel);
        return new ActionResult.Succeeded(JsonSerializer.SerializeToElement(new CountResult(count), ActionJson.Options));
    }

    private sealed record CountResult(long Count);
}
