using System.Globalization;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Quartz;

namespace Bot.Schedule;

/// <summary>It is time for the drill: that of each runbook is written down once, whoever of the nodes comes first.</summary>
internal sealed class FireDrill(EffectTable effects, DrillTable drills, RunbookDrill drill, TimeProvider time) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await WriteAsync(context.ScheduledFireTimeUtc ?? context.FireTimeUtc, cancellationToken);

    /// <returns>How many were written; the others had been before.</returns>
    public async Task<int> WriteAsync(DateTimeOffset at, CancellationToken cancel)
    {
        var names = drill.Names;
        await drills.KeepAsync(names, cancel);
        var written = 0;
        foreach (var name in names)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{DueDrill.Kind}/{name}/{at.UtcDateTime:yyyyMMddTHHmmssZ}");
            // One key for all: they go one after the other, so that no host is asked by all runbooks at once.
            var due = new Effect(DueDrill.Kind, DueDrill.Kind, new DueDrill(name));
            if (await effects.AddOnceAsync(id, due, time.GetUtcNow(), cancel))
                written++;
        }

        return written;
    }
}
