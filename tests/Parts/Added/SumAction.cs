using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Tests.Parts.Added;

public sealed record SumArguments(double First, double Second = 0);

public sealed record SumResult(double Sum);

/// <summary>A runbook action in one file: <c>math/sum@1</c>.</summary>
internal sealed class SumAction : IStepAction
{
    public string Name => "math/sum@1";

    public string Summary => "Adds two numbers.";

    public Type Arguments => typeof(SumArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(SumResult),
            [],
            """
            uses: math/sum@1
            with: { first: 1, second: 2 }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"add {with}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var numbers = call.With.Deserialize<SumArguments>(JsonSerializerOptions.Web)!;
        var sum = numbers.First + numbers.Second;
        call.Output($"{numbers.First} + {numbers.Second} = {sum}");
        return Task.FromResult<ActionResult>(ActionResult.Success(new SumResult(sum)));
    }
}
