using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Reads back what people did in incidents' rooms while nothing came in: at the start, after each gap, and after each outage. What
/// is on the log already is known by its place and changes nothing.
/// </summary>
internal sealed partial class ReadBack(
    IChatPlatform platform,
    IChatInbox inbox,
    RoomTable rooms,
    ILogReader log,
    FactCatalog catalog,
    TimeProvider time,
    ILogger<ReadBack> logger
) : IDisposable
{
    // As far as a platform is read back: what lies further is not looked at there either.
    private const int MostKnown = 4_000;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    // The platform's clock and ours differ a little.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim wanted = new(0, 1);

    private readonly string[] talk =
    [
        catalog.NameOf<IncidentFact.ChatMessageWritten>(),
        catalog.NameOf<IncidentFact.ChatMessageMarked>(),
        catalog.NameOf<IncidentFact.ChatMessageEdited>(),
        catalog.NameOf<IncidentFact.ChatMessageDeleted>(),
    ];

    public void Wanted()
    {
        if (wanted.CurrentCount == 0)
            wanted.Release();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await wanted.WaitAsync(stop);
            // One room that cannot be read is tried again alone: all of them again would use up what the platform lets us read.
            var heard = new HashSet<int>();
            while (!await TryAsync(heard, stop))
            {
                await Task.Delay(Again, TimeProvider.System, stop);
                if (await wanted.WaitAsync(TimeSpan.Zero, stop))
                    heard.Clear();
            }
        }
    }

    public void Dispose() => wanted.Dispose();

    private async Task<bool> TryAsync(HashSet<int> heard, CancellationToken stop)
    {
        try
        {
            var all = true;
            foreach (var row in await rooms.UnheardAsync(platform.Name, stop))
            {
                if (row.Room is not { } room || heard.Contains(row.Incident))
                    continue;
                if (await OneAsync(row, room, stop))
                    heard.Add(row.Incident);
                else
                    all = false;
            }

            return all;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            Log.Failed(logger, platform.Name, e);
            return false;
        }
    }

    private async Task<bool> OneAsync(RoomRow row, string room, CancellationToken stop)
    {
        var began = time.GetUtcNow();
        var incident = StreamId.Incident(row.Incident).Value;
        var known = await KnownAsync(row.Incident, room, stop);
        if (await platform.ReadBackAsync(new ChatRoom(incident, room), row.HeardAt - Overlap, known, stop) is not { } acts)
            return false;
        foreach (var act in acts)
            await inbox.HandleAsync(act, stop);
        await rooms.HeardAsync(row.Platform, row.Incident, began, stop);
        return true;
    }

    // Messages of the room that are on the log, and that are still there by what it says.
    private async Task<IReadOnlyDictionary<string, KnownMessage>> KnownAsync(int incident, string room, CancellationToken stop)
    {
        var known = new Dictionary<string, KnownMessage>(StringComparer.Ordinal);
        foreach (var logged in await log.NewestAsync(incident, talk, MostKnown, stop))
        {
            switch (catalog.TryRead(logged.Type, logged.Data, out var fact) ? fact : null)
            {
                case IncidentFact.ChatMessageWritten written when written.Platform == platform.Name && written.Room == room:
                    known[written.Message] = new KnownMessage(written.Text, IsMarked(written.Message));
                    break;
                case IncidentFact.ChatMessageMarked marked when marked.Platform == platform.Name && marked.Room == room:
                    known[marked.Message] = new KnownMessage(known.GetValueOrDefault(marked.Message)?.Text ?? marked.Text, true);
                    break;
                case IncidentFact.ChatMessageEdited edited when edited.Platform == platform.Name && edited.Room == room:
                    known[edited.Message] = new KnownMessage(edited.Text, IsMarked(edited.Message));
                    break;
                case IncidentFact.ChatMessageDeleted deleted when deleted.Platform == platform.Name && deleted.Room == room:
                    known.Remove(deleted.Message);
                    break;
            }
        }

        return known;

        bool IsMarked(string message) => known.GetValueOrDefault(message) is { IsMarked: true };
    }

    private static partial class Log
    {
        [LoggerMessage(760, LogLevel.Warning, "What was written on {Platform} meanwhile could not be read back; it is tried again")]
        public static partial void Failed(ILogger logger, string platform, Exception e);
    }
}
