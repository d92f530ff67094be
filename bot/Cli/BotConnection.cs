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
    public static async Task<int> UseAsync(ParseResult parsed, Func<BotConnection, Terminal, Task<int>> command, CancellationToken cancel)
    {
        var terminal = parsed.Terminal();
        try
        {
            await using var connection = await OpenAsync(parsed, cancel);
            return await command(connection, terminal);
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
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
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

    private static async Task<BotConnection> OpenAsync(ParseResult parsed, CancellationToken cancel)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        var ids = new SystemIds(TimeProvider.System);
        var url = parsed.GetValue(CommonOptions.Server) ?? configuration["Cli:Server"];
        if (!string.IsNullOrEmpty(url))
        {
            var token = parsed.GetValue(CommonOptions.Token) ?? configuration["Cli:Token"];
            return new BotConnection(new ServerClient(url, token, ids), null, configuration);
        }

        if (configuration.SqliteFile() is { } file && LocalDoor.Find(file) is { } door)
        {
            var server = new ServerClient(door.Url, door.Token, ids);
            if (await server.IsThereAsync(cancel))
                return new BotConnection(server, null, configuration);
            // Left by a server that was killed.
            server.Dispose();
        }

        var app = BotHost.Build(quiet: true);
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
}
