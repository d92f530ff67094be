using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

/// <summary>What came of one step for a room.</summary>
/// <param name="Receipt">Null: nothing was asked of the platform.</param>
internal sealed record RoomStepEnd(ChatReceipt? Receipt);

/// <summary>
/// Carries out one step of a room's plan. Before a post leaves, it is on disk that it may have left; after it, that it did. So a
/// kill at any instant neither loses nor doubles it: what may have left is looked for first.
/// </summary>
internal sealed class RoomSteps(
    IChatPlatform platform,
    RoomPlan plan,
    RoomTable rooms,
    PostTable posts,
    ChatDirectory directory,
    IDesk desk,
    TimeProvider time
)
{
    private const int MaxError = 500;

    public async Task<RoomStepEnd> RunAsync(RoomSight sight, RoomWork work, CancellationToken cancel)
    {
        var room = RoomOf(sight, work.Slot);
        switch (work.Operation)
        {
            case ChatOperation.OpenRoom:
                return work.Has is { } has ? await AdoptAsync(sight, has, cancel) : await OpenAsync(sight, room, cancel);
            case ChatOperation.DressRoom:
                return await DressAsync(sight, room, work, cancel);
            case ChatOperation.Find:
                return await FindAsync(sight, room, work.Post!, cancel);
            case ChatOperation.Update:
                return await UpdateAsync(room, work, cancel);
            case ChatOperation.Post when work.Message is null:
                await rooms.PutAsync(sight.Room with { Told = work.Upto }, cancel);
                return new RoomStepEnd((ChatReceipt?)null);
            case ChatOperation.Post:
                return await PostAsync(sight, room, work, cancel);
            default:
                throw new InvalidOperationException($"No way to {work.Operation}.");
        }
    }

    private ChatRoom RoomOf(RoomSight sight, string slot) =>
        new(sight.Incident.Id, sight.Room.Room is null ? null : plan.RoomOf(sight.Room, slot))
        {
            Name = plan.NameOf(sight.Incident),
            Private = sight.Incident.Private,
        };

    private async Task<RoomStepEnd> OpenAsync(RoomSight sight, ChatRoom room, CancellationToken cancel)
    {
        var receipt = await platform.OpenRoomAsync(room, cancel);
        if (receipt is { Delivered: true, PlatformId: { } id })
        {
            // What is said in it is listened to from its first moment.
            await rooms.PutAsync(sight.Room with { Room = id, HeardAt = time.GetUtcNow() }, cancel);
            directory.Learn(platform.Name, sight.Incident.Number, id);
            var fact = new IncidentFact.RoomOpened(platform.Name, id);
            var key = new IdempotencyKey("chat/" + platform.Name, $"room/{id}", id);
            await desk.SubmitAsync(
                new IncidentWork(sight.Incident.Number, new IncidentCommand.Record(fact), Actor.System) { Key = key },
                cancel
            );
        }
        else if (!receipt.Retryable && !receipt.Doubtful)
        {
            await rooms.PutAsync(sight.Room with { Trouble = Short(receipt.Error) }, cancel);
        }

        return new RoomStepEnd(receipt);
    }

    private async Task<RoomStepEnd> AdoptAsync(RoomSight sight, string room, CancellationToken cancel)
    {
        await rooms.PutAsync(sight.Room with { Room = room, HeardAt = time.GetUtcNow() }, cancel);
        directory.Learn(platform.Name, sight.Incident.Number, room);
        return new RoomStepEnd((ChatReceipt?)null);
    }

    private async Task<RoomStepEnd> DressAsync(RoomSight sight, ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        var receipt = await platform.DressRoomAsync(room, work.Dress!, cancel);
        // A topic that is refused for good must not hold up the story.
        if (receipt.Delivered || receipt is { Retryable: false, Doubtful: false })
            await rooms.PutAsync(sight.Room with { Dress = work.Hash }, cancel);
        return new RoomStepEnd(receipt);
    }

    private async Task<RoomStepEnd> PostAsync(RoomSight sight, ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        var row = new PostRow(
            platform.Name,
            sight.Incident.Number,
            work.Slot,
            PostRow.Sending,
            null,
            work.Hash,
            work.Upto,
            time.GetUtcNow(),
            work.Post?.Note
        );
        await posts.PutAsync(row, cancel);
        var receipt = await platform.PostAsync(room, work.Message!, cancel);
        if (receipt.Delivered)
            await EndAsync(sight, row with { State = PostRow.Sent, Message = receipt.PlatformId }, cancel);
        else if (!receipt.Doubtful && receipt.Retryable)
            await posts.ForgetAsync(row, cancel);
        else if (!receipt.Doubtful)
            await EndAsync(sight, row with { State = PostRow.Failed, Note = Short(receipt.Error) }, cancel);
        return new RoomStepEnd(receipt);
    }

    private async Task<RoomStepEnd> UpdateAsync(ChatRoom room, RoomWork work, CancellationToken cancel)
    {
        var receipt = await platform.UpdateAsync(room, work.Post!.Message!, work.Message!, cancel);
        if (receipt.Delivered)
            await posts.PutAsync(work.Post with { Hash = work.Hash, TriedAt = time.GetUtcNow() }, cancel);
        // Somebody deleted the message: it is posted anew.
        else if (receipt.IsGone)
            await posts.ForgetAsync(work.Post, cancel);
        // This state of it is refused for good, as in an archived channel; the next one is tried again.
        else if (receipt is { Retryable: false, Doubtful: false })
            await posts.PutAsync(work.Post with { Hash = work.Hash, TriedAt = time.GetUtcNow() }, cancel);
        return new RoomStepEnd(receipt);
    }

    private async Task<RoomStepEnd> FindAsync(RoomSight sight, ChatRoom room, PostRow row, CancellationToken cancel)
    {
        var receipt = await platform.FindAsync(room, RoomPlan.IdOf(sight.Incident.Number, row.Slot), row.TriedAt, cancel);
        if (receipt is { Delivered: true, PlatformId: { } found })
            await EndAsync(sight, row with { State = PostRow.Sent, Message = found }, cancel);
        else if (receipt.Delivered)
            await posts.ForgetAsync(row, cancel);
        else if (!receipt.Retryable)
        {
            // Read twice rather than never; and said, so that nobody wonders.
            const string note = "it may stand there twice: its answer was lost and could not be looked up";
            await posts.PutAsync(row with { State = PostRow.Unclear, Note = $"{note} ({Short(receipt.Error)})" }, cancel);
        }

        return new RoomStepEnd(receipt);
    }

    private Task EndAsync(RoomSight sight, PostRow row, CancellationToken cancel) =>
        row.Upto > 0 ? posts.PutAsync(row, sight.Room with { Told = row.Upto }, cancel) : posts.PutAsync(row, cancel);

    private static string? Short(string? error) => error?.Length > MaxError ? error[..MaxError] + "…" : error;
}
