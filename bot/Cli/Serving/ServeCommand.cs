using System.CommandLine;
using Bot.Access;
using Bot.Desk;
using Bot.Log;
using Bot.Storage;
using Bot.Storage.Sqlite;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Bot.Cli.Serving;

/// <summary><c>incident serve</c>, or <c>incident</c> alone.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    public static Command Build()
    {
        var command = new Command(Name, "Serve: the web pages, the API and the alert intake");
        command.SetAction((_, cancel) => RunAsync(cancel));
        return command;
    }

    public static async Task<int> RunAsync(CancellationToken cancel)
    {
        try
        {
            await using var app = BotHost.Build();
            // Opened before the host starts: a database that is taken is a sentence to the person, not a crash in the log.
            app.Services.GetRequiredService<IStore>();
            await app.StartAsync(cancel);
            return await ServeAsync(app, cancel);
        }
        catch (StoreInUseException e)
        {
            await Console.Error.WriteLineAsync("One server per database file. " + e.Message);
            return CommandLine.Failure;
        }
        catch (StoreUnavailableException e)
        {
            await Console.Error.WriteLineAsync(e.Message + " Look at the setting Storage:ConnectionString.");
            return CommandLine.Failure;
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync(e.Message + " Choose another address with the setting Urls.");
            return CommandLine.Failure;
        }
    }

    private static async Task<int> ServeAsync(WebApplication app, CancellationToken cancel)
    {
        using var door = LocalDoor.Open(app.Configuration.SqliteFile(), AddressOf(app), app.Services.GetRequiredService<LocalToken>());
        await WelcomeAsync(app, cancel);
        await app.WaitForShutdownAsync(cancel);
        return CommandLine.Success;
    }

    /// <summary>The address it really listens on, also where port 0 was asked for.</summary>
    public static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";

    private static async Task WelcomeAsync(WebApplication app, CancellationToken cancel)
    {
        var publicUrl = (app.Configuration["Web:PublicUrl"] is { Length: > 0 } url ? url : AddressOf(app)).TrimEnd('/');
        Console.WriteLine($"Incident serves on {AddressOf(app)}");
        if (publicUrl != AddressOf(app))
            Console.WriteLine($"People see it as {publicUrl}");
        if (await app.Services.GetRequiredService<AccessDesk>().FirstLinkAsync(cancel) is { } secret)
        {
            Console.WriteLine();
            Console.WriteLine("Sign in as the first admin (this link works once, for 24 hours):");
            Console.WriteLine("  " + AccessDesk.LinkOf(publicUrl, secret));
        }

        Console.WriteLine();
        Console.WriteLine("What to do next:");
        Console.WriteLine("  incident drill                        see it repair something, in a minute");
        Console.WriteLine("  incident user invite NAME --role responder");
        Console.WriteLine("  incident token create --name alertmanager --role source:alertmanager");
        Console.WriteLine("  README.md                             connect an Alertmanager");
        Console.WriteLine("Ctrl-C stops it.");
    }
}
