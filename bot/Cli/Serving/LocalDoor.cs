using System.Text.Json;
using Bot.Access;

namespace Bot.Cli.Serving;

/// <summary>
/// How a command on the same machine finds the server of a database file: a file beside it, readable by the server's account
/// alone, with the address and a token that ends with the process.
/// </summary>
internal sealed class LocalDoor : IDisposable
{
    private readonly string? path;

    private LocalDoor(string? path) => this.path = path;

    /// <param name="database">Null for PostgreSQL: there the settings or the arguments name the server.</param>
    public static LocalDoor Open(string? database, string address, LocalToken token)
    {
        if (database is null)
            return new LocalDoor(null);
        var file = PathOf(database);
        var fresh = file + ".new";
        File.Delete(fresh);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var written = new FileStream(fresh, options))
            JsonSerializer.Serialize(written, new Address(Reachable(address), token.Secret), JsonSerializerOptions.Web);
        File.Move(fresh, file, overwrite: true);
        return new LocalDoor(file);
    }

    /// <returns>Null where no server left its address; one that was killed may have left a stale one.</returns>
    public static Address? Find(string database)
    {
        try
        {
            return JsonSerializer.Deserialize<Address>(File.ReadAllBytes(PathOf(database)), JsonSerializerOptions.Web);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (path is not null)
            File.Delete(path);
    }

    private static string PathOf(string database) => database + ".server";

    // A wildcard is good to listen on, not to call.
    private static string Reachable(string address) =>
        address
            .Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://*", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://+", "://127.0.0.1", StringComparison.Ordinal);

    internal sealed record Address(string Url, string Token);
}
