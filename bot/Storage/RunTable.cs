using System.Data.Common;
using Bot.Log;
using Dapper;
using Runbooks.Running;

namespace Bot.Storage;

/// <param name="Before">Only ids below this one: the cursor (ids sort by time).</param>
/// <param name="Alert">As <see cref="RunRows.Alert(string, string)"/> writes it.</param>
internal sealed record RunQuery(
    int? Incident = null,
    bool? Over = null,
    string? Node = null,
    string? Before = null,
    int Limit = 100,
    RunPhase? Phase = null,
    string? Runbook = null,
    string? Alert = null
);

internal sealed record RunRow(
    string Id,
    string Runbook,
    string Hash,
    RunPhase Phase,
    int? Incident,
    string Node,
    long Epoch,
    string StartedBy,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset? AlertAt
);

/// <summary>The view of runs: where each stands. The steps are on the run's own stream.</summary>
internal sealed class RunTable(IStore store, ILogReader log, FactCatalog catalog)
{
    public async Task<RunState?> FindAsync(string id, CancellationToken cancel)
    {
        RunState? state = null;
        foreach (var logged in await log.OfStreamAsync(StreamId.Run(id), cancel))
        {
            if (catalog.TryRead(logged.Type, logged.Data, out var fact) && fact is RunFact known)
                state = RunState.Evolve(id, state, known, logged.HappenedAt);
        }

        return state;
    }

    /// <summary>Runs that a node carries on, of which others have changed something, with how often.</summary>
    public Task<IReadOnlyList<(string Id, int Interventions)>> IntervenedAsync(string node, CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                (IReadOnlyList<(string, int)>)
                    [
                        .. await connection.QueryAsync<(string, int)>(
                            "select id, interventions from runs where node = @node and not is_over and interventions > 0",
                            new { node }
                        ),
                    ],
            cancel
        );

    /// <summary>Who holds and waits for locks, over all live runs.</summary>
    public Task<LockBook> LocksAsync(CancellationToken cancel) =>
        store.ReadAsync(
            async connection =>
                LockBook.Of(
                    (await connection.QueryAsync<string>("select locks from runs where locks is not null")).SelectMany(RunRows.Claims)
                ),
            cancel
        );

    public Task<IReadOnlyList<RunRow>> ListAsync(RunQuery query, CancellationToken cancel)
    {
        var conditions = new List<string> { "id < @before" };
        if (query.Over is { } over)
            conditions.Add(over ? "is_over" : "not is_over");
        if (query.Incident is not null)
            conditions.Add("incident = @incident");
        if (query.Node is not null)
            conditions.Add("node = @node");
        if (query.Phase is not null)
            conditions.Add("phase = @phase");
        if (query.Runbook is not null)
            conditions.Add("runbook = @runbook");
        if (query.Alert is not null)
            conditions.Add("alert = @alert");
        return store.ReadAsync(
            async connection =>
            {
                var rows = new List<RunRow>();
                await using var reader = (DbDataReader)
                    await connection.ExecuteReaderAsync(
                        $"select id, runbook, hash, phase, incident, node, epoch, started_by, started_at, ended_at, alert_at from runs where {string.Join(" and ", conditions)} order by id desc limit @limit",
                        new
                        {
                            before = query.Before ?? "~",
                            incident = query.Incident,
                            node = query.Node,
                            phase = query.Phase is { } phase ? RunRows.Word(phase) : null,
                            runbook = query.Runbook,
                            alert = query.Alert,
                            limit = query.Limit,
                        }
                    );
                while (await reader.ReadAsync(cancel))
                    rows.Add(Read(reader));
                return (IReadOnlyList<RunRow>)rows;
            },
            cancel
        );
    }

    private static RunRow Read(DbDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            RunRows.Phase(row.GetString(3)),
            row.IsDBNull(4) ? null : row.GetInt32(4),
            row.GetString(5),
            row.GetInt64(6),
            row.GetString(7),
            Micros.ToTime(row.GetInt64(8)),
            row.IsDBNull(9) ? null : Micros.ToTime(row.GetInt64(9)),
            row.IsDBNull(10) ? null : Micros.ToTime(row.GetInt64(10))
        );
}
