using Bot.Desk;
using Bot.Effects;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;

namespace Bot.Runs;

/// <summary>A run's wait is over, or somebody decided.</summary>
internal sealed class WakeRunHandler(RunConductor conductor) : IEffectHandler
{
    public string Kind => WakeRun.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var wake = effect.Read<WakeRun>();
        await conductor.CarryOnAsync(wake.Run, wake.Take, cancel);
        return new EffectResult.Done("woken");
    }
}

/// <summary>An incident is over: nobody decides on its steps any more.</summary>
internal sealed class IncidentOverHandler(IDesk desk, RunConductor conductor) : IEffectHandler
{
    public string Kind => IncidentOver.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var over = effect.Read<IncidentOver>();
        var work = new CancelRunWork(over.Run, $"inc-{over.Incident} is over", Actor.System, onlyWaiting: true);
        var refused = await desk.SubmitAsync(work, cancel);
        await conductor.CarryOnAsync(over.Run, take: false, cancel);
        return new EffectResult.Done(refused ?? "nobody is asked any more");
    }
}
