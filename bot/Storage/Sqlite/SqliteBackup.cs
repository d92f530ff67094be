using Microsoft.Data.Sqlite;

namespace Bot.Storage.Sqlite;

/// <summary>Copies of the database file that are whole although the server goes on writing.</summary>
internal static class SqliteBackup
{
    /// <summary>Copies page by page under SQLite's own locks; what was committed before the call is in the copy.</summary>
    public static void Copy(string from, string to)
    {
        PrivateFile.Ensure(to);
        using var source = Open(from, SqliteOpenMode.ReadOnly);
        using var target = Open(to, SqliteOpenMode.ReadWriteCreate);
        source.BackupDatabase(target);
        // One file without companions, whatever mode the source was in.
        using var command = target.CreateCommand();
        command.CommandText = "pragma journal_mode = delete";
        command.ExecuteNonQuery();
    }

    /// <returns>Null if the file is a whole database of ours, else what is wrong with it.</returns>
    public static string? ProblemOf(string file)
    {
        try
        {
            using var connection = Open(file, SqliteOpenMode.ReadOnly);
            using var check = connection.CreateCommand();
            check.CommandText = "pragma integrity_check";
            var verdict = check.ExecuteScalar() as string;
            if (verdict is not "ok")
                return verdict;
            using var table = connection.CreateCommand();
            table.CommandText = "select count(*) from events";
            table.ExecuteScalar();
            return null;
        }
        catch (SqliteException e)
        {
            return e.Message;
        }
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = file,
                Mode = mode,
                Pooling = false,
            }.ToString()
        );
        connection.Open();
        return connection;
    }
}
