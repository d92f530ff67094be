using Bot.Storage.Migrations;
using FluentMigrator.Runner;
using Npgsql;

namespace Bot.Storage;

/// <summary>Brings the schema up to date. Nodes that start together take turns under an advisory lock.</summary>
internal static class Migrator
{
    private const long LockKey = 0x6d6967726174;

    public static void Sqlite(string path) =>
        Run(builder => builder.AddSQLite().WithGlobalConnectionString($"Data Source={path};Pooling=False"));

    public static void Postgres(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        Lock(connection, "select pg_advisory_lock($1)");
        Run(builder => builder.AddPostgres().WithGlobalConnectionString(connectionString));
        Lock(connection, "select pg_advisory_unlock($1)");
    }

    private static void Lock(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter { Value = LockKey } } };
        command.ExecuteNonQuery();
    }

    private static void Run(Action<IMigrationRunnerBuilder> database)
    {
        using var services = new ServiceCollection()
            .AddFluentMigratorCore()
            .ConfigureRunner(builder =>
            {
                database(builder);
                builder.ScanIn(typeof(M0001Spine).Assembly).For.Migrations();
            })
            .BuildServiceProvider();
        using var scope = services.CreateScope();
        scope.ServiceProvider.GetRequiredService<IMigrationRunner>().MigrateUp();
    }
}
