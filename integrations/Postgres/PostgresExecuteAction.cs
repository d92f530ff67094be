using System.ComponentModel;
using System.Text.Json;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresExecuteArguments(
    [Untainted] [ConnectionSecret] [ConnectionText] [Description(PostgresCalls.Connection)] string Connection,
    [Untainted] [SqlText] [Description("One statement; `$1`, `$2` stand for the parameters.")] string Sql,
    [Description("Values for `$1`, `$2`, …: they are never read as SQL.")] IReadOnlyList<string?>? Parameters = null,
    [Secret] [Description("If it is not part of `connection`; a secret.")] string? Password = null
);

public sealed record PostgresExecuteResult([Description("How many rows it changed; -1 for a statement that changes none.")] int Rows);

/// <summary><c>postgres/execute@1</c>.</summary>
public sealed class PostgresExecuteAction(Outward outward) : IStepAction
{
    public string Name => "postgres/execute@1";

    public string Summary => "Runs one statement on a PostgreSQL, in a transaction of its own unless it commits itself.";

    public Type Arguments => typeof(PostgresExecuteArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostgresExecuteResult),
            [
                .. PostgresCalls.Acting,
                CallReach.OnlyLooked,
                new(FailureClass.Refused, "`sql` is more than one statement (`42601`): nothing is done."),
                new(
                    FailureClass.NotSent,
                    "`sql` begins or ends a transaction (`begin`, `commit`, `savepoint`), or is `copy … to stdout` or `from stdin`."
                ),
                new(
                    FailureClass.Unknown,
                    "PostgreSQL answers with an error to a statement that commits on the way or acts on something other than tables (`call`, `do`, `vacuum`, "
                        + "`create index concurrently`, `pg_terminate_backend`), or the error comes out of a function that a `select` calls: a part of "
                        + "it may be done."
                ),
            ],
            """
            uses: postgres/execute@1
            with:
              connection: "Host=db1.example.com;Database=shop;Username=incident"
              password: "${{ inputs.password }}"
              sql: update jobs set state = 'queued' where state = 'running' and worker = $1
              parameters: [worker-7]
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) => $"on {PostgresCalls.Where(with)} run: {SqlText.Said(with)}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<PostgresExecuteArguments>(ActionJson.Options)!;
        return PostgresCalls.AskAsync(
            outward,
            call,
            new PostgresArguments(arguments.Connection, arguments.Password),
            async connection =>
            {
                await call.Reach.LookAsync(() => SqlText.CheckIsOneAsync(arguments.Sql, arguments.Parameters, connection, cancel));
                await using var command = SqlText.Command(arguments.Sql, arguments.Parameters, connection);
                try
                {
                    var rows = await command.ExecuteNonQueryAsync(cancel);
                    call.Output($"{rows} row(s)");
                    return ActionResult.Success(new PostgresExecuteResult(rows));
                }
                catch (PostgresException fault) when (LastingSql.MayHaveStayed(arguments.Sql, fault))
                {
                    return new ActionResult.Failed(
                        FailureClass.Unknown,
                        $"{PostgresCalls.Where(call.With)} says {PostgresCalls.Said(fault, call)}; what the statement had done or committed before "
                            + "that stays"
                    );
                }
            },
            cancel
        );
    }
}
