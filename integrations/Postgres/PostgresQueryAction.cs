using System.ComponentModel;
using System.Data;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Postgres;

public sealed record PostgresQueryArguments(
    [Untainted] [Description(PostgresCalls.Connection)] string Connection,
    [Untainted] [Description("One statement; `$1`, `$2` stand for the parameters.")] string Sql,
    [Description("Values for `$1`, `$2`, …: they are never read as SQL.")] IReadOnlyList<string?>? Parameters = null,
    [Description("At most 1000.")] int MaxRows = 100,
    [Description("If it is not part of `connection`; a secret.")] string? Password = null
);

public sealed record PostgresQueryResult(
    [Description("Each with the names of its columns.")] JsonArray Rows,
    [Description("How many there are here.")] int Count,
    [Description("Whether there were more.")] bool More
);

/// <summary><c>postgres/query@1</c>.</summary>
public sealed class PostgresQueryAction(Outward outward) : IStepAction
{
    private const int MostRows = 1000;

    public string Name => "postgres/query@1";

    public string Summary => "Reads from a PostgreSQL, in a transaction that can change nothing.";

    public Type Arguments => typeof(PostgresQueryArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostgresQueryResult),
            [.. PostgresCalls.Reading, new(FailureClass.Refused, "The statement would change something (`25006`).")],
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

                call.Output($"{read!.Count} row(s){(read.More ? ", and more" : "")}");
                return ActionResult.Success(read);
            },
            cancel
        );
    }
}

internal static class SqlText
{
    private const int LongestShown = 300;

    /// <summary>In one line.</summary>
    public static string Said(JsonElement with)
    {
        var sql = string.Join(' ', (with.TextOf("sql") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return sql.Length > LongestShown ? sql[..LongestShown] + "…" : sql;
    }

    /// <summary>The parameters' types are the server's to find out.</summary>
    public static NpgsqlCommand Command(string sql, IReadOnlyList<string?>? parameters, NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters ?? [])
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Unknown, Value = (object?)value ?? DBNull.Value });
        return command;
    }
}
