using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

/// <summary><c>postgres/replay-resume@1</c>.</summary>
public sealed class PostgresReplayResumeAction(Outward outward) : IStepAction
{
    // What ends a server that goes on, or pauses it again, comes with the next records.
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(1);

    public string Name => "postgres/replay-resume@1";

    public string Summary => "Lets a replica go on replaying what it received.";

    public Type Arguments => typeof(PostgresArguments);

    public ActionGuide Guide { get; } =
        PostgresReplay.Guide(
            "postgres/replay-resume@1",
            new FailureCase(
                FailureClass.Refused,
                "It paused by itself, since one of its settings is lower than on its primary: it would shut down. What to raise is told."
            ),
            CallReach.OnlyLooked
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"resume the replay on {PostgresCalls.Where(with)}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        PostgresCalls.AskAsync(
            outward,
            call,
            call.With.Deserialize<PostgresArguments>(ActionJson.Options)!,
            async connection =>
            {
                if (await call.Reach.LookAsync(() => PostgresOwnPause.FindAsync(connection, cancel)) is { } raise)
                    return Refused(
                        $"the server paused its replay by itself and would shut down if it went on; nothing was changed. {Mend(raise)}"
                    );
                await PostgresReplay.TellAsync(connection, "select pg_wal_replay_resume()", cancel);
                await Task.Delay(Settles, outward.Time, cancel);
                return await PostgresOwnPause.FindAsync(connection, cancel) is { } again
                    ? Refused($"it went on, until the server paused its replay by itself. {Mend(again)}")
                    : await PostgresReplay.FoundAsync(connection, cancel);
            },
            cancel
        );

    private static ActionResult.Failed Refused(string because) => new(FailureClass.Refused, because);

    private static string Mend(string raise) => $"In its configuration, raise {raise}, and restart it";
}
