using Bot.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Tests.Support;

namespace Tests.Storage;

public sealed class SqliteCheckpointTests : IDisposable
{
    private const int Limit = 256;
    private const int Page = 4096;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-checkpoint-");

    private string Database => Path.Combine(folder.FullName, "incident.db");

    [Fact]
    public async Task What_is_committed_moves_into_the_database_and_the_write_ahead_log_is_begun_anew()
    {
        using var writer = new SqliteConnection($"Data Source={Database};Pooling=False");
        writer.Open();
        Execute(writer, "pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table filled (data blob)");
        using var checkpoint = new SqliteCheckpoint(Database, Limit);

        await Until.Holds(
            () =>
            {
                for (var i = 0; i < 16; i++)
                {
                    Execute(writer, $"insert into filled values (randomblob({8 * Page}))");
                    checkpoint.AfterCommit(writer);
                }

                return Task.FromResult(Size(Database) > 20 * Limit * Page);
            },
            "twenty times the limit in the database",
            () => Task.FromResult($"The database has {Size(Database)} bytes, its log {Size(Database + "-wal")}.")
        );

        Size(Database + "-wal").ShouldBeLessThan(Size(Database));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static long Size(string file) => new FileInfo(file).Length;

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
