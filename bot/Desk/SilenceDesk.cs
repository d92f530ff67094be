using Bot.Alerts;
using Bot.Log;
using Bot.Storage;

namespace Bot.Desk;

/// <summary>Silences and maintenance windows as this node knows them.</summary>
internal sealed class SilenceState(
    EventTable events,
    FactCatalog catalog,
    ILogSignal signal,
    TimeProvider time,
    ILogger<SilenceState> logger
) : StreamFollower<SilenceBook>(StreamId.Silences, SilenceBook.Empty, events, catalog, signal, time, logger)
{
    protected override SilenceBook Evolve(SilenceBook current, object fact, DateTimeOffset at) =>
        fact is SilenceFact silence ? SilenceBook.Evolve(current, silence, at) : current;
}

/// <summary>The one way to begin and end them; on this node the next alert sees it.</summary>
internal sealed class SilenceDesk(IDesk desk, SilenceState state)
{
    public Task<SilenceAnswer> BeginAsync(
        HoldKind kind,
        string? service,
        IReadOnlyList<string> matchers,
        DateTimeOffset from,
        DateTimeOffset until,
        string reason,
        Actor by,
        IdempotencyKey? key,
        CancellationToken cancel
    ) =>
        SubmitAsync(
            (book, now) => SilenceDecisions.Begin(book, kind, service, matchers, from, until, reason, by.Name, now),
            by,
            key,
            cancel
        );

    public Task<SilenceAnswer> EndAsync(int number, Actor by, IdempotencyKey? key, CancellationToken cancel) =>
        SubmitAsync((book, now) => SilenceDecisions.End(book, number, by.Name, now), by, key, cancel);

    private async Task<SilenceAnswer> SubmitAsync(
        Func<SilenceBook, DateTimeOffset, SilenceAnswer> decide,
        Actor by,
        IdempotencyKey? key,
        CancellationToken cancel
    )
    {
        var (accepted, text) = await desk.SubmitAsync(new Work(decide, by) { Key = key }, cancel);
        await state.CatchUpAsync(cancel);
        return new SilenceAnswer(null, text, accepted);
    }

    private sealed class Work(Func<SilenceBook, DateTimeOffset, SilenceAnswer> decide, Actor by) : DeskWork<Kept>
    {
        public override Kept Decide(IDraft draft)
        {
            var answer = decide(draft.Silences, draft.Now);
            if (answer.Fact is { } fact)
                draft.Append(StreamId.Silences, fact, by);
            // What it held back is decided on now, not at the end that was foreseen.
            if (answer.Fact is SilenceFact.Ended ended)
                draft.Emit(new Effect(ReleaseHeld.Kind, ReleaseHeld.KeyOf(ended.Number), new ReleaseHeld(ended.Number, null)));
            return new Kept(answer.Accepted, answer.Text);
        }
    }

    private sealed record Kept(bool Accepted, string Text);
}
