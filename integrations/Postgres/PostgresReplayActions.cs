using System.ComponentModel;
using System.Text.Json;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresReplayResult([Description("Whether its replay is paused now.")] bool Paused);

/// <summary><c>postgres/replay-pause@1</c>.</summary>
public sealed class PostgresReplayPauseAction(Outward outward) : IStepAction
{
    public string Name => "postgres/replay-pause@1";

    public string Summary => "Stops a replica from replaying what it receives, so that it keeps an older state.";

    public Type Arguments => typeof(PostgresArguments);

    public ActionGuide Guide { get; } = PostgresReplay.Guide("postgres/replay-pause@1");

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"pause the replay on {PostgresCalls.Where(with)}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        PostgresReplay.SetAsync(outward, call, "select pg_wal_replay_pause()", cancel);
}

/// <summary><c>postgres/replay-resume@1</c>.</summary>
public sealed class PostgresReplayResumeAction(Outward outward) : IStepAction
{
    public string Name => "postgres/replay-resume@1";

    public string Summary => "Lets a replica go on replaying what it received.";

    public Type Arguments => typeof(PostgresArguments);

    public ActionGuide Guide { get; } = PostgresReplay.Guide("postgres/replay-resume@1");

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"resume the replay on {PostgresCalls.Where(with)}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        PostgresReplay.SetAsync(outward, call, "select pg_wal_replay_resume()", cancel);
}

internal static class PostgresReplay
{
    public static ActionGuide Guide(string name) =>
        new(
            typeof(PostgresReplayResult),
            [.. PostgresCalls.Acting, new(FailureClass.Refused, "It is no replica (`55000`).")],
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
                await using (var command = new NpgsqlCommand(sql, connection))
                    await command.ExecuteNonQueryAsync(cancel);
                await using var look = new NpgsqlCommand("select pg_is_wal_replay_paused()", connection);
                return ActionResult.Success(new PostgresReplayResult((bool)(await look.ExecuteScalarAsync(cancel))!));
            },
            cancel
        );
}
