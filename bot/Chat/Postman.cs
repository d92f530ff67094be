using System.Threading.Channels;
using Bot.Log;
using Bot.Observability;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>
/// Brings one chat platform up to date with the log, for as long as this node is the one that does it. It follows the log,
/// looks at each room in which something changed, and takes the step that matters most and that the platform's limits allow
/// now; one step at a time in a room, several rooms at once. It never waits inside a step, and it never spins.
/// </summary>
internal sealed partial class Postman(
    IChatPlatform platform,
    RoomSights sights,
    RoomPlan plan,
    RoomSteps steps,
    RoomTable rooms,
    IStore store,
    IncidentTable incidents,
    ReadBack readBack,
    HeldBoard board,
    ILogReader log,
    ILogSignal signal,
    IIdSource chance,
    TimeProvider time,
    ILogger<Postman> logger
)
{
    private const int Parallel = 8;
    private const int MostOpen = 1000;

    // One answer may be lost on the way; after some in a row what people wrote may be lost, too.
    private const int ManyUnanswered = 3;

    // Another node may have missed something, or have ended with it, and tells nobody.
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // A storm moves an incident many times a second; its room is looked at a few times.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    // While something waits for long, as a room that is refused, what happens meanwhile is looked at nevertheless.
    private static readonly TimeSpan News = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, RoomTurn> turns = [];
    private readonly Channel<(int Incident, StepReport Report)> ended = Channel.CreateUnbounded<(int, StepReport)>();
    private readonly HashSet<Task> running = [];
    private readonly SteadyClock clock = new(time);
    private long cursor;
    private long kept;
    private long followed;
    private int outages;
    private int unanswered;
    private DateTimeOffset closedUntil;
    private long gaps = -1;
    private long heardAt;
    private long groupChanges;

    /// <summary>Works until it is stopped, or until <paramref name="isMine"/> says that another node does.</summary>
    public async Task RunAsync(Func<CancellationToken, Task<bool>> isMine, CancellationToken stop)
    {
        await BeginAsync(stop);
        try
        {
            while (!stop.IsCancellationRequested && await isMine(stop))
            {
                var looked = clock.Now;
                await FollowAsync(stop);
                Hear();
                await LookAtGroupsAsync(stop);
                while (ended.Reader.TryRead(out var end))
                    Take(end.Incident, end.Report);
                running.RemoveWhere(task => task.IsCompleted);
                Start(looked, stop);
                await KeepCursorAsync(stop);
                await WaitAsync(looked, stop);
            }
        }
        finally
        {
            await Task.WhenAll(running);
            board.Clear(platform.Name);
        }
    }

    private async Task BeginAsync(CancellationToken stop)
    {
        platform.Begin();
        groupChanges = platform.GroupChanges;
        if (await rooms.CursorAsync(platform.Name, stop) is { } known)
        {
            cursor = kept = known;
        }
        else
        {
            // The first start with this platform: only what is open gets a room, not the whole past.
            cursor = kept = signal.Position;
            await rooms.MoveCursorAsync(platform.Name, cursor, stop);
            foreach (var incident in await incidents.ListAsync(new IncidentQuery(Open: true, Limit: MostOpen), stop))
                Mark(incident.Number);
        }

        foreach (var room in await rooms.LiveAsync(platform.Name, stop))
            Mark(room.Incident);
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        followed = TimeProvider.System.GetTimestamp();
        var (changed, upto) = await log.ChangedAsync(cursor, stop);
        foreach (var incident in changed)
            Mark(incident);
        cursor = upto;
    }

    // Read back what people wrote while nothing came in; once at the start too, and where there may be other nodes now and then.
    private void Hear()
    {
        if (gaps == platform.Gaps && (store.Dialect == Dialect.Sqlite || time.GetElapsedTime(heardAt) < BetweenReadings))
            return;
        (gaps, heardAt) = (platform.Gaps, time.GetTimestamp());
        readBack.Wanted();
    }

    // Whoever came into a group is invited into the rooms that are live.
    private async Task LookAtGroupsAsync(CancellationToken stop)
    {
        if (groupChanges == platform.GroupChanges)
            return;
        groupChanges = platform.GroupChanges;
        foreach (var room in await rooms.LiveAsync(platform.Name, stop))
            Mark(room.Incident);
    }

    private void Mark(int incident)
    {
        if (!turns.TryGetValue(incident, out var turn))
            turns[incident] = turn = new RoomTurn();
        turn.IsWanted = true;
        turn.HasNews = true;
    }

    private void Start(DateTimeOffset now, CancellationToken stop)
    {
        if (closedUntil > now)
            return;
        // After an outage one room tries it for all.
        var most = outages > 0 ? 1 : Parallel;
        // Thousands may wait for rooms of their own, which are made a few a minute: none is looked at before one can be made.
        var mayOpen = !steps.IsOpening && platform.WaitFor(ChatOperation.OpenRoom, null, CardPriority.State) <= TimeSpan.Zero;
        foreach (
            var (incident, turn) in turns
                .Where(turn => turn.Value.IsDue(now) && (mayOpen || !turn.Value.HasNoRoom))
                .OrderBy(turn => turn.Value.Priority)
                .ThenBy(turn => turn.Value.DueAt)
        )
        {
            if (running.Count >= most)
                return;
            if (turn.HasNoRoom && !mayOpen)
                continue;
            // One at a time, so that the pace is kept by what was made and not by what is about to be.
            mayOpen &= !turn.HasNoRoom;
            turn.IsWanted = false;
            turn.IsRunning = true;
            turn.HasNews = false;
            turn.LookedAt = now;
            running.Add(Task.Run(() => StepAsync(incident, turn.Held, stop), CancellationToken.None));
        }
    }

    private async Task StepAsync(int incident, HeldWork held, CancellationToken stop)
    {
        StepReport report;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(StepPatience);
        try
        {
            report = await TryAsync(incident, held, limit.Token, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report = new StepReport(true, null, TimeSpan.Zero, CardPriority.Card);
        }
        // The edge: whatever one room does, the others go on, and it is tried again.
        catch (Exception e)
        {
            Log.Failed(logger, platform.Name, incident, e);
            report = new StepReport(true, new ChatReceipt(false, true, null, e.Message), TimeSpan.Zero, CardPriority.Card);
        }

        ended.Writer.TryWrite((incident, report));
    }

    // What takes longer than it may holds up only itself.
    private async Task<RoomStepEnd> EndOfAsync(RoomSight sight, RoomWork work, CancellationToken cancel, CancellationToken stop)
    {
        try
        {
            return await steps.RunAsync(sight, work, cancel);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new RoomStepEnd(new ChatReceipt(false, true, null, $"{platform.Name} took too long") { IsUnanswered = true });
        }
    }

    private async Task<StepReport> TryAsync(int incident, HeldWork held, CancellationToken cancel, CancellationToken stop)
    {
        if (await sights.ReadAsync(platform.Name, incident, cancel) is not { } sight)
            return new StepReport(false, null, TimeSpan.Zero, CardPriority.Card);
        var wait = TimeSpan.MaxValue;
        var hasNoRoom = false;
        var priority = CardPriority.Progress;
        foreach (var work in plan.Of(sight))
        {
            var until = work.Note is not null
                ? TimeSpan.Zero
                : Later(
                    Later(work.NotBefore - sight.Now, held.Until(work) - clock.Now),
                    platform.WaitFor(work.Operation, plan.RoomOf(sight.Room, work.Slot), work.Priority)
                );
            if (until <= TimeSpan.Zero)
            {
                var end = await EndOfAsync(sight, work, cancel, stop);
                if (end.Receipt is { } receipt)
                    Meters.Chat(
                        platform.Name,
                        work.Operation.ToString(),
                        receipt.Delivered ? "done"
                            : receipt.IsPaced ? "paced"
                            : receipt.Doubtful ? "doubtful"
                            : "failed"
                    );
                if (!end.IsLater)
                    return new StepReport(true, end.Receipt, TimeSpan.Zero, work.Priority) { Work = work };
                until = Breath;
            }

            // Of one that was refused a room there is more to do than to wait for it.
            hasNoRoom = work.Operation is ChatOperation.OpenRoom && sight.Room.Trouble is null;

            if (until < wait)
                (wait, priority) = (until, work.Priority);
        }

        return new StepReport(wait != TimeSpan.MaxValue, null, wait, priority) { HasNoRoom = hasNoRoom };
    }

    private void Take(int incident, StepReport report)
    {
        var turn = turns[incident];
        var now = clock.Now;
        turn.IsRunning = false;
        turn.IsWanted |= report.Again;
        turn.Priority = report.Priority;
        turn.HasNoRoom = report.HasNoRoom;
        if (report.Receipt is null)
        {
            turn.NotBefore = now + (report.Again ? Earlier(report.Wait, LongestPause) : Breath);
            if (!turn.IsWanted)
            {
                turns.Remove(incident);
                board.Show(platform.Name, incident, []);
            }

            return;
        }

        if (report.Receipt.Delivered)
        {
            if (outages > 0 || unanswered >= ManyUnanswered)
            {
                Log.Back(logger, platform.Name);
                readBack.Wanted();
            }

            (outages, unanswered, turn.Failures, turn.NotBefore) = (0, 0, 0, now);
            turn.Held.Let(report.Work!);
            board.Show(platform.Name, incident, turn.Held.All);
            return;
        }

        DateTimeOffset Until(int failures) => now + (report.Receipt.RetryAfter ?? Pause(failures));
        DateTimeOffset until;
        if (report.Work is { } work)
        {
            // What the platform does not take holds up only itself: while a pin is refused, a question to approve is not kept waiting.
            until = turn.Held.Hold(work, report.Receipt.Error ?? "", Until);
            board.Show(platform.Name, incident, turn.Held.All);
            turn.NotBefore = now;
        }
        else
        {
            until = turn.NotBefore = Until(++turn.Failures);
        }

        unanswered += report.Receipt.IsUnanswered ? 1 : 0;
        Log.NotDone(logger, platform.Name, incident, report.Receipt.Error ?? "", until - now);
        if (report.Receipt.IsOutage)
        {
            outages++;
            closedUntil = now + Pause(outages);
        }
    }

    // Everything before it is in the rooms' own rows: after a kill the log is read again from there.
    private async Task KeepCursorAsync(CancellationToken stop)
    {
        if (cursor == kept || turns.Values.Any(turn => turn.IsWanted || turn.IsRunning))
            return;
        await rooms.MoveCursorAsync(platform.Name, cursor, stop);
        kept = cursor;
    }

    private async Task WaitAsync(DateTimeOffset looked, CancellationToken stop)
    {
        if (ended.Reader.TryPeek(out _))
            return;
        var opens = platform.WaitFor(ChatOperation.OpenRoom, null, CardPriority.State);
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var next = turns
            .Values.Where(turn => turn.IsWanted && !turn.IsRunning)
            .Select(turn => turn.HasNoRoom && looked + opens > turn.DueAt ? looked + opens : turn.DueAt)
            .DefaultIfEmpty(looked + Idle)
            .Min();
        if (next < closedUntil)
            next = closedUntil;
        var pause = next - looked;
        // Nothing can start while all hands are busy; then only an end matters.
        if (pause <= TimeSpan.Zero && running.Count > 0)
            pause = Idle;
        var first = await Task.WhenAny(
            ended.Reader.WaitToReadAsync(woken.Token).AsTask(),
            NewsAsync(woken.Token),
            Task.Delay(pause < Idle ? Later(pause, TimeSpan.FromMilliseconds(1)) : Idle, time, woken.Token),
            Task.Delay(Idle, TimeProvider.System, woken.Token)
        );
        await woken.CancelAsync();
        stop.ThrowIfCancellationRequested();
        await first;
    }

    // A storm commits hundreds of times a second; it is followed a few times.
    private async Task NewsAsync(CancellationToken stop)
    {
        await signal.WaitPastAsync(cursor, stop);
        var rest = Breath - TimeProvider.System.GetElapsedTime(followed);
        if (rest > TimeSpan.Zero)
            await Task.Delay(rest, TimeProvider.System, stop);
    }

    // Full jitter over the upper half.
    private TimeSpan Pause(int failures) =>
        Earlier(FirstPause * Math.Pow(2, Math.Min(failures - 1, 10)), LongestPause) * (0.5 + (chance.NextDouble() / 2));

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <param name="Again">There is more to do.</param>
    /// <param name="Wait">Before it can be done; when nothing was asked of the platform.</param>
    private sealed record StepReport(bool Again, ChatReceipt? Receipt, TimeSpan Wait, CardPriority Priority)
    {
        /// <summary>It waits for a room of its own.</summary>
        public bool HasNoRoom { get; init; }

        /// <summary>What was tried; null: nothing, or it broke down before it was known what.</summary>
        public RoomWork? Work { get; init; }
    }

    private sealed class RoomTurn
    {
        public bool IsWanted { get; set; }
        public bool IsRunning { get; set; }
        public bool HasNoRoom { get; set; }
        public int Failures { get; set; }
        public DateTimeOffset NotBefore { get; set; }
        public CardPriority Priority { get; set; } = CardPriority.Card;
        public HeldWork Held { get; } = new();

        /// <summary>Something happened since it was looked at last.</summary>
        public bool HasNews { get; set; }
        public DateTimeOffset LookedAt { get; set; }

        /// <summary>After a breakdown news does not hurry it.</summary>
        public DateTimeOffset DueAt => HasNews && Failures == 0 && LookedAt + News < NotBefore ? LookedAt + News : NotBefore;

        public bool IsDue(DateTimeOffset now) => IsWanted && !IsRunning && DueAt <= now;
    }

    private static partial class Log
    {
        [LoggerMessage(750, LogLevel.Warning, "A step for the room of inc-{Incident} on {Platform} failed; it is tried again")]
        public static partial void Failed(ILogger logger, string platform, int incident, Exception e);

        [LoggerMessage(751, LogLevel.Information, "{Platform} did not take something for inc-{Incident}; again after {After}: {Error}")]
        public static partial void NotDone(ILogger logger, string platform, int incident, string error, TimeSpan after);

        [LoggerMessage(752, LogLevel.Information, "{Platform} can be reached again")]
        public static partial void Back(ILogger logger, string platform);
    }
}
