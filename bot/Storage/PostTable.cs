using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <summary>One message of ours in a room.</summary>
/// <param name="Slot">What it is: <c>summary</c>, <c>line/1042</c>, <c>run/run-…</c>, <c>wait/run-…/step</c>.</param>
/// <param name="State"><c>sending</c>: it is being sent, or may have been; <c>sent</c>; <c>failed</c>: the platform refused it for good;
/// <c>unclear</c>: its answer was lost and no look can tell; it is sent again, and both are said; <c>missing</c>: a look did not find it, so
/// it is sent again; <c>resending</c>: as <c>sending</c>, once more; <c>resent</c>: that was sent, and one more look tells whether an
/// earlier one came later than the look.</param>
/// <param name="Message">The platform's id of it.</param>
/// <param name="Hash">Of what it said when it was sent last.</param>
/// <param name="Upto">Of a line: the log's last position that it tells.</param>
/// <param name="TriedAt">Since when it may be there.</param>
/// <param name="Note">Why it failed, or what nobody can know about it.</param>
internal sealed record PostRow(
    string Platform,
    int Incident,
    string Slot,
    string State,
    string? Message,
    string Hash,
    long Upto,
    DateTimeOffset TriedAt,
    string? Note
)
{
    public const string Sending = "sending";
    public const string Sent = "sent";
    public const string Failed = "failed";
    public const string Unclear = "unclear";
    public const string Missing = "missing";
    public const string Resending = "resending";
    public const string Resent = "resent";

    /// <summary>Whether it is being sent, or may have been.</summary>
    public bool IsOnItsWay => State is Sending or Resending;

    /// <summary>Whether it stands there, once at least.</summary>
    public bool IsThere => State is Sent or Resent;

    /// <summary>Whether it is to be sent once more.</summary>
    public bool IsWanted => State is Unclear or Missing;

    /// <summary>What slots of messages that call somebody begin with: a pager sent them past the outbox, which edits them. They end with the room.</summary>
    public const string CallSlot = "call/";

    /// <summary>Of those that call until somebody acknowledges, or the incident is over.</summary>
    public const string CallUntilAnswered = CallSlot + "open/";

    /// <summary>Of those that a person asked for after somebody had acknowledged: they call until the incident is over.</summary>
    public const string CallUntilOver = CallSlot + "asked/";

    /// <summary>What slots of cards begin with that stand elsewhere, while the platform makes no room for the incident.</summary>
    public const string AsideSlot = "aside/";
}

/// <summary>How a platform's posts stand. No constructor: SQLite does not know the types of an empty result.</summary>
internal sealed record PostCounts
{
    public string Platform { get; init; } = "";

    /// <summary>Under way, or whose answer was lost and that are looked for or sent again.</summary>
    public long Sending { get; init; }
    public long Sent { get; init; }
    public long Failed { get; init; }

    /// <summary>Sent, but perhaps twice: no look could tell.</summary>
    public long Doubtful { get; init; }
}

/// <summary>The posts of all rooms: what was sent is known here, and nothing is called sent that was not.</summary>
internal sealed class PostTable(IStore store)
{
    private const string Columns = "select platform, incident, slot, state, message, hash, upto, tried_at, note from chat_posts";

    public Task<IReadOnlyList<PostRow>> OfRoomAsync(string platform, int incident, CancellationToken cancel) =>
        QueryAsync(
            // Lines that are sent are done with; the others are looked at again and again.
            $"{Columns} where platform = @platform and incident = @incident and (state not in ('sent', 'failed') or slot not like 'line/%')",
            new { platform, incident },
            cancel
        );

    public Task<IReadOnlyList<PostRow>> FailedAsync(int limit, CancellationToken cancel) =>
        QueryAsync($"{Columns} where state = 'failed' or note is not null order by tried_at desc limit @limit", new { limit }, cancel);

    /// <summary>What did not go as it should of one incident.</summary>
    public Task<IReadOnlyList<PostRow>> FailedOfAsync(int incident, CancellationToken cancel) =>
        QueryAsync(
            $"{Columns} where incident = @incident and (state = 'failed' or note is not null) order by tried_at",
            new { incident },
            cancel
        );

    public Task PutAsync(PostRow row, CancellationToken cancel) =>
        store.WriteAsync((connection, transaction) => connection.ExecuteAsync(Upsert, Arguments(row), transaction), cancel);

    /// <summary>A line was told, or given up: it and how far the room is told are one.</summary>
    public Task PutAsync(PostRow row, RoomRow room, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
            {
                await connection.ExecuteAsync(Upsert, Arguments(row), transaction);
                return await connection.ExecuteAsync(
                    "update chat_rooms set told = @Told where platform = @Platform and incident = @Incident and told < @Told",
                    new
                    {
                        room.Told,
                        room.Platform,
                        room.Incident,
                    },
                    transaction
                );
            },
            cancel
        );

    /// <summary>The post behind a message of ours; null: it is none.</summary>
    public async Task<PostRow?> FindAsync(string platform, int incident, string message, CancellationToken cancel) =>
        await QueryAsync(
            $"{Columns} where platform = @platform and incident = @incident and message = @message",
            new
            {
                platform,
                incident,
                message,
            },
            cancel
        )
            is [var row, ..]
            ? row
            : null;

    /// <summary>Its room is left: cards and what was on its way are wanted in the next one. What stands elsewhere, or went to people alone, stays said.</summary>
    public Task LeaveAsync(RoomRow room, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
            {
                await connection.ExecuteAsync(
                    """
                    delete from chat_posts where platform = @Platform and incident = @Incident
                        and slot not like 'brief/%' and slot not like 'call/%' and slot not like 'aside/%' and slot <> 'announce'
                        and (state not in ('sent', 'failed') or slot not like 'line/%')
                    """,
                    new { room.Platform, room.Incident },
                    transaction
                );
                return await connection.ExecuteAsync(
                    "update chat_rooms set room = @Room, dress = @Dress where platform = @Platform and incident = @Incident",
                    new
                    {
                        room.Room,
                        room.Dress,
                        room.Platform,
                        room.Incident,
                    },
                    transaction
                );
            },
            cancel
        );

    /// <summary>It certainly was not sent.</summary>
    public Task ForgetAsync(PostRow row, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "delete from chat_posts where platform = @Platform and incident = @Incident and slot = @Slot",
                    new
                    {
                        row.Platform,
                        row.Incident,
                        row.Slot,
                    },
                    transaction
                ),
            cancel
        );

    public Task<IReadOnlyList<PostCounts>> CountsAsync(CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<PostCounts>)
                    [
                        .. await connection.QueryAsync<PostCounts>(
                            new CommandDefinition(
                                """
                                select platform as Platform, count(case when state in ('sending', 'resending', 'unclear', 'missing') then 1 end) as Sending,
                                    count(case when state in ('sent', 'resent') then 1 end) as Sent, count(case when state = 'failed' then 1 end) as Failed,
                                    count(case when state = 'sent' and note is not null then 1 end) as Doubtful
                                from chat_posts group by platform order by platform
                                """,
                                cancellationToken: cancel
                            )
                        ),
                    ],
            cancel
        );

    private const string Upsert = """
        insert into chat_posts (platform, incident, slot, state, message, hash, upto, tried_at, note)
        values (@Platform, @Incident, @Slot, @State, @Message, @Hash, @Upto, @triedAt, @Note)
        on conflict (platform, incident, slot) do update set state = excluded.state, message = excluded.message, hash = excluded.hash,
            upto = excluded.upto, tried_at = excluded.tried_at, note = excluded.note
        """;

    private static object Arguments(PostRow row) =>
        new
        {
            row.Platform,
            row.Incident,
            row.Slot,
            row.State,
            row.Message,
            row.Hash,
            row.Upto,
            triedAt = Micros.From(row.TriedAt),
            row.Note,
        };

    private Task<IReadOnlyList<PostRow>> QueryAsync(string sql, object arguments, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<PostRow>)
                    [
                        .. (
                            await connection.QueryAsync<PostRecord>(new CommandDefinition(sql, arguments, cancellationToken: cancel))
                        ).Select(row => row.ToRow()),
                    ],
            cancel
        );

    private sealed record PostRecord
    {
        public string Platform { get; init; } = "";
        public int Incident { get; init; }
        public string Slot { get; init; } = "";
        public string State { get; init; } = "";
        public string? Message { get; init; }
        public string Hash { get; init; } = "";
        public long Upto { get; init; }
        public long Tried_At { get; init; }
        public string? Note { get; init; }

        public PostRow ToRow() => new(Platform, Incident, Slot, State, Message, Hash, Upto, Micros.ToTime(Tried_At), Note);
    }
}
