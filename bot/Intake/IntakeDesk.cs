using System.Buffers;
using System.IO.Compression;
using Bot.Desk;
using Bot.Runs;
using Integrations;

namespace Bot.Intake;

/// <summary>From the bytes of a genuine delivery to what was decided, whoever brings it: a sender at the door, or the bot itself.</summary>
internal sealed class IntakeDesk(
    ConfigShelf config,
    SilenceState silences,
    IRunbookShelf runbooks,
    IDesk desk,
    IntakeCounters counters,
    TimeProvider time
)
{
    // Below this, compressing costs more than the bytes it saves on the way to the disk.
    private const int CompressFrom = 4096;

    /// <param name="routeName">Null: the first that fits.</param>
    /// <param name="headers">A JSON object, secrets masked.</param>
    /// <param name="verified">How it was authenticated, for the trace.</param>
    /// <returns>The answer, or what is wrong with the delivery.</returns>
    /// <exception cref="Bot.Log.StoreUnavailableException">Nothing was recorded.</exception>
    public async Task<(DeliveryAnswer Answer, IReadOnlyList<FieldProblem>? Problems)> TakeAsync(
        string id,
        ConfiguredSource source,
        string? routeName,
        byte[] headers,
        byte[] body,
        string verified
    )
    {
        var parsed = source.Kind.Parse(body);
        if (parsed is not ParseResult.Parsed { Batch: var batch })
            return (default, ((ParseResult.Unparsable)parsed).Problems);
        var rules = config.Current;
        if (rules.Routes.Find(routeName, batch) is not { } route)
        {
            var known = string.Join(", ", rules.Routes.Routes.Select(known => known.Name));
            return (default, [new FieldProblem("route", routeName, $"Configured routes: {known}.")]);
        }

        var (stored, encoding) = Compress(body);
        var delivery = new AlertDelivery(id, source.Name, route, batch, headers, stored, encoding, verified);
        var answer = await desk.SubmitAsync(
            new AlertDeliveryWork(FirstStages.Look(delivery, silences.Current, rules.Services, runbooks.ByAlert, time.GetUtcNow())),
            CancellationToken.None
        );
        counters.Accepted(source.Name, answer.Alerts);
        return (answer, null);
    }

    /// <summary>As it is stored.</summary>
    public static (byte[] Body, string Encoding) Compress(byte[] body)
    {
        if (body.Length < CompressFrom)
            return (body, "identity");
        // As long as the body itself, which compressed is a tenth of it: not made anew for each.
        var target = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(body.Length));
        try
        {
            return BrotliEncoder.TryCompress(body, target, out var written, quality: 1, window: 18)
                ? (target[..written], "br")
                : (body, "identity");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(target);
        }
    }
}
