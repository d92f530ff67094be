using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Tests.Servers;
using Tests.Support;

namespace Tests.Chat;

/// <summary>What the bot remembers of rooms and posts, on every database.</summary>
public abstract class RoomTableContract : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private DeskUnderTest bot = null!;
    private RoomTable rooms = null!;
    private PostTable posts = null!;

    private protected abstract string NewDatabase();

    public Task InitializeAsync()
    {
        bot = new DeskUnderTest(NewDatabase());
        rooms = new RoomTable(bot.Get<IStore>());
        posts = new PostTable(bot.Get<IStore>());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_room_is_read_as_it_was_written()
    {
        var row = new RoomRow("slack", 7, "C7", 42, "abc", "no more", At);
        await rooms.PutAsync(row with { Room = null, Told = 1, Trouble = null }, default);
        await rooms.PutAsync(row, default);

        (await rooms.FindAsync("slack", 7, default)).ShouldBe(row);
        (await rooms.FindAsync("other", 7, default)).ShouldBeNull();
        await rooms.HeardAsync("slack", 7, At.AddMinutes(1), default);
        (await rooms.ListAsync(default)).ShouldBe([row with { HeardAt = At.AddMinutes(1) }]);
    }

    [Fact]
    public async Task A_room_has_one_incident_unless_people_take_it_from_one_that_is_over()
    {
        foreach (var title in new[] { "one", "two", "three" })
            await bot.Desk.SubmitAsync(new DeclareWork(new Declaration(title), Actor.System), default);
        var first = new RoomRow("slack", 1, "C1", 0, null, null, At);
        (await rooms.ClaimAsync(first, ofOpenOnly: false, default)).ShouldBeNull();
        (await rooms.ClaimAsync(first, ofOpenOnly: false, default)).ShouldBeNull();
        (await rooms.ClaimAsync(first with { Incident = 2 }, ofOpenOnly: false, default)).ShouldBe(1);
        (await rooms.ClaimAsync(first with { Incident = 2 }, ofOpenOnly: true, default)).ShouldBe(1);
        (await rooms.FindAsync("slack", 2, default)).ShouldBeNull();

        await bot.Desk.SubmitAsync(new IncidentWork(1, new IncidentCommand.Move(IncidentState.Resolved), Actor.System), default);
        (await rooms.ClaimAsync(first with { Incident = 3 }, ofOpenOnly: false, default)).ShouldBe(1);
        (await rooms.ClaimAsync(first with { Incident = 3 }, ofOpenOnly: true, default)).ShouldBeNull();
        (await rooms.OfRoomAsync("slack", "C1", default))!.Incident.ShouldBe(3);

        // Of those that are over it is whose it was last, not whoever was declared last.
        await bot.Desk.SubmitAsync(new IncidentWork(3, new IncidentCommand.Move(IncidentState.Resolved), Actor.System), default);
        (await rooms.OfRoomAsync("slack", "C1", default))!.Incident.ShouldBe(3);
        (await rooms.ClaimAsync(first, ofOpenOnly: true, default)).ShouldBeNull();
        (await rooms.OfRoomAsync("slack", "C1", default))!.Incident.ShouldBe(1);
        (await rooms.ListAsync(default)).Last(row => row.Room == "C1").Incident.ShouldBe(1);
    }

    [Fact]
    public async Task Who_was_invited_is_kept_by_room_and_reason()
    {
        var invites = new InviteTable(bot.Get<IStore>());
        Invite anna = new("U1", "declared"),
            leads = new("U1", "role/commander"),
            bruno = new("U2", "group/oncall");
        await invites.AddAsync("slack", 1, "C1", [anna, leads, bruno], default);
        await invites.AddAsync("slack", 1, "C1", [anna], default);
        await invites.AddAsync("slack", 1, "C2", [anna], default);
        await invites.AddAsync("slack", 1, "C1", [], default);
        (await invites.OfRoomAsync("slack", 1, "C1", default)).ShouldBe([anna, leads, bruno], ignoreOrder: true);
        await invites.RemoveAsync("slack", 1, "C1", [leads, new Invite("U3", "called")], default);
        (await invites.OfRoomAsync("slack", 1, "C1", default)).ShouldBe([anna, bruno], ignoreOrder: true);
        (await invites.OfRoomAsync("slack", 1, "C2", default)).ShouldBe([anna]);
        (await invites.OfRoomAsync("slack", 2, "C1", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_room_that_may_have_been_made_is_remembered_until_it_is_known()
    {
        var row = new RoomRow("slack", 7, null, 0, null, null, At) { OpeningAt = At };
        await rooms.PutAsync(row, default);
        await rooms.PutAsync(row with { Incident = 8, OpeningAt = null }, default);
        await rooms.PutAsync(row with { Incident = 9, Room = "C9" }, default);
        (await rooms.OpeningAsync("slack", default)).ShouldBe([row]);
    }

    [Fact]
    public async Task A_line_and_how_far_the_room_is_told_are_one()
    {
        var room = new RoomRow("slack", 7, "C7", 10, null, null, At);
        await rooms.PutAsync(room, default);
        var line = new PostRow("slack", 7, "line/11", PostRow.Sending, null, "h", 12, At, null);
        await posts.PutAsync(line, default);
        (await posts.OfRoomAsync("slack", 7, default)).ShouldBe([line]);
        // Looked for once more.
        await posts.PutAsync(line with { State = PostRow.Resent, Message = "1.2" }, default);
        (await posts.OfRoomAsync("slack", 7, default)).ShouldBe([line with { State = PostRow.Resent, Message = "1.2" }]);

        await posts.PutAsync(line with { State = PostRow.Sent, Message = "1.2" }, room with { Told = 12 }, default);
        (await rooms.FindAsync("slack", 7, default))!.Told.ShouldBe(12);
        // A line that is sent is done with; told never goes back.
        (await posts.OfRoomAsync("slack", 7, default)).ShouldBeEmpty();
        await posts.PutAsync(line, room with { Told = 5 }, default);
        (await rooms.FindAsync("slack", 7, default))!.Told.ShouldBe(12);
    }

    [Fact]
    public async Task A_room_that_is_left_leaves_behind_what_stands_in_it()
    {
        var room = new RoomRow("slack", 7, "C7", 10, "abc", null, At);
        await rooms.PutAsync(room, default);
        var post = new PostRow("slack", 7, "summary", PostRow.Sent, "1.1", "h", 0, At, null);
        PostRow[] stay =
        [
            post with
            {
                Slot = "brief/commander/U1",
                Message = "1.2",
            },
            post with
            {
                Slot = "announce",
                Message = "1.3",
            },
            post with
            {
                Slot = PostRow.CallUntilAnswered + "effect/D1",
                Message = "1.6",
            },
        ];
        PostRow[] told =
        [
            post with
            {
                Slot = "line/3",
                Message = "1.4",
            },
            post with
            {
                Slot = "line/4",
                State = PostRow.Failed,
                Message = null,
            },
        ];
        PostRow[] left =
        [
            post,
            post with
            {
                Slot = "wait/run-1/a/0",
                Message = "1.5",
            },
            post with
            {
                Slot = "line/11",
                State = PostRow.Sending,
            },
        ];
        foreach (var row in stay.Concat(told).Concat(left))
            await posts.PutAsync(row, default);

        await posts.LeaveAsync(room with { Room = null, Dress = null }, default);
        (await rooms.FindAsync("slack", 7, default)).ShouldBe(room with { Room = null, Dress = null });
        (await posts.OfRoomAsync("slack", 7, default)).ShouldBe(stay, ignoreOrder: true);
        (await posts.FindAsync("slack", 7, "1.4", default)).ShouldBe(told[0]);
        (await posts.FindAsync("slack", 7, "1.1", default)).ShouldBeNull();
        (await posts.FailedAsync(10, default)).ShouldBe([told[1]]);
    }

    [Fact]
    public async Task Who_has_lost_the_lease_writes_nothing_any_more()
    {
        var store = bot.Get<IStore>();
        var leases = new LeaseTable(store);
        var first = (await leases.TakeAsync("chat:slack", "one", TimeSpan.FromSeconds(-1), default))!;
        var before = new PostTable(new FencedStore(store, first));
        var row = new PostRow("slack", 7, "summary", PostRow.Sending, null, "h", 0, At, null);
        await before.PutAsync(row, default);
        await leases.RenewAsync(first, TimeSpan.FromSeconds(-1), default);
        await before.PutAsync(row, default);

        var second = (await leases.TakeAsync("chat:slack", "two", TimeSpan.FromMinutes(1), default))!;
        var lost = await Should.ThrowAsync<LeaseLostException>(() => before.PutAsync(row with { State = PostRow.Failed }, default));
        lost.Message.ShouldContain("chat:slack");
        (await posts.OfRoomAsync("slack", 7, default)).ShouldBe([row]);
        await new PostTable(new FencedStore(store, second)).PutAsync(row with { State = PostRow.Sent, Message = "1.1" }, default);
        (await posts.FindAsync("slack", 7, "1.1", default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Rooms_that_are_not_made_are_listed()
    {
        var room = new RoomRow("slack", 7, null, 0, null, "all names are taken", At);
        await rooms.PutAsync(room, default);
        await rooms.PutAsync(room with { Incident = 8, Room = "C8", Trouble = null }, default);
        (await rooms.RefusedAsync(10, default)).ShouldBe([room]);
    }

    [Fact]
    public async Task What_a_room_is_to_be_told_is_counted_past_what_it_was_told()
    {
        foreach (var title in new[] { "Mail is stuck", "Orders are lost" })
            await bot.Desk.SubmitAsync(new DeclareWork(new Declaration(title), Actor.System), default);

        (await rooms.UntoldAsync(10, default)).ShouldBeEmpty();
        await rooms.MoveCursorAsync("slack", 0, default);
        await rooms.PutAsync(new RoomRow("slack", 1, "C1", 0, null, null, At), default);
        var all = await rooms.UntoldAsync(10, default);
        all.Select(room => (room.Incident, room.HasRoom)).ShouldBe([(1, true), (2, false)]);
        all.ShouldAllBe(room => room.Facts > 0 && room.Platform == "slack");

        await rooms.PutAsync(new RoomRow("slack", 1, "C1", long.MaxValue, null, null, At), default);
        (await rooms.UntoldAsync(10, default)).Select(room => room.Incident).ShouldBe([2]);
    }

    [Fact]
    public async Task What_failed_and_what_nobody_can_tell_is_counted_and_shown()
    {
        (await posts.CountsAsync(default)).ShouldBeEmpty();
        var sent = new PostRow("slack", 7, "summary", PostRow.Sent, "1.1", "h", 0, At, null);
        await posts.PutAsync(sent, default);
        await posts.PutAsync(sent with { Slot = "line/1", State = PostRow.Failed, Note = "msg_too_long" }, default);
        await posts.PutAsync(sent with { Slot = "line/2", Note = "perhaps twice" }, default);
        await posts.PutAsync(sent with { Slot = "line/3", State = PostRow.Sending }, default);
        await posts.PutAsync(sent with { Slot = "line/4", State = PostRow.Sending }, default);
        await posts.ForgetAsync(sent with { Slot = "line/4" }, default);

        (await posts.CountsAsync(default)).ShouldBe([
            new PostCounts
            {
                Platform = "slack",
                Sending = 1,
                Sent = 2,
                Failed = 1,
                Doubtful = 1,
            },
        ]);
        (await posts.FailedAsync(10, default)).Select(post => post.Slot).ShouldBe(["line/1", "line/2"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_room_lives_while_its_incident_is_open_or_its_story_is_not_told()
    {
        foreach (var title in new[] { "one", "two" })
            await bot.Desk.SubmitAsync(new DeclareWork(new Declaration(title), Actor.System), default);
        await bot.Desk.SubmitAsync(new IncidentWork(1, new IncidentCommand.Move(IncidentState.Resolved), Actor.System), default);
        await bot.Desk.SubmitAsync(new IncidentWork(2, new IncidentCommand.Move(IncidentState.Resolved), Actor.System), default);
        await bot.Desk.SubmitAsync(new DeclareWork(new Declaration("three"), Actor.System), default);
        await rooms.PutAsync(new RoomRow("slack", 1, "C1", 1_000, null, null, At), default);
        await rooms.PutAsync(new RoomRow("slack", 2, "C2", 1, null, null, At), default);
        await rooms.PutAsync(new RoomRow("slack", 3, "C3", 1_000, null, null, At), default);

        (await rooms.LiveAsync("slack", default)).Select(room => room.Incident).ShouldBe([2, 3]);
        await posts.PutAsync(new PostRow("slack", 1, "summary", PostRow.Sending, null, "h", 0, At, null), default);
        (await rooms.LiveAsync("slack", default)).Select(room => room.Incident).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task The_cursor_of_a_platform_is_kept()
    {
        (await rooms.CursorAsync("slack", default)).ShouldBeNull();
        await rooms.MoveCursorAsync("slack", 5, default);
        await rooms.MoveCursorAsync("slack", 9, default);
        (await rooms.CursorAsync("slack", default)).ShouldBe(9);
    }
}

public sealed class SqliteRoomTests : RoomTableContract
{
    private protected override string NewDatabase() =>
        $"Data Source={Path.Combine(Directory.CreateTempSubdirectory("incident-rooms-").FullName, "incident.db")}";
}

public sealed class PostgresRoomTests : RoomTableContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
