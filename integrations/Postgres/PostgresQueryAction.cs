using System.ComponentModel;
using System.Data;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresQueryArguments(
    [Untainted] [ConnectionSecret] [ConnectionText] [Description(PostgresCalls.Connection)] string Connection,
    [Untainted]
    [SqlText(Reads = true)]
    [Description(
        "One query: `select`, `with`, `values`, `table`, `show` or `explain`; `$1`, `$2` stand for the parameters. A function that it calls can "
            + "still act on what is no table, if the user may: give the bot a user without such rights."
    )]
        string Sql,
    [Description("Values for `$1`, `$2`, …: they are never read as SQL.")] IReadOnlyList<string?>? Parameters = null,
    [Description("At most 1000.")] int MaxRows = 100,
    [Secret] [Description("If it is not part of `connection`; a secret.")] string? Password = null
);

public sealed record PostgresQueryResult(
    [Description(
        "Each with the names of its columns. A `bigint` beyond 2^53 and a `numeric` of more digits than a number here has are the text that psql shows."
    )]
        JsonArray Rows,
    [Description("How many there are here.")] int Count,
    [Description("Whether there were more.")] bool More
);

/// <summary><c>postgres/query@1</c>.</summary>
public sealed class PostgresQueryAction(Outward outward) : IStepAction
{
    private const int MostRows = 1000;

    public string Name => "postgres/query@1";

    public string Summary => "Reads from a PostgreSQL: one query, in a read only transaction that is rolled back.";

    public Type Arguments => typeof(PostgresQueryArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostgresQueryResult),
            [
                .. PostgresCalls.Reading,
                new(FailureClass.Refused, "The statement would change a table (`25006`), or is more than one (`42601`)."),
                new(FailureClass.Refused, "The first row has more than 1,000,000 characters before its last column."),
                new(
                    FailureClass.NotSent,
                    "`sql` is no query, or names a function that acts in a read only transaction, too, as "
                        + "`pg_terminate_backend`: `postgres/execute@1` is for those."
                ),
            ],
            """
            uses: postgres/query@1
            with:
              connection: "Host=db1.example.com;Database=shop;Username=incident"
              password: "${{ inputs.password }}"
              sql: select state, count(*) as sessions from pg_stat_activity where datname = $1 group by state
              parameters: [shop]
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) => $"read from {PostgresCalls.Where(with)}: {SqlText.Said(with)}";

    public Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<PostgresQueryArguments>(ActionJson.Options)!;
        return PostgresCalls.AskAsync(
            outward,
            call,
            new PostgresArguments(arguments.Connection, arguments.Password),
            async connection =>
            {
                PostgresQueryResult? read = null;
                try
                {
                    await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel);
                    await using (var only = new NpgsqlCommand("set transaction read only", connection, transaction))
                        await only.ExecuteNonQueryAsync(cancel);
                    await SqlText.CheckIsOneAsync(arguments.Sql, arguments.Parameters, connection, cancel);
                    await using var command = SqlText.Command(arguments.Sql, arguments.Parameters, connection);
                    var (rows, more) = await PostgresRows.ReadAsync(
                        command,
                        Math.Clamp(arguments.MaxRows, 1, MostRows),
                        cut => read = new PostgresQueryResult(cut, cut.Count, true),
                        cancel
                    );
                    read = new PostgresQueryResult(rows, rows.Count, more);
                }
                catch (Exception fault) when (read is { More: true } && fault is NpgsqlException or InvalidOperationException)
                {
                    // The rest, which nobody wants, could be neither cancelled nor read to its end.
                    call.Output($"the connection is given up: {fault.Message}");
                }

                if (read is { Count: 0, More: true })
                    return new ActionResult.Failed(
                        FailureClass.Refused,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"the first row has more than {PostgresRows.MostCharacters:N0} characters. Select fewer columns, or less of one: left(name, 1000)"
                        )
                    );
                call.Output($"{read!.Count} row(s){(read.More ? ", and more" : "")}");
                return ActionResult.Success(read);
            },
            cancel
        );
    }
}
