using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>An action as its author wrote it, but for its call. No part of the product: the simulator makes it.</summary>
internal sealed class SimulatedAction : IStepAction
{
    private readonly IStepAction real;
    private readonly SimulatedProcess process;
    private readonly SimulatedTarget target;

    internal SimulatedAction(IStepAction real, SimulatedProcess process, SimulatedTarget target) =>
        (this.real, this.process, this.target) = (real, process, target);

    public string Name => real.Name;

    public string Summary => real.Summary;

    public Type Arguments => real.Arguments;

    public ActionGuide Guide => real.Guide;

    public bool ShowsArguments => real.ShowsArguments;

    public StepEffect EffectOf(JsonElement with) => real.EffectOf(with);

    public string Describe(JsonElement with) => real.Describe(with);

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        target.CallAsync(process, call.Step, call.Attempt, script: null, cancel);
}
