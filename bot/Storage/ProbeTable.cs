using System.Data.Common;
using Bot.Alerts;
using Bot.Log;
using Dapper;

namespace Bot.Storage;

/// <param name="LookedFor">The moment of its schedule that was looked for last, whichever node did.</param>
/// <param name="Said">What came of the last look, in words.</param>
internal sealed record ProbeRow(string Name, DateTimeOffset LookedFor, ProbeState State, string Said);

/// <summary>Probes on a schedule: each moment is one node's, and what it found is everybody's.</summary>
internal sealed class ProbeTable(IStore store)
{
    private const string Columns = "name, looked_for, failures, successes, failing_since, firing, told, said";

    /// <summary>Takes a moment of the schedule for who asks.</summary>
    /// <returns>Where the probe stands; null: another node has this moment, or a later one.</returns>
    public Task<ProbeRow?> ClaimAsync(string name, DateTimeOffset at, CancellationToken cancel) =>
        store.WriteAsync(
            async (connection, transaction) =>
                (
                    await ReadAsync(
                        connection,
                        $"""
                        insert into probes ({Columns}) values (@name, @at, 0, 0, null, false, true, '')
                        on conflict (name) do update set looked_for = excluded.looked_for where probes.looked_for < excluded.looked_for
                        returning {Columns}
                        """,
                        new { name, at = Micros.From(at) },
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

    public Task ForgetAsync(string name, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) => connection.ExecuteAsync("delete from probes where name = @name", new { name }, transaction),
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
                new ProbeState(row.Failures, row.Successes, row.Since is { } since ? Micros.ToTime(since) : null, row.Firing, row.Told),
                row.Said
            )),
        ];
}
