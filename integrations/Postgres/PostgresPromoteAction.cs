using System.ComponentModel;
using System.Text.Json;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresPromoteResult([Description("False: it was a primary already.")] bool Promoted);

/// <summary><c>postgres/promote@1</c>.</summary>
public sealed class PostgresPromoteAction(Outward outward) : IStepAction
{
    // Longer than any replay that is worth waiting for; the step's own time limit is the one that counts.
    private const string Sql = "select pg_promote(true, 3600)";
    private const string NotYet = "it was asked to become primary and has not become it yet";

    public string Name => "postgres/promote@1";

    public string Summary =>
        "Makes a replica the primary and waits until it is. The old primary has to be down for good or fenced: two of them lose data.";

    public Type Arguments => typeof(PostgresArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostgresPromoteResult),
            [.. PostgresCalls.Acting, CallReach.OnlyLooked, CallWait.NotDone],
            """
            uses: postgres/promote@1
            with: { connection: "Host=db2.example.com;Database=postgres;Username=incident", password: "${{ inputs.password }}" }
            timeout: 2m
            """
        );

    // One that is a primary stays one.
    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"promote {PostgresCalls.Where(with)} to primary";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel) =>
        PostgresCalls.AskAsync(
            outward,
            call,
            call.With.Deserialize<PostgresArguments>(ActionJson.Options)!,
            async connection =>
            {
                if (!await call.Reach.LookAsync(() => PostgresReplicationAction.InRecoveryAsync(connection, cancel)))
                    return ActionResult.Success(new PostgresPromoteResult(false));
                await using var command = new NpgsqlCommand(Sql, connection);
                call.Waits.For(NotYet);
                try
                {
                    return await command.ExecuteScalarAsync(cancel) is true
                        ? ActionResult.Success(new PostgresPromoteResult(true))
                        : new ActionResult.Failed(FailureClass.Unknown, NotYet);
                }
                // It is told to first and waited for then: a time limit of the server's, or somebody who ends the query, ends the waiting alone.
                catch (PostgresException fault) when (fault.SqlState is PostgresErrorCodes.QueryCanceled)
                {
                    return new ActionResult.Failed(
                        FailureClass.Unknown,
                        $"it was asked to become primary, and the wait for it was ended: {PostgresCalls.Said(fault, call)}"
                    );
                }
            },
            cancel
        );
}
