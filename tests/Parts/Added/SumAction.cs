using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Tests.Parts.Added;

public sealed record SumArguments(double First, double Second = 0);

/// <summary>A runbook action in one file: <c>math/sum@1</c>.</summary>
internal sealed class SumAction : IStepAction
{
    public string Name => "math/sum@1";

    public string Summary => "Adds two numbers.";

    public Type Arguments => typeof(SumArguments);

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"add {with}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var numbers = call.With.Deserialize<SumArguments>(JsonSerializerOptions.Web)!;
        var sum = numbers.First + numbers.Second;
        call.Output($"{numbers.First} + {numbers.Second} = {sum}");
        return Task.FromResult<ActionResult>(new ActionResult.Succeeded(JsonSerializer.SerializeToElement(new { sum })));
    }
}
