using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Reads back what people wrote in incidents' rooms while nothing came in: at the start, and after each gap. What is on the log
/// already is known by its place and changes nothing.
/// </summary>
internal sealed partial class ReadBack(
    IChatPlatform platform,
    IChatInbox inbox,
    RoomTable rooms,
    TimeProvider time,
    ILogger<ReadBack> logger
) : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    // The platform's clock and ours differ a little.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim wanted = new(0, 1);

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
            while (!await TryAsync(stop))
                await Task.Delay(Again, TimeProvider.System, stop);
        }
    }

    public void Dispose() => wanted.Dispose();

    private async Task<bool> TryAsync(CancellationToken stop)
    {
        try
        {
            var all = true;
            foreach (var row in await rooms.UnheardAsync(platform.Name, stop))
            {
                if (row is { Room: { } room, Trouble: null })
                    all &= await OneAsync(row, room, stop);
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
        if (await platform.ReadBackAsync(new ChatRoom(incident, room), row.HeardAt - Overlap, stop) is not { } written)
            return false;
        foreach (var (writer, line) in written)
            await inbox.HandleAsync(new ChatInput(platform.Name, writer, room, new ChatAct.Wrote(line), line.MessageId), stop);
        await rooms.HeardAsync(row.Platform, row.Incident, began, stop);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(760, LogLevel.Warning, "What was written on {Platform} meanwhile could not be read back; it is tried again")]
        public static partial void Failed(ILogger logger, string platform, Exception e);
    }
}
