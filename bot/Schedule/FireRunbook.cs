using System.Globalization;
using Bot.Log;
using Bot.Storage;
using Quartz;

namespace Bot.Schedule;

/// <summary>A schedule fires: the start is written down once, whoever of the nodes comes first, and carried out from there.</summary>
internal sealed class FireRunbook(EffectTable effects, TimeProvider time) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var (name, at) = Entry.Of(context);
        await WriteAsync(effects, name, at, time.GetUtcNow(), cancellationToken);
    }

    /// <returns>False: it was written before.</returns>
    public static Task<bool> WriteAsync(
        EffectTable effects,
        string name,
        DateTimeOffset at,
        DateTimeOffset now,
        CancellationToken cancel
    ) =>
        effects.AddOnceAsync(
            string.Create(CultureInfo.InvariantCulture, $"{ScheduledRun.Kind}/{name}/{at.UtcDateTime:yyyyMMddTHHmmssZ}"),
            new Effect(ScheduledRun.Kind, $"{ScheduledRun.Kind}/{name}", new ScheduledRun(name, at)),
            now,
            cancel
        );
}
