using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

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
