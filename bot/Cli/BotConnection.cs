using System.CommandLine;
using Bot.Access;
using Bot.Cli.Serving;
using Bot.Desk;
using Bot.Log;
using Bot.Storage;
using Bot.Storage.Sqlite;

namespace Bot.Cli;

/// <summary>
/// How a command reaches the bot: through the running server if there is one, else by taking the database's lock and running
/// the desk in this process, without anything that runs in the background.
/// </summary>
internal sealed class BotConnection : IAsyncDisposable
{
    private readonly WebApplication? local;

    private BotConnection(ServerClient? server, WebApplication? local, IConfiguration configuration)
    {
        Server = server;
        this.local = local;
        Configuration = configuration;
    }

    /// <summary>Null: this process is the bot, <see cref="Get{T}"/> has its parts.</summary>
    public ServerClient? Server { get; }

    public IConfiguration Configuration { get; }

    /// <summary>Who acts, where this process is the bot.</summary>
    public static Caller LocalCaller { get; } = new(Actor.Token(LocalToken.Name), Role.Admin, []);

    /// <summary>The address for links.</summary>
    public string PublicUrl =>
        (Configuration["Web:PublicUrl"] is { Length: > 0 } url ? url : Server?.Address.ToString() ?? "http://127.0.0.1:5080").TrimEnd('/');

    public T Get<T>()
        where T : notnull =>
        local is null
            ? throw new InvalidOperationException("The bot is another process; call its server.")
            : local.Services.GetRequiredService<T>();

    /// <summary>Runs a command with a connection; whatever keeps it from the bot becomes one sentence and exit code 1.</summary>
    public static Task<int> UseAsync(ParseResult parsed, Func<BotConnection, Terminal, Task<int>> command, CancellationToken cancel) =>
        UseAsync(parsed, [], command, cancel);

    /// <inheritdoc cref="UseAsync(ParseResult, Func{BotConnection, Terminal, Task{int}}, CancellationToken)"/>
    /// <param name="settings">Of the bot that this process is, if there is no server.</param>
    public static Task<int> UseAsync(
        ParseResult parsed,
        IReadOnlyList<KeyValuePair<string, string?>> settings,
        Func<BotConnection, Terminal, Task<int>> command,
        CancellationToken cancel
    ) =>
        GuardAsync(
            parsed,
            async terminal =>
            {
                await using var connection = await OpenAsync(parsed, settings, cancel);
                return await command(connection, terminal);
            },
            cancel
        );

    /// <summary>Runs a command that can do without the bot: with the running server, or with null.</summary>
    public static Task<int> TryAsync(ParseResult parsed, Func<ServerClient?, Terminal, Task<int>> command, CancellationToken cancel) =>
        GuardAsync(
            parsed,
            async terminal =>
            {
                using var server = await FindServerAsync(parsed, BotSettings.Read(BotSettings.FindRoot()), cancel);
                return await command(server, terminal);
            },
            cancel
        );

    private static async Task<int> GuardAsync(ParseResult parsed, Func<Terminal, Task<int>> command, CancellationToken cancel)
    {
        var terminal = parsed.Terminal();
        try
        {
            return await command(terminal);
        }
        catch (StoreInUseException e)
        {
            return terminal.Problem(e.Message);
        }
        catch (StoreUnavailableException e)
        {
            return terminal.Problem("The database does not take it: " + e.Message);
        }
        catch (HttpRequestException e)
        {
            return terminal.Problem("The server could not be reached: " + e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return terminal.Problem("The server did not answer in time.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Server?.Dispose();
        if (local is not null)
            await local.DisposeAsync();
    }

    private static async Task<BotConnection> OpenAsync(
        ParseResult parsed,
        IReadOnlyList<KeyValuePair<string, string?>> settings,
        CancellationToken cancel
    )
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        if (await FindServerAsync(parsed, configuration, cancel) is { } server)
            return new BotConnection(server, null, configuration);
        var app = BotHost.Build(settings, quiet: true);
        try
        {
            app.Services.GetRequiredService<IStore>();
            await app.Services.GetRequiredService<AccessState>().CatchUpAsync(cancel);
            return new BotConnection(null, app, configuration);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <returns>Null where none runs.</returns>
    private static async Task<ServerClient?> FindServerAsync(ParseResult parsed, IConfiguration configuration, CancellationToken cancel)
    {
        var ids = new SystemIds(TimeProvider.System);
        var url = parsed.GetValue(GlobalOptions.Server) ?? configuration["Cli:Server"];
        if (!string.IsNullOrEmpty(url))
            return new ServerClient(url, parsed.GetValue(GlobalOptions.Token) ?? configuration["Cli:Token"], ids);
        if (configuration.SqliteFile() is not { } file || LocalDoor.Find(file) is not { } door)
            return null;
        var server = new ServerClient(door.Url, door.Token, ids);
        if (await server.IsThereAsync(cancel))
            return server;
        // Left by a server that was killed.
        server.Dispose();
        return null;
    }
}
