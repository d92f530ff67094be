using Bot.Effects;
using Bot.Runs;
using Bot.Storage;

namespace Bot.Schedule;

/// <summary>A runbook is to be drilled because it is time.</summary>
/// <param name="Name">Of the runbook, or of a file that cannot be read.</param>
internal sealed record DueDrill(string Name)
{
    public const string Kind = "runbook.drill";
}

internal sealed class DueDrillHandler(RunbookDrill drill, AutomationSwitch automation, DrillOptions options) : IEffectHandler
{
    // The report is still to be written when the steps have had their time.
    private static readonly TimeSpan Report = TimeSpan.FromSeconds(3);

    public string Kind => DueDrill.Kind;

    public TimeSpan? Limit => options.Limit + Report;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var name = effect.Read<DueDrill>().Name;
        // It only reads, but by itself.
        if ((await automation.StateAsync(cancel)).Refusal is { } stopped)
            return new EffectResult.Done($"{name} was not drilled: {stopped}");
        return await drill.GoAsync(name, cancel) is { } report
            ? new EffectResult.Done($"{report.Made.Count} steps made, {report.LeftOut.Count} left out, {report.Findings.Count} findings")
            : new EffectResult.Done($"There is no runbook '{name}' any more.");
    }
}
