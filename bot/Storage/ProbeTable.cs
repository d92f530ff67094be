using System.Data.Common;
using Bot.Alerts;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <param name="LookedFor">The moment of its schedule that was looked for last, whichever node did.</param>
/// <param name="Every">Between two of its moments.</param>
/// <param name="Said">What came of the last look, in words.</param>
internal sealed record ProbeRow(string Name, DateTimeOffset LookedFor, TimeSpan Every, ProbeState State, string Said);

/// <summary>Probes on a schedule: each moment is one node's, and what it found is everybody's.</summary>
internal sealed class ProbeTable(IStore store)
{
    private const string Columns = "name, looked_for, every, failures, successes, failing_since, firing, told, said";

    /// <summary>Takes a moment of the schedule for who asks.</summary>
    /// <returns>Where the probe stands; null: another node has this moment, or a later one.</returns>
    public Task<ProbeRow?> ClaimAsync(string name, DateTimeOffset at, TimeSpan every, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
                (
                    await ReadAsync(
                        connection,
                        $"""
                        insert into probes ({Columns}) values (@name, @at, @every, 0, 0, null, false, true, '')
                        on conflict (name) do update set looked_for = excluded.looked_for, every = excluded.every
                        where probes.looked_for < excluded.looked_for
                        returning {Columns}
                        """,
                        new
                        {
                            name,
                            at = Micros.From(at),
                            every = (long)every.TotalMicroseconds,
                        },
                        transaction
                    )
                ).SingleOrDefault(),
            cancel
        );

    /// <summary>Keeps what was found, unless another node has looked since.</summary>
    public Task SaveAsync(ProbeRow row, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    """
                    update probes set failures = @failures, successes = @successes, failing_since = @since, firing = @firing, told = @told, said = @said
                    where name = @name and looked_for = @at
                    """,
                    new
                    {
                        name = row.Name,
                        at = Micros.From(row.LookedFor),
                        failures = row.State.Failures,
                        successes = row.State.Successes,
                        since = row.State.FailingSince is { } since ? Micros.From(since) : (long?)null,
                        firing = row.State.Firing,
                        told = row.State.Told,
                        said = row.Said,
                    },
                    transaction
                ),
            cancel
        );

    /// <summary>Takes it out, unless a node has looked since.</summary>
    public Task ForgetAsync(ProbeRow row, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    "delete from probes where name = @name and looked_for = @at",
                    new { name = row.Name, at = Micros.From(row.LookedFor) },
                    transaction
                ),
            cancel
        );

    public Task<IReadOnlyList<ProbeRow>> AllAsync(CancellationToken cancel) =>
        store.ReadAsync(connection => ReadAsync(connection, $"select {Columns} from probes order by name"), cancel);

    private static async Task<IReadOnlyList<ProbeRow>> ReadAsync(
        DbConnection connection,
        string sql,
        object? values = null,
        DbTransaction? transaction = null
    ) =>
        [
            .. (
                await connection.QueryAsync<(
                    string Name,
                    long At,
                    long Every,
                    int Failures,
                    int Successes,
                    long? Since,
                    bool Firing,
                    bool Told,
                    string Said
                )>(sql, values, transaction)
            ).Select(row => new ProbeRow(
                row.Name,
                Micros.ToTime(row.At),
                TimeSpan.FromMicroseconds(row.Every),
                new ProbeState(row.Failures, row.Successes, row.Since is { } since ? Micros.ToTime(since) : null, row.Firing, row.Told),
                row.Said
            )),
        ];
}
