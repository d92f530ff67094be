using System.ComponentModel;
using System.Text.Json;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresReplayResult([Description("Whether its replay is paused now.")] bool Paused);

/// <summary>What pausing and resuming the replay of a replica have in common.</summary>
internal static class PostgresReplay
{
    public static ActionGuide Guide(string name, params FailureCase[] more) =>
        new(
            typeof(PostgresReplayResult),
            [.. PostgresCalls.Acting, new(FailureClass.Refused, "It is no replica (`55000`)."), .. more],
            $$"""
            uses: {{name}}
            with: { connection: "Host=db2.example.com;Database=postgres;Username=incident", password: "{{"${{ inputs.password }}"}}" }
            """
        );

    public static Task<ActionResult> SetAsync(Outward outward, ActionCall call, string sql, CancellationToken cancel) =>
        PostgresCalls.AskAsync(
            outward,
            call,
            call.With.Deserialize<PostgresArguments>(ActionJson.Options)!,
            async connection =>
            {
                await TellAsync(connection, sql, cancel);
                return await FoundAsync(connection, cancel);
            },
            cancel
        );

    public static async Task TellAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    public static async Task<ActionResult> FoundAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var look = new NpgsqlCommand("select pg_is_wal_replay_paused()", connection);
        return ActionResult.Success(new PostgresReplayResult((bool)(await look.ExecuteScalarAsync(cancel))!));
    }
}
