using System.Collections.Concurrent;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>What came of one step for a room.</summary>
/// <param name="Receipt">Null: nothing was asked of the platform.</param>
internal sealed record RoomStepEnd(ChatReceipt? Receipt)
{
    public static RoomStepEnd Quiet { get; } = new((ChatReceipt?)null);

    /// <summary>The like is being done for another incident: one after the other.</summary>
    public static RoomStepEnd Later { get; } = new((ChatReceipt?)null) { IsLater = true };

    public bool IsLater { get; private init; }
}

/// <summary>
/// Carries out one step of a room's plan. Before a post leaves, it is on disk that it may have left; after it, that it did. So a
/// kill at any instant neither loses nor doubles it: what may have left is looked for first. A node that was frozen in between may wake
/// beside its successor: so what changes something there goes out within the lease, or not at all.
/// </summary>
internal sealed class RoomSteps(
    IChatPlatform platform,
    RoomPlan plan,
    RoomTable rooms,
    PostTable posts,
    InviteTable invites,
    IncidentTable incidents,
    Tenure tenure,
    ChatDirectory directory,
    IDesk desk,
    TimeProvider time
)
{
    private const int MaxError = 500;

    // What is refused for good may go well once a person has changed something.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, int> dressing = new(StringComparer.Ordinal);
    private int opening;

    /// <summary>Whether a room is being made now.</summary>
    public bool IsOpening => Volatile.Read(ref opening) != 0;

    public async Task<RoomStepEnd> RunAsync(RoomSight sight, RoomWork work, CancellationToken cancel)
    {
        if (work.Note is { } note)
        {
            await NoteAsync(sight, note, cancel);
            return RoomStepEnd.Quiet;
        }

        var room = RoomOf(sight.Incident, plan.RoomOf(sight.Room, work.Slot));
        return work.Operation switch
        {
            ChatOperation.OpenRoom => await OpenAloneAsync(sight, room, cancel),
            ChatOperation.DressRoom => await DressAloneAsync(sight, room, work, cancel),
            ChatOperation.Invite => await InviteAsync(sight, room, work, cancel),
            ChatOperation.Find => await FindAsync(sight, room, work.Post!, cancel),
            ChatOperation.Update => await UpdateAsync(sight, room, work, cancel),
            ChatOperation.Post => await PostAsync(sight, room, work, cancel),
            _ => throw new InvalidOperationException($"No way to {work.Operation}."),
        };
    }

    private async Task NoteAsync(RoomSight sight, RoomNote note, CancellationToken cancel)
    {
        switch (note)
        {
            case RoomNote.Told told:
                await rooms.PutAsync(sight.Room with { Told = told.Upto }, cancel);
                break;
            case RoomNote.Taken taken:
                await TakeAsync(sight, taken.Room, cancel);
                break;
            case RoomNote.Back back:
                await TakeBackAsync(sight, back.Room, cancel);
                break;
            case RoomNote.Left:
                await posts.LeaveAsync(sight.Room with { Room = null, Dress = null }, cancel);
                break;
            case RoomNote.Uninvited gone:
                await invites.RemoveAsync(platform.Name, sight.Incident.Number, sight.Room.Room!, gone.Invites, cancel);
                break;
            case RoomNote.Forgotten forgotten:
                await posts.ForgetAsync(forgotten.Post, cancel);
                break;
        }
    }

    // What is said in it is listened to from its first moment.
    private RoomRow Opened(RoomSight sight, string room) =>
        sight.Room with
        {
            Room = room,
            Trouble = null,
            HeardAt = time.GetUtcNow(),
            OpeningAt = null,
        };

    // Two nodes may have let people take one channel for two incidents at once: who comes second gets one of its own.
    private async Task TakeAsync(RoomSight sight, string room, CancellationToken cancel)
    {
        var mine = Opened(sight, room);
        if (!sight.Incident.IsOpen)
        {
            await rooms.PutAsync(mine, cancel);
            return;
        }

        if (await IsMineAsync(sight, mine, cancel))
            directory.Learn(platform.Name, sight.Incident.Number, room);
    }

    // An incident that was re-opened: where nobody leads another one there now, it goes on in it, and all nodes learn it by the log.
    private async Task TakeBackAsync(RoomSight sight, string room, CancellationToken cancel)
    {
        // Its topic and its pin are the other one's.
        if (!await IsMineAsync(sight, sight.Room with { Dress = null }, cancel))
            return;
        var opened = new IncidentFact.RoomOpened(platform.Name, room);
        await desk.SubmitAsync(new IncidentWork(sight.Incident.Number, new IncidentCommand.Record(opened), Actor.System), cancel);
        directory.Learn(platform.Name, sight.Incident.Number, room);
    }

    // Else it is lost to an open one, and another one is made.
    private async Task<bool> IsMineAsync(RoomSight sight, RoomRow mine, CancellationToken cancel)
    {
        if (await rooms.ClaimAsync(mine, ofOpenOnly: true, cancel) is not { } other)
            return true;
        directory.Learn(platform.Name, other, mine.Room!);
        var lose = new IncidentCommand.LoseRoom(platform.Name, mine.Room!, "it is that of another incident");
        await desk.SubmitAsync(new IncidentWork(sight.Incident.Number, lose, Actor.System), cancel);
        return false;
    }

    // Whatever was to be said is said in the next room.
    private async Task<bool> IsLostAsync(RoomSight sight, ChatRoom room, ChatReceipt receipt, CancellationToken cancel)
    {
        var isLost = receipt.IsRoomExposed || (receipt.IsRoomGone && sight.Incident.IsOpen);
        if (!isLost || room.PlatformId != sight.Room.Room)
            return false;
        var lose = new IncidentCommand.LoseRoom(platform.Name, room.PlatformId!, receipt.Error ?? "") { IsExposed = receipt.IsRoomExposed };
        await desk.SubmitAsync(new IncidentWork(sight.Incident.Number, lose, Actor.System), cancel);
        return true;
    }

    private ChatRoom RoomOf(Incident incident, string? id) =>
        new(incident.Id, id)
        {
            Name = plan.NameOf(incident),
            Private = incident.Private,
            Lost = [.. incident.LostRooms.Where(lost => lost.Platform == platform.Name).Select(lost => lost.Room)],
        };

    // So that none is taken for another's.
    private async Task<RoomStepEnd> OpenAloneAsync(RoomSight sight, ChatRoom room, CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref opening, 1) != 0)
            return RoomStepEnd.Later;
        try
        {
            return await OpenAsync(sight, room, cancel);
        }
        finally
        {
            Volatile.Write(ref opening, 0);
        }
    }

    private async Task<RoomStepEnd> OpenAsync(RoomSight sight, ChatRoom room, CancellationToken cancel)
    {
        var rivals = await RivalsAsync(sight.Incident, cancel);
        // A kill may lose the answer, too: that there is one to be looked for is on disk before it is asked for.
        var begun = sight.Room with
        {
            OpeningAt = sight.Room.OpeningAt ?? time.GetUtcNow(),
        };
        await rooms.PutAsync(begun, cancel);
        var wanted = room with { Since = begun.OpeningAt.Value, Rivals = rivals };
        var receipt = await tenure.WithinAsync(within => platform.OpenRoomAsync(wanted, within), cancel);
        if (receipt is { Delivered: true, PlatformId: { } id })
        {
            // Its row is of another node, and was not learnt here yet: the next try tells them apart.
            if (await rooms.ClaimAsync(Opened(sight, id), ofOpenOnly: false, cancel) is { } other)
            {
                directory.Learn(platform.Name, other, id);
                return new RoomStepEnd(new ChatReceipt(false, true, null, $"{id} is the room of {StreamId.Incident(other)}"));
            }

            directory.Learn(platform.Name, sight.Incident.Number, id);
            // Its row keeps it from being opened twice. A key of the room would keep it from being opened again after it was lost.
            var fact = new IncidentFact.RoomOpened(platform.Name, id);
            await desk.SubmitAsync(new IncidentWork(sight.Incident.Number, new IncidentCommand.Record(fact), Actor.System), cancel);
            return new RoomStepEnd(receipt);
        }

        // It certainly was not made: all is as before, also what is known of an earlier try.
        if (!receipt.Doubtful)
            await rooms.PutAsync(sight.Room, cancel);
        if (receipt.IsRefusal)
        {
            await RefusedAsync(sight, Short(receipt.Error) ?? "", cancel);
            if (!receipt.Retryable)
                receipt = receipt with { RetryAfter = AfterRefusal };
        }

        return new RoomStepEnd(receipt);
    }

    private async Task<IReadOnlyList<ChatRoom>> RivalsAsync(Incident incident, CancellationToken cancel)
    {
        var rivals = new List<ChatRoom>();
        foreach (var row in await rooms.OpeningAsync(platform.Name, cancel))
        {
            if (row.Incident != incident.Number && await incidents.FindAsync(row.Incident, cancel) is { } other)
                rivals.Add(RoomOf(other, null) with { Since = row.OpeningAt!.Value });
        }

        return rivals;
    }

    // Nobody sees a room that is not there: it is said where people look.
    private async Task RefusedAsync(RoomSight sight, string why, CancellationToken cancel)
    {
        if (sight.Room.Trouble == why)
            return;
        var refuse = new IncidentCommand.RefuseRoom(platform.Name, why);
        await desk.SubmitAsync(new IncidentWork(sight.Incident.Number, refuse, Actor.System), cancel);
        await rooms.PutAsync(sight.Room with { Trouble = why }, cancel);
    }

    // A room may have become another incident's: whose it is now has the last word.
    private async Task<RoomStepEnd> DressAloneAsync(RoomSight sight, ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        if (!dressing.TryAdd(room.PlatformId!, sight.Incident.Number))
            return RoomStepEnd.Later;
        try
        {
            return await DressAsync(sight, room, work, cancel);
        }
        finally
        {
            dressing.TryRemove(room.PlatformId!, out _);
        }
    }

    private async Task<RoomStepEnd> DressAsync(RoomSight sight, ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        if (await IsAnothersAsync(sight, room, cancel))
        {
            await rooms.PutAsync(sight.Room with { Dress = work.Hash }, cancel);
            return RoomStepEnd.Quiet;
        }

        var receipt = await tenure.WithinAsync(within => platform.DressRoomAsync(room, work.Dress!, within), cancel);
        if (await IsLostAsync(sight, room, receipt, cancel))
            return RoomStepEnd.Quiet;
        // A topic that is refused for good must not hold up the story.
        if (receipt.Delivered || receipt is { Retryable: false, Doubtful: false })
            await rooms.PutAsync(sight.Room with { Dress = work.Hash }, cancel);
        return new RoomStepEnd(receipt);
    }

    private async Task<bool> IsAnothersAsync(RoomSight sight, ChatRoom room, CancellationToken cancel) =>
        await rooms.OfRoomAsync(platform.Name, room.PlatformId!, cancel) is { } row && row.Incident != sight.Incident.Number;

    private async Task<RoomStepEnd> InviteAsync(RoomSight sight, ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        if (work.Invites.Count == 0)
            return new RoomStepEnd(new ChatReceipt(false, true, null, $"{platform.Name} has not said yet who is in it"));
        if (await IsAnothersAsync(sight, room, cancel))
            return RoomStepEnd.Quiet;
        var receipt = await tenure.WithinAsync(within => platform.InviteAsync(room, work.Slot, within), cancel);
        if (await IsLostAsync(sight, room, receipt, cancel))
            return RoomStepEnd.Quiet;
        if (receipt.Delivered)
            await invites.AddAsync(platform.Name, sight.Incident.Number, room.PlatformId!, work.Invites, cancel);
        return new RoomStepEnd(receipt);
    }

    private async Task<RoomStepEnd> PostAsync(RoomSight sight, ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        var row = new PostRow(
            platform.Name,
            sight.Incident.Number,
            work.Slot,
            work.Post?.State == PostRow.Missing ? PostRow.Resending : PostRow.Sending,
            null,
            work.Hash,
            work.Upto,
            time.GetUtcNow(),
            work.Post?.Note
        );
        await posts.PutAsync(row, cancel);
        var receipt = await tenure.WithinAsync(within => platform.PostAsync(room, work.Message!, within), cancel);
        if (await IsLostAsync(sight, room, receipt, cancel))
            return RoomStepEnd.Quiet;
        if (receipt.Delivered)
            await EndAsync(sight, row with { State = Found(row), Message = receipt.PlatformId }, cancel);
        // It certainly was not sent: all is as before, also what is known of an earlier try.
        else if (!receipt.Doubtful && receipt.Retryable)
            await (work.Post is { } before ? posts.PutAsync(before, cancel) : posts.ForgetAsync(row, cancel));
        else if (!receipt.Doubtful)
            await EndAsync(sight, row with { State = PostRow.Failed, Note = Short(receipt.Error) }, cancel);
        return new RoomStepEnd(receipt);
    }

    private async Task<RoomStepEnd> UpdateAsync(RoomSight sight, ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        var post = work.Post!;
        var receipt = await tenure.WithinAsync(within => platform.UpdateAsync(room, post.Message!, work.Message!, within), cancel);
        if (await IsLostAsync(sight, room, receipt, cancel))
            return RoomStepEnd.Quiet;
        if (receipt.Delivered)
            await posts.PutAsync(Edited(work), cancel);
        // Somebody deleted the message: it is posted anew.
        else if (receipt.IsGone)
            await posts.ForgetAsync(post, cancel);
        // This state of it is refused for good, as in the archived channel of one that is over; the next one is tried again.
        else if (receipt is { Retryable: false, Doubtful: false })
            await posts.PutAsync(Edited(work), cancel);
        return new RoomStepEnd(receipt);
    }

    // Of what was sent more than once another one may still come.
    private static string Found(PostRow row) => row.State == PostRow.Resending ? PostRow.Resent : PostRow.Sent;

    // The second look at what was sent twice is due by when it was sent, however often it is edited.
    private PostRow Edited(RoomWork work) =>
        work.Post! with
        {
            Hash = work.Hash,
            TriedAt = work.Post.State == PostRow.Resent ? work.Post.TriedAt : time.GetUtcNow(),
        };

    private async Task<RoomStepEnd> FindAsync(RoomSight sight, ChatRoom room, PostRow row, CancellationToken cancel)
    {
        var id = RoomPlan.IdOf(sight.Incident.Number, row.Slot);
        // Of what was sent again the second is known: the first is looked for.
        var again = row.State == PostRow.Resent;
        var receipt = await platform.FindAsync(room, id, row.TriedAt, again ? row.Message : null, cancel);
        if (await IsLostAsync(sight, room, receipt, cancel))
            return RoomStepEnd.Quiet;
        // Read twice rather than never; and said, so that nobody wonders. Who waits for it does not wait for the app to be mended.
        const string unclear = "it may stand there twice: its answer was lost and could not be looked up";
        const string twice = "it stands there twice: the first came later than it was looked for";
        PostRow? next = receipt switch
        {
            { Delivered: true, PlatformId: { } found } => again
                ? row with
                {
                    State = PostRow.Sent,
                    Note = twice,
                }
                : row with
                {
                    State = Found(row),
                    Message = found,
                },
            { Delivered: true } => row with { State = again ? PostRow.Sent : PostRow.Missing },
            { IsRefusal: true } => row with
            {
                State = again ? PostRow.Sent : PostRow.Unclear,
                Note = $"{unclear} ({Short(receipt.Error)})",
            },
            _ => null,
        };
        if (next is not null)
            await (next.IsThere ? EndAsync(sight, next, cancel) : posts.PutAsync(next, cancel));
        return receipt.IsRefusal ? RoomStepEnd.Quiet : new RoomStepEnd(receipt);
    }

    private Task EndAsync(RoomSight sight, PostRow row, CancellationToken cancel) =>
        row.Upto > 0 ? posts.PutAsync(row, sight.Room with { Told = row.Upto }, cancel) : posts.PutAsync(row, cancel);

    private static string? Short(string? error) => error?.Length > MaxError ? error[..MaxError] + "…" : error;
}
