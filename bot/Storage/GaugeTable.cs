using Dapper;

namespace Bot.Storage;

/// <summary>The figures behind the gauges, each read from an index; and the write that proves that writing works.</summary>
internal sealed class GaugeTable(IStore store)
{
    private const string Probe = "probe/";

    public Task<StoreGauges> ReadAsync(CancellationToken cancel) =>
        store.ReadAsync(
            connection =>
                connection.QuerySingleAsync<StoreGauges>(
                    new CommandDefinition(
                        $"""
                        select
                          (select coalesce(max(position), 0) from events) as LogPosition,
                          (select count(*) from effects where state = 'pending' and due <= {store.Dialect.Now}) as EffectsDue,
                          (select coalesce(max({store.Dialect.Now} - due), 0) from effects where state = 'pending' and due <= {store
                            .Dialect
                            .Now}) as OutboxLagMicros,
                          (select count(*) from effects where state = 'pending') as EffectsPending,
                          (select count(*) from effects where state = 'dead') as EffectsDead,
                          (select count(*) from incidents where is_open) as OpenIncidents,
                          (select count(*) from runs where not is_over) as LiveRuns,
                          (select count(*) from drills where rot > 0) as RottenRunbooks
                        """,
                        cancellationToken: cancel
                    )
                ),
            cancel
        );

    /// <summary>Forgets the probes of processes that are gone.</summary>
    /// <returns>How many went.</returns>
    public Task<int> PruneProbesAsync(CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    $"delete from leases where name like @probes and until < {store.Dialect.Now} - @day",
                    new { probes = Probe + "%", day = (long)TimeSpan.FromDays(1).TotalMicroseconds },
                    transaction
                ),
            cancel
        );

    /// <summary>A small durable write outside the log.</summary>
    public Task ProbeAsync(string node, CancellationToken cancel) =>
        store.WriteAsync(
            (connection, transaction) =>
                connection.ExecuteAsync(
                    $"""
                    insert into leases (name, owner, epoch, until) values (@name, @node, 1, {store.Dialect.Now})
                    on conflict (name) do update set owner = excluded.owner, epoch = leases.epoch + 1, until = excluded.until
                    """,
                    new { name = Probe + node, node },
                    transaction
                ),
            cancel
        );
}

internal sealed record StoreGauges
{
    public long LogPosition { get; init; }
    public long EffectsDue { get; init; }

    /// <summary>How long the oldest effect that is due has waited.</summary>
    public long OutboxLagMicros { get; init; }
    public long EffectsPending { get; init; }
    public long EffectsDead { get; init; }
    public long OpenIncidents { get; init; }
    public long LiveRuns { get; init; }
    public long RottenRunbooks { get; init; }
}
