using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Reads back what people did in incidents' rooms, and what became of messages of other rooms that stand on a timeline, while nothing
/// came in: at the start, after each gap, and after each outage. What is on the log already is known by its place and changes nothing.
/// </summary>
internal sealed partial class ReadBack(
    IChatPlatform platform,
    IChatInbox inbox,
    IChatDirectory directory,
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
        var since = row.HeardAt - Overlap;
        var known = await KnownAsync(row.Incident, stop);
        var here = known.GetValueOrDefault(room) ?? [];
        var declared = (await log.OfIncidentAsync(row.Incident, 0, 1, stop)) is [var first] ? first.RecordedAt : since;
        if (!await TakeAsync(platform.ReadBackAsync(new ChatRoom(incident, room) { Since = declared }, since, here, stop), stop))
            return false;
        // Elsewhere only what somebody has put onto the timeline.
        foreach (var (place, messages) in known.Where(one => one.Key != room))
        {
            var marked = messages.Where(one => one.Value.IsMarked).ToDictionary();
            if (marked.Count > 0 && !await TakeAsync(platform.ReadMarkedAsync(place, since, marked, stop), stop))
                return false;
        }

        await rooms.HeardAsync(row.Platform, row.Incident, began, stop);
        return true;
    }

    private async Task<bool> TakeAsync(Task<IReadOnlyList<ChatInput>?> reading, CancellationToken stop)
    {
        if (await reading is not { } acts)
            return false;
        // What stands on a timeline already was marked for that one: a channel may have led other incidents before.
        foreach (var act in acts.Where(act => act.Act is not ChatAct.Marked marked || !IsMarked(act, marked)))
            await inbox.HandleAsync(act, stop);
        return true;

        bool IsMarked(ChatInput act, ChatAct.Marked marked) =>
            directory.MarkedIn(platform.Name, act.Room!, marked.Line.MessageId).Count > 0;
    }

    // By room, messages that are on the log, and that are still there by what it says.
    private async Task<Dictionary<string, Dictionary<string, KnownMessage>>> KnownAsync(int incident, CancellationToken stop)
    {
        var places = new Dictionary<string, Dictionary<string, KnownMessage>>(StringComparer.Ordinal);
        foreach (var logged in await log.NewestAsync(incident, talk, MostKnown, stop))
        {
            switch (catalog.TryRead(logged.Type, logged.Data, out var fact) ? fact : null)
            {
                case IncidentFact.ChatMessageWritten written when written.Platform == platform.Name:
                    Put(written.Room, written.Message, before => new KnownMessage(written.Text, before is { IsMarked: true }));
                    break;
                case IncidentFact.ChatMessageMarked marked when marked.Platform == platform.Name:
                    Put(marked.Room, marked.Message, before => new KnownMessage(before?.Text ?? marked.Text, true));
                    break;
                case IncidentFact.ChatMessageEdited edited when edited.Platform == platform.Name:
                    Put(edited.Room, edited.Message, before => new KnownMessage(edited.Text, before is { IsMarked: true }));
                    break;
                case IncidentFact.ChatMessageDeleted deleted when deleted.Platform == platform.Name:
                    Put(deleted.Room, deleted.Message, _ => null);
                    break;
            }
        }

        return places;

        void Put(string room, string message, Func<KnownMessage?, KnownMessage?> now)
        {
            if (!places.TryGetValue(room, out var known))
                places[room] = known = new Dictionary<string, KnownMessage>(StringComparer.Ordinal);
            if (now(known.GetValueOrDefault(message)) is { } there)
                known[message] = there;
            else
                known.Remove(message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(760, LogLevel.Warning, "What was written on {Platform} meanwhile could not be read back; it is tried again")]
        public static partial void Failed(ILogger logger, string platform, Exception e);
    }
}
