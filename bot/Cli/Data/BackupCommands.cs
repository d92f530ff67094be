using System.CommandLine;
using Bot.Storage.Sqlite;

namespace Bot.Cli.Data;

/// <summary><c>incident backup FILE</c> and <c>incident restore FILE</c>, for the embedded database.</summary>
internal static class BackupCommands
{
    private const string UsePostgresTools = "The database is PostgreSQL: back it up with pg_dump and restore it with pg_restore.";

    public static Command Backup()
    {
        var file = new Argument<FileInfo>("file") { Description = "Where to; must not exist yet" };
        var command = new Command("backup", "Copy the database to a file, also while the server runs") { file };
        command.SetAction(parsed => Backup(parsed.GetRequiredValue(file), parsed.Terminal()));
        return command;
    }

    public static Command Restore()
    {
        var file = new Argument<FileInfo>("file") { Description = "What backup wrote" };
        var command = new Command("restore", "Put a backup in place; the server must be stopped, the old database is kept beside") { file };
        command.SetAction(parsed => Restore(parsed.GetRequiredValue(file), parsed.Terminal()));
        return command;
    }

    private static int Backup(FileInfo file, Terminal terminal)
    {
        if (Database() is not { } database)
            return terminal.Misused(UsePostgresTools);
        if (!File.Exists(database))
            return terminal.Problem($"There is no database at {database}.");
        if (file.Exists)
            return terminal.Problem($"{file.FullName} exists already; name a new file.");
        // Written under another name first: a backup that was cut short is never taken for one.
        var partial = file.FullName + ".partial";
        File.Delete(partial);
        SqliteBackup.Copy(database, partial);
        if (SqliteBackup.ProblemOf(partial) is { } problem)
            return terminal.Problem($"The copy is not whole: {problem}");
        File.Move(partial, file.FullName);
        return terminal.Result(
            new { file = file.FullName, bytes = new FileInfo(file.FullName).Length },
            $"Wrote {file.FullName} ({new FileInfo(file.FullName).Length / 1024} KB)."
        );
    }

    private static int Restore(FileInfo file, Terminal terminal)
    {
        if (Database() is not { } database)
            return terminal.Misused(UsePostgresTools);
        if (!file.Exists)
            return terminal.Problem($"There is no file {file.FullName}.");
        if (SqliteBackup.ProblemOf(file.FullName) is { } problem)
            return terminal.Problem($"{file.FullName} is no backup of this bot: {problem}");
        try
        {
            using var taken = SqliteStore.TakeFile(database);
            var kept = Aside(database);
            SqliteBackup.Copy(file.FullName, database);
            return terminal.Result(
                new { database, kept },
                $"Restored {database}." + (kept is null ? "" : $" What was there is kept as {kept}.")
            );
        }
        catch (StoreInUseException e)
        {
            return terminal.Problem(e.Message);
        }
    }

    private static string? Aside(string database)
    {
        if (!File.Exists(database))
            return null;
        var number = 1;
        while (File.Exists($"{database}.before-restore-{number}"))
            number++;
        var kept = $"{database}.before-restore-{number}";
        // The companions go with it, else SQLite would take the old ones for the new file's.
        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(database + suffix))
                File.Move(database + suffix, kept + suffix);
        }

        return kept;
    }

    private static string? Database() => BotSettings.Read(BotSettings.FindRoot()).SqliteFile();
}
