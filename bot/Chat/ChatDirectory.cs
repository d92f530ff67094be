using System.Collections.Concurrent;
using System.Collections.Immutable;
using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Who is who and what is where, from memory; rooms that other nodes opened are learnt within moments, and at once where somebody asks
/// about a room that is not known here.
/// </summary>
internal sealed partial class ChatDirectory(
    RoomTable rooms,
    IncidentTable incidents,
    AccessState access,
    ChatOptions options,
    ILogReader log,
    FactCatalog catalog,
    ILogSignal signal,
    TimeProvider time,
    ILogger<ChatDirectory> logger
) : BackgroundService, IChatDirectory
{
    private const int MostOpen = 1_000;
    private const int MostMarks = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<ChatKey, string> roomOfIncident = new();
    private readonly ConcurrentDictionary<ChatKey, string> incidentOfRoom = new();
    private readonly ConcurrentDictionary<(string Platform, string Room, string Message), ImmutableHashSet<string>> marks = new();
    private readonly string marked = catalog.NameOf<IncidentFact.ChatMessageMarked>();
    private readonly string opened = catalog.NameOf<IncidentFact.RoomOpened>();
    private readonly string lost = catalog.NameOf<IncidentFact.RoomLost>();
    private readonly SemaphoreSlim reading = new(1, 1);
    private long position;
    private long asked;
    private long answered;

    public string? PersonOf(string platform, string user) => access.Current.ChatIds.GetValueOrDefault(new ChatKey(platform, user));

    public string? UserOf(string platform, string personId) =>
        access.Current.ChatUsers.GetValueOrDefault(new ChatKey(platform, personId))?.User;

    public IReadOnlyList<string> GroupsWith(string role) =>
        Enum.TryParse<Role>(role, ignoreCase: true, out var needed)
            ? [.. options.Groups.Where(group => group.Value >= needed).Select(group => group.Key).Order(StringComparer.Ordinal)]
            : [];

    public string? RoomOf(string platform, string incident) => roomOfIncident.GetValueOrDefault(new ChatKey(platform, incident));

    public string? IncidentOf(string platform, string roomId) => incidentOfRoom.GetValueOrDefault(new ChatKey(platform, roomId));

    public async Task<string?> FindIncidentAsync(string platform, string roomId, CancellationToken cancel)
    {
        if (IncidentOf(platform, roomId) is { } known)
            return known;
        await CatchUpAsync(cancel);
        return IncidentOf(platform, roomId);
    }

    public IReadOnlyCollection<string> MarkedIn(string platform, string roomId, string message) =>
        marks.GetValueOrDefault((platform, roomId, message), []);

    public void Learn(string platform, int incident, string room)
    {
        var id = StreamId.Incident(incident).Value;
        roomOfIncident[new ChatKey(platform, id)] = room;
        incidentOfRoom[new ChatKey(platform, room)] = id;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Rooms have their rows up to where the platforms were told the log; what people took since is on the log alone.
        position = await rooms.EarliestCursorAsync(cancellationToken) is { } told ? Math.Min(told, signal.Position) : signal.Position;
        foreach (var row in await rooms.ListAsync(cancellationToken))
        {
            if (row.Room is { } room)
                Learn(row.Platform, row.Incident, room);
        }

        // What is said of a message is followed while the incident goes on.
        foreach (var incident in await incidents.ListAsync(new IncidentQuery(Open: true, Limit: MostOpen), cancellationToken))
        {
            foreach (var logged in await log.NewestAsync(incident.Number, [marked], MostMarks, cancellationToken))
                LearnMark(logged);
        }

        await CatchUpAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        reading.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.WaitPastAsync(position, stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
                await CatchUpAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop: what is known holds.
            catch (Exception e)
            {
                Log.NotRead(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // One look that begins after they asked answers all who wait: a busy channel that is no incident's does not ask by every message.
    private async Task CatchUpAsync(CancellationToken cancel)
    {
        var mine = Interlocked.Increment(ref asked);
        await reading.WaitAsync(cancel);
        try
        {
            if (answered >= mine)
                return;
            var all = Volatile.Read(ref asked);
            await ReadAsync(cancel);
            answered = all;
        }
        finally
        {
            reading.Release();
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        var upto = Math.Max(position, signal.Position);
        var all = await log.OfTypesAsync([opened, lost, marked], position, cancel);
        foreach (var logged in all.Where(one => one.Type == opened))
        {
            if (logged.Incident is { } incident && catalog.TryRead(logged.Type, logged.Data, out var fact))
            {
                var room = (IncidentFact.RoomOpened)fact;
                Learn(room.Platform, incident, room.Room);
            }
        }

        foreach (var logged in all.Where(one => one.Type == lost))
        {
            // It was another one's: two nodes had let people take it for two incidents.
            if (
                catalog.TryRead(logged.Type, logged.Data, out var fact)
                && fact is IncidentFact.RoomLost gone
                && await rooms.OfRoomAsync(gone.Platform, gone.Room, cancel) is { } row
            )
                Learn(row.Platform, row.Incident, gone.Room);
        }

        foreach (var logged in all.Where(one => one.Type == marked))
            LearnMark(logged);
        position = upto;
    }

    private void LearnMark(LogEvent logged)
    {
        if (
            logged.Incident is { } incident
            && catalog.TryRead(logged.Type, logged.Data, out var fact)
            && fact is IncidentFact.ChatMessageMarked mark
        )
            marks.AddOrUpdate(
                (mark.Platform, mark.Room, mark.Message),
                _ => [StreamId.Incident(incident).Value],
                (_, known) => known.Add(StreamId.Incident(incident).Value)
            );
    }

    private static partial class Log
    {
        [LoggerMessage(740, LogLevel.Warning, "Could not read which rooms there are; those known before hold")]
        public static partial void NotRead(ILogger logger, Exception e);
    }
}
