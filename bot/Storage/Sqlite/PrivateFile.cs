namespace Bot.Storage.Sqlite;

/// <summary>Files that only the bot's own account may read: the keys that sign sessions are in the database.</summary>
internal static class PrivateFile
{
    /// <summary>Makes an empty one, which SQLite takes for a new database; its companions get the same mode. One that is there stays.</summary>
    public static void Ensure(string path)
    {
        if (File.Exists(path) || OperatingSystem.IsWindows())
            return;
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        new FileStream(path, options).Dispose();
    }
}
