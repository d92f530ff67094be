using System.Text;
using Bot.Alerts;
using Bot.Desk;
using Bot.Effects;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Integrations;

namespace Bot.Intake;

/// <summary>
/// A silence is over: the deliveries that it held back are decided on again, so that what fires still is heard of now and not
/// at the sender's next repeat, which may be hours away.
/// </summary>
internal sealed class ReleaseHandler(
    EffectTable effects,
    DeliveryTable deliveries,
    AlertSources sources,
    ConfigShelf config,
    SilenceState silences,
    IRunbookShelf runbooks,
    IDesk desk,
    IIdSource ids,
    TimeProvider time
) : IEffectHandler
{
    // Each of them has an effect of its own, so what is left over is released at the end that was foreseen.
    private const int Most = 1000;

    public string Kind => ReleaseHeld.Kind;

    public async Task<EffectResult> RunAsync(EffectRow effect, CancellationToken cancel)
    {
        var release = effect.Read<ReleaseHeld>();
        await silences.CatchUpAsync(cancel);
        if (release.Delivery is { } one)
            return new EffectResult.Done(await ReleaseAsync(release.Silence, one, effect.Id, cancel));
        var released = 0;
        foreach (var row in await effects.PendingAsync(Kind, ReleaseHeld.KeyOf(release.Silence), Most, cancel))
        {
            if (row.Read<ReleaseHeld>().Delivery is not { } delivery)
                continue;
            await ReleaseAsync(release.Silence, delivery, $"{effect.Id}/{delivery}", cancel);
            released++;
        }

        return new EffectResult.Done($"{released} deliveries were looked at again.");
    }

    private async Task<string> ReleaseAsync(int silence, string id, string key, CancellationToken cancel)
    {
        if (await deliveries.FindAsync(id, cancel) is not { } kept)
            return $"The delivery {id} is not kept any more; its alerts wait for the sender's repeat.";
        if (sources.Find(kept.Source) is not { } source)
            return $"The source {kept.Source} is not configured any more.";
        var body = Encoding.UTF8.GetBytes(kept.Body);
        if (source.Kind.Parse(body) is not ParseResult.Parsed { Batch: var batch })
            return $"The delivery {id} cannot be read any more.";
        var now = config.Current;
        var route = now.Routes.Routes.FirstOrDefault(route => route.Name == kept.Route) ?? now.Routes.Find(null, batch)!;
        var again = new AlertDelivery(
            ids.NewId(),
            kept.Source,
            route,
            batch,
            "{}"u8.ToArray(),
            body,
            "identity",
            $"delivery {id}, looked at again since silence {silence} is over"
        )
        {
            IsRelease = true,
        };
        var looked = FirstStages.Look(again, silences.Current, now.Services, runbooks.ByAlert, time.GetUtcNow());
        // Carried out twice, it is recorded once.
        await desk.SubmitAsync(new AlertDeliveryWork(looked) { Key = new IdempotencyKey("effects", key, id) }, cancel);
        return $"The delivery {id} was looked at again.";
    }
}
