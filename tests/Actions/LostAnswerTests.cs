using Integrations.Postgres;
using Integrations.Redis;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>
/// Actions on real servers whose connection is reset as soon as they say what changes something: they cannot tell whether it was heard, say so, and do
/// not say it again.
/// </summary>
public sealed class LostAnswerTests
{
    [Theory]
    [InlineData("pg_promote")]
    [InlineData("pg_wal_replay_pause")]
    [InlineData("pg_wal_replay_resume")]
    public async Task Of_a_PostgreSQL_replica(string function)
    {
        using var primary = new PostgresServer();
        using var replica = primary.NewReplica();
        if (function is "pg_wal_replay_resume")
            replica.Execute("postgres", "select pg_wal_replay_pause()");
        IStepAction action = function switch
        {
            "pg_promote" => new PostgresPromoteAction(Called.Outward),
            "pg_wal_replay_pause" => new PostgresReplayPauseAction(Called.Outward),
            _ => new PostgresReplayResumeAction(Called.Outward),
        };

        await IsLostAsync(action, replica.Port, $"{function}(", port => new { connection = Through(port) });

        replica.Execute("postgres", "select pg_is_in_recovery()").ShouldBe(true);
        replica.Execute("postgres", "select pg_is_wal_replay_paused()").ShouldBe(function is "pg_wal_replay_resume");
    }

    [Fact]
    public async Task Of_sessions_that_are_ended()
    {
        var database = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewDatabase());
        await using var idle = new NpgsqlConnection(database.ConnectionString);
        await idle.OpenAsync();

        await IsLostAsync(
            new PostgresTerminateBackendsAction(Called.Outward),
            database.Port,
            "pg_terminate_backend(",
            port => new
            {
                connection = Through(port),
                olderThan = "0s",
                database = database.Database,
            }
        );

        await using var alive = new NpgsqlCommand("select 1", idle);
        (await alive.ExecuteScalarAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Of_a_Redis_and_of_a_stream()
    {
        var folder = Directory.CreateTempSubdirectory("incident-redis-");
        using var redis = new RedisServers(folder.FullName);
        await redis.UntilReadyAsync();
        foreach (
            var command in (string[])
                [
                    "XGROUP CREATE jobs mail $ MKSTREAM",
                    "XGROUP CREATECONSUMER jobs mail other",
                    "XADD jobs * job one",
                    "XREADGROUP GROUP mail stuck STREAMS jobs >",
                ]
        )
            await redis.AskAsync(redis.First, command);

        await IsLostAsync(
            new RedisReplicaOfAction(Called.Outward),
            redis.Second,
            "REPLICAOF",
            port => new { address = $"127.0.0.1:{port}" }
        );
        await IsLostAsync(
            new RedisStreamHandOverAction(Called.Outward),
            redis.First,
            "XCLAIM",
            port => new
            {
                address = $"127.0.0.1:{port}",
                stream = "jobs",
                group = "mail",
                from = "stuck",
                to = "other",
                minIdle = "0s",
            }
        );

        (await redis.AskAsync(redis.Second, "ROLE")).ShouldContain("slave");
        (await redis.AskAsync(redis.First, "XPENDING jobs mail")).ShouldContain("stuck");
    }

    private static string Through(int port) => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";

    private static async Task IsLostAsync(IStepAction action, int behind, string word, Func<int, object> with)
    {
        var said = 0;
        await using var proxy = new BreakingProxy(
            words =>
            {
                if (!words.Contains(word, StringComparison.OrdinalIgnoreCase))
                    return true;
                Interlocked.Increment(ref said);
                return false;
            },
            behind
        );

        await Called.FailsAsync(action, with(proxy.Port), FailureClass.Unknown);

        said.ShouldBe(1);
    }
}
