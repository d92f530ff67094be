using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

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
