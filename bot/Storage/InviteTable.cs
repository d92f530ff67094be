using Dapper;

namespace Bot.Storage;

/// <summary>That somebody belongs into a room.</summary>
/// <param name="Person">The platform's id.</param>
/// <param name="Reason"><c>declared</c>, <c>called</c>, <c>role/commander</c>, <c>group/oncall</c>, <c>asked/sre</c>.</param>
internal sealed record Invite(string Person, string Reason);

/// <summary>
/// Who was invited into an incident's room, and for which reasons that hold still. Whoever leaves it is invited again only where a
/// new reason comes: a role that they did not have, a group that they come into.
/// </summary>
internal sealed class InviteTable(IStore store)
{
    public Task<IReadOnlySet<Invite>> OfRoomAsync(string platform, int incident, string room, CancellationToken cancel) =>
        store.ReadAsync(async connection => (IReadOnlySet<Invite>)(
                        await connection.QueryAsync<(string Person, string Reason)>(
                            new CommandDefinition(
                                "select person, reason from chat_invites where platform = @platform and incident = @incident and room = @room",
                                new
                                {
                                    platform,
                                    incident,
                                    room,
                                },
                                cancellationToken: cancel
                            )
                        )
                    ).Select(row => new Invite(row.Person, row.Reason)).ToHashSet(), cancel);

    public Task AddAsync(string platform, int incident, string room, IReadOnlyList<Invite> invites, CancellationToken cancel) =>
        EachAsync(
            "insert into chat_invites (platform, incident, room, person, reason) values (@platform, @incident, @room, @Person, @Reason) on conflict do nothing",
            platform,
            incident,
            room,
            invites,
            cancel
        );

    /// <summary>Those reasons hold no more: should they come again, they are new.</summary>
    public Task RemoveAsync(string platform, int incident, string room, IReadOnlyList<Invite> invites, CancellationToken cancel) =>
        EachAsync(
            """
            delete from chat_invites
            where platform = @platform and incident = @incident and room = @room and person = @Person and reason = @Reason
            """,
            platform,
            incident,
            room,
            invites,
            cancel
        );

    private Task EachAsync(
        string sql,
        string platform,
        int incident,
        string room,
        IReadOnlyList<Invite> invites,
        CancellationToken cancel
    ) =>
        invites.Count == 0
            ? Task.CompletedTask
            : store.WriteAsync(
                (connection, transaction) =>
                    connection.ExecuteAsync(
                        sql,
                        invites.Select(invite => new
                        {
                            platform,
                            incident,
                            room,
                            invite.Person,
                            invite.Reason,
                        }),
                        transaction
                    ),
                cancel
            );
}
