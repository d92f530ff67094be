using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>An incident's room on a chat platform.</summary>
/// <param name="Room">The platform's id; null while it is to be made.</param>
/// <param name="Told">The log's position up to which the room was told the story.</param>
/// <param name="Dress">Hash of the topic, links and pin that it has; null: none yet.</param>
/// <param name="Trouble">Why none is made, as it was last said; null: nothing is known against it.</param>
/// <param name="HeardAt">Up to when what people wrote there is on the log.</param>
internal sealed record RoomRow(
    string Platform,
    int Incident,
    string? Room,
    long Told,
    string? Dress,
    string? Trouble,
    DateTimeOffset HeardAt
)
{
    /// <summary>Since when one may have been made for it whose answer was lost; null: none was asked for, or it is known.</summary>
    public DateTimeOffset? OpeningAt { get; init; }
}

/// <summary>What a room is to be told yet.</summary>
/// <param name="HasRoom">False: a room is to be made first.</param>
/// <param name="Facts">On the log past what it was told; of some there is nothing to tell.</param>
/// <param name="Oldest">When the first of them came onto the log.</param>
internal sealed record Untold(string Platform, int Incident, bool HasRoom, long Facts, DateTimeOffset Oldest);

/// <summary>Rooms, and how far each platform has followed the log. Outside the log: what platforms say of themselves is no fact of ours.</summary>
internal sealed class RoomTable(IStore store)
{
    private const string Columns = "select platform, incident, room, told, dress, trouble, heard_at, opening_at from chat_rooms";
    private const string IsOfOpen = "exists (select 1 from incidents i where i.number = chat_rooms.incident and i.is_open)";

    public async Task<RoomRow?> FindAsync(string platform, int incident, CancellationToken cancel) =>
        await QueryAsync($"{Columns} where platform = @platform and incident = @incident", new { platform, incident }, cancel) is [var row]
            ? row
            : null;

    /// <summary>Of a room that was another incident's before, whose it is now comes last.</summary>
    public Task<IReadOnlyList<RoomRow>> ListAsync(CancellationToken cancel) =>
        QueryAsync($"{Columns} order by {IsOfOpen}, not former, incident", new { }, cancel);

    /// <summary>Whose a room is; null: no incident's.</summary>
    public async Task<RoomRow?> OfRoomAsync(string platform, string room, CancellationToken cancel) =>
        await QueryAsync(
            $"""
            {Columns} where platform = @platform and room = @room
            order by {IsOfOpen} desc, former, incident desc limit 1
            """,
            new { platform, room },
            cancel
        )
            is [var row]
            ? row
            : null;

    /// <summary>Rooms whose incident is open, or whose story is not told to its end.</summary>
    public Task<IReadOnlyList<RoomRow>> LiveAsync(string platform, CancellationToken cancel) =>
        QueryAsync(
            $"""
            {Columns} where platform = @platform and (
                {IsOfOpen}
                or exists (select 1 from events e where e.incident = chat_rooms.incident and e.position > chat_rooms.told)
                or exists (select 1 from chat_posts p where p.platform = chat_rooms.platform and p.incident = chat_rooms.incident and p.state not in ('sent', 'failed')))
            order by incident
            """,
            new { platform },
            cancel
        );

    /// <summary>Incidents for which no room is made, the newest first.</summary>
    public Task<IReadOnlyList<RoomRow>> RefusedAsync(int limit, CancellationToken cancel) =>
        QueryAsync($"{Columns} where trouble is not null order by incident desc limit @limit", new { limit }, cancel);

    /// <summary>Rooms in which people may have written something that is not on the log: of open incidents, and of those in which something happened since they were last heard.</summary>
    public Task<IReadOnlyList<RoomRow>> UnheardAsync(string platform, CancellationToken cancel) =>
        QueryAsync(
            $"""
            {Columns} where platform = @platform and (
                {IsOfOpen}
                or (select e.recorded_at from events e where e.incident = chat_rooms.incident order by e.position desc limit 1) > chat_rooms.heard_at)
            order by incident
            """,
            new { platform },
            cancel
        );

    /// <summary>Rooms whose story is not told to its end, the longest waiting first. What lies before a platform's cursor is told.</summary>
    public Task<IReadOnlyList<Untold>> UntoldAsync(int limit, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<Untold>)
                    [
                        .. (
                            await connection.QueryAsync<(string Platform, int Incident, string? Room, long Facts, long Oldest)>(
                                new CommandDefinition(
                                    """
                                    select c.platform, e.incident, r.room, count(*), min(e.recorded_at)
                                    from chat_cursors c
                                    join events e on e.position > c.position and e.incident is not null
                                    left join chat_rooms r on r.platform = c.platform and r.incident = e.incident
                                    where e.position > coalesce(r.told, 0)
                                    group by c.platform, e.incident, r.room order by min(e.recorded_at), e.incident limit @limit
                                    """,
                                    new { limit },
                                    cancellationToken: cancel
                                )
                            )
                        ).Select(row => new Untold(row.Platform, row.Incident, row.Room is not null, row.Facts, Micros.ToTime(row.Oldest))),
                    ],
            cancel
        );

    /// <summary>Incidents for which a room may have been made whose answer was lost.</summary>
    public Task<IReadOnlyList<RoomRow>> OpeningAsync(string platform, CancellationToken cancel) =>
        QueryAsync(
            Columns + " where platform = @platform and opening_at is not null and room is null order by incident",
            new { platform },
            cancel
        );

    public Task PutAsync(RoomRow row, CancellationToken cancel) =>
        store.WriteAsync((connection, transaction) => connection.ExecuteAsync(Upsert, Arguments(row), transaction), cancel);

    /// <summary>Gives an incident its room, unless it is another one's; whose it was before has nothing more to say of it.</summary>
    /// <param name="ofOpenOnly">People gave it to this one: it may have been that of an incident that is over.</param>
    /// <returns>The other one; null: it is this one's now.</returns>
    public Task<int?> ClaimAsync(RoomRow row, bool ofOpenOnly, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
            {
                var other = await connection.ExecuteScalarAsync<int?>(
                    $"""
                    select incident from chat_rooms where platform = @Platform and room = @Room and incident <> @Incident
                        {(ofOpenOnly ? "and " + IsOfOpen : "")}
                    order by incident limit 1
                    """,
                    new
                    {
                        row.Platform,
                        row.Room,
                        row.Incident,
                    },
                    transaction
                );
                if (other is not null)
                    return other;
                await connection.ExecuteAsync(Upsert, Arguments(row), transaction);
                await connection.ExecuteAsync(
                    "update chat_rooms set former = incident <> @Incident where platform = @Platform and room = @Room",
                    new
                    {
                        row.Incident,
                        row.Platform,
                        row.Room,
                    },
                    transaction
                );
                return other;
            },
            cancel
        );

    /// <summary>What people wrote in it before is on the log.</summary>
    public Task HeardAsync(string platform, int incident, DateTimeOffset at, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "update chat_rooms set heard_at = @at where platform = @platform and incident = @incident",
                    new
                    {
                        at = Micros.From(at),
                        platform,
                        incident,
                    },
                    transaction
                ),
            cancel
        );

    /// <summary>The log's position up to which a platform has looked; null before its first start.</summary>
    public Task<long?> CursorAsync(string platform, CancellationToken cancel) =>
        store.ReadAsync(
            connection =>
                connection.ExecuteScalarAsync<long?>("select position from chat_cursors where platform = @platform", new { platform }),
            cancel
        );

    /// <summary>The log's position up to which all platforms have looked; null before the first start of any.</summary>
    public Task<long?> EarliestCursorAsync(CancellationToken cancel) =>
        store.ReadAsync(
            connection =>
                connection.ExecuteScalarAsync<long?>(
                    new CommandDefinition("select min(position) from chat_cursors", cancellationToken: cancel)
                ),
            cancel
        );

    public Task MoveCursorAsync(string platform, long position, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    """
                    insert into chat_cursors (platform, position) values (@platform, @position)
                    on conflict (platform) do update set position = excluded.position
                    """,
                    new { platform, position },
                    transaction
                ),
            cancel
        );

    private const string Upsert = """
        insert into chat_rooms (platform, incident, room, told, dress, trouble, heard_at, opening_at)
        values (@Platform, @Incident, @Room, @Told, @Dress, @Trouble, @heardAt, @openingAt)
        on conflict (platform, incident) do update set room = excluded.room, told = excluded.told, dress = excluded.dress,
            trouble = excluded.trouble, heard_at = excluded.heard_at, opening_at = excluded.opening_at
        """;

    private static object Arguments(RoomRow row) =>
        new
        {
            row.Platform,
            row.Incident,
            row.Room,
            row.Told,
            row.Dress,
            row.Trouble,
            heardAt = Micros.From(row.HeardAt),
            openingAt = row.OpeningAt is { } at ? Micros.From(at) : (long?)null,
        };

    private Task<IReadOnlyList<RoomRow>> QueryAsync(string sql, object arguments, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<RoomRow>)
                    [
                        .. (
                            await connection.QueryAsync<RoomRecord>(new CommandDefinition(sql, arguments, cancellationToken: cancel))
                        ).Select(row => row.ToRow()),
                    ],
            cancel
        );

    private sealed record RoomRecord
    {
        public string Platform { get; init; } = "";
        public int Incident { get; init; }
        public string? Room { get; init; }
        public long Told { get; init; }
        public string? Dress { get; init; }
        public string? Trouble { get; init; }
        public long Heard_At { get; init; }
        public long? Opening_At { get; init; }

        public RoomRow ToRow() =>
            new(Platform, Incident, Room, Told, Dress, Trouble, Micros.ToTime(Heard_At))
            {
                OpeningAt = Opening_At is { } at ? Micros.ToTime(at) : null,
            };
    }
}
