using Npgsql;
using Tests.Library;
using Tests.Servers;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>
/// Sessions that hang in open transactions, also in failed ones, or do nothing at all take all connections of a PostgreSQL but those that it
/// reserves for superusers, which are many. The bot's own probe sees it; the runbook ends those sessions and no other.
/// </summary>
public sealed class ConnectionsGameDay(ITestOutputHelper output) : GameDay(output)
{
    private const int Connections = 20;
    private PostgresServer server = null!;

    public override async Task InitializeAsync()
    {
        server = Started(new PostgresServer(Connections));
        server.Execute("postgres", "alter system set superuser_reserved_connections = 8");
        server.StopImmediately();
        server.StartAgain();
        server.Execute("postgres", "create role shop login");
        server.Execute("postgres", "create role incident superuser login");
        var (connection, name) = (PostgresStage.For(server, "incident"), PostgresStage.NameOf(server));
        await StartBotAsync(
            new Dictionary<string, string>
            {
                ["POSTGRES_ADMIN_PASSWORD"] = Secret,
                ["Runbooks__Paths__0"] = Shipped.With(Folder, "postgres-connections-exhausted", "connection", connection),
            },
            $$$"""
              - name: connections
                uses: postgres/query@1
                with:
                  connection: {{{connection}}}
                  password: "${{ inputs.password }}"
                  sql: >-
                    select count(*) * 100
                    / (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int) as percent
                    from pg_stat_activity where backend_type = 'client backend'
                secrets: { password: "env:POSTGRES_ADMIN_PASSWORD" }
                expect: result.rows[0].percent <= 80
                every: 1s
                fail-after: 2
                resolve-after: 1
                labels: { alertname: PostgresConnectionsExhausted, server: "{{{name}}}", patience: 100ms, leaked: 100ms, severity: critical }
            """
        );
    }

    private string Shop => PostgresStage.For(server, "shop") + ";Pooling=false";

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task There_is_room_again_although_the_bot_dies_at_a_random_step(int seed)
    {
        var works = Started(new LongQuery(Shop, "select pg_sleep(600)"));
        var leader = await IdleAsync("select pg_advisory_lock(1)");
        var listener = await IdleAsync("listen jobs");

        await PlayAsync(
            seed,
            new Play(
                "postgres-connections-exhausted",
                new(["server", "sees", "look", "who", "tell"], ["end-hanging|end-aborted|end-leaked"], ["well", "note"]),
                FillAsync
            )
        );

        works.IsRunning.ShouldBeTrue("it did not hang");
        foreach (var waits in (NpgsqlConnection[])[leader, listener])
            await new NpgsqlCommand("select 1", waits).ExecuteNonQueryAsync();
        await using var another = new NpgsqlConnection(Shop);
        await another.OpenAsync();
    }

    private async Task<NpgsqlConnection> IdleAsync(string after)
    {
        var session = Started(new NpgsqlConnection(Shop));
        await session.OpenAsync();
        await new NpgsqlCommand(after, session).ExecuteNonQueryAsync();
        return session;
    }

    private async Task FillAsync()
    {
        for (var each = 0; ; each++)
        {
            var session = Started(new NpgsqlConnection(Shop));
            try
            {
                await session.OpenAsync();
                var leaves = ((string[])["begin", "begin; select 1 / 0", "select 1"])[each % 3];
                await new NpgsqlCommand(leaves, session).ExecuteNonQueryAsync();
            }
            catch (PostgresException fails) when (fails.SqlState is PostgresErrorCodes.DivisionByZero) { }
            catch (PostgresException full) when (full.SqlState is "53300")
            {
                return;
            }
        }
    }
}
