using System.Text;
using Bot.Log;
using Bot.Storage;

namespace Bot.Timeline;

/// <summary>Recomputes the hash chain of every stream that belongs to an incident (<c>timeline verify</c>).</summary>
internal sealed class ChainCheck(ILogReader log)
{
    public async Task<IReadOnlyList<ChainVerdict>> OfIncidentAsync(int number, CancellationToken cancel)
    {
        var streams = new List<StreamId> { StreamId.Incident(number) };
        var after = 0L;
        while (true)
        {
            var page = await log.OfIncidentAsync(number, after, 1000, cancel);
            if (page.Count == 0)
                break;
            streams.AddRange(page.Select(logged => logged.Stream).Where(stream => !streams.Contains(stream)).Distinct());
            after = page[^1].Position;
        }

        var verdicts = new List<ChainVerdict>();
        foreach (var stream in streams)
            verdicts.Add(Of(stream, await log.OfStreamAsync(stream, cancel)));
        return verdicts;
    }

    /// <param name="events">The whole stream, by version.</param>
    public static ChainVerdict Of(StreamId stream, IReadOnlyList<LogEvent> events)
    {
        var hash = HashChain.Start;
        for (var i = 0; i < events.Count; i++)
        {
            var logged = events[i];
            if (logged.Version != i + 1)
                return new ChainVerdict(stream.Value, i, $"version {i + 1} is missing; {logged.Version} follows");
            hash = HashChain.Next(
                hash,
                stream.Value,
                logged.Version,
                logged.Type,
                Micros.From(logged.HappenedAt),
                Micros.From(logged.RecordedAt),
                logged.Actor.ToString(),
                Encoding.UTF8.GetBytes(logged.Data)
            );
            if (!hash.AsSpan().SequenceEqual(logged.Hash))
                return new ChainVerdict(
                    stream.Value,
                    i,
                    $"version {logged.Version} (position {logged.Position}, {logged.Type}) was changed"
                );
        }

        return new ChainVerdict(stream.Value, events.Count, null);
    }
}

/// <param name="Intact">How many facts from the beginning are as they were written.</param>
/// <param name="Fault">What is wrong with the next one; null: the whole stream holds.</param>
internal sealed record ChainVerdict(string Stream, int Intact, string? Fault);
