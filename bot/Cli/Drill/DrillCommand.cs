using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Bot.Access;
using Bot.Cli.Serving;
using Bot.Desk;
using Bot.Storage;

namespace Bot.Cli.Drill;

/// <summary>
/// <c>incident drill [NAME] [--exit]</c>: the whole job on this machine, with nothing set up. A bot on a fresh database, a real
/// service that falls ill, an alert through the front door, and the shipped runbook that repairs it.
/// </summary>
internal static class DrillCommand
{
    public const string Name = "service-down";

    private const string Source = "drill";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(55);

    public static Command Build()
    {
        var name = new Argument<string>("name") { Description = $"Which drill: {Name}", DefaultValueFactory = _ => Name };
        name.AcceptOnlyFromAmong(Name);
        var exit = new Option<bool>("--exit") { Description = "End by itself: 0 if the incident was repaired and resolved" };
        var command = new Command("drill", "See it repair something: a service falls ill, an alert comes, a runbook heals it")
        {
            name,
            exit,
        };
        command.SetAction((parsed, cancel) => RunAsync(parsed.Terminal(), parsed.GetValue(exit), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, bool exit, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("incident-drill-");
        try
        {
            return await RunAsync(terminal, exit, folder.FullName, cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> RunAsync(Terminal terminal, bool exit, string folder, CancellationToken cancel)
    {
        var ids = new SystemIds(TimeProvider.System);
        var sourceToken = ids.NewSecret();
        var url = $"http://127.0.0.1:{FreePort()}";
        await using var app = BotHost.Build(Settings(url, folder, sourceToken), quiet: true);
        await app.StartAsync(cancel);
        await using var patient = await DrillPatient.StartAsync(cancel);
        var address = ServeCommand.AddressOf(app);
        terminal.Progress($"The bot serves on {address} (database in {folder}).");
        terminal.Progress($"A small service of its own runs on {patient.Address}.");

        using var alerts = new ServerClient(address, sourceToken, ids);
        using var people = new ServerClient(address, app.Services.GetRequiredService<LocalToken>().Secret, ids);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        var story = new DrillStory(people, alerts, Source, patient, terminal, TimeProvider.System);
        DrillResult result;
        try
        {
            result = await story.PlayAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            result = story.Unfinished($"It was not over after {Patience.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is HttpRequestException or DrillBrokenException)
        {
            result = story.Unfinished(e.Message);
        }

        var code = Tell(terminal, result, address);
        if (exit || cancel.IsCancellationRequested)
        {
            await app.StopAsync(CancellationToken.None);
            return code;
        }

        if (await app.Services.GetRequiredService<AccessDesk>().FirstLinkAsync(cancel) is { } secret)
        {
            terminal.Progress("");
            terminal.Progress("Look around; sign in with this one-time link:");
            terminal.Progress("  " + AccessDesk.LinkOf(address, secret));
        }

        terminal.Progress("Ctrl-C ends the drill and throws its database away.");
        await app.WaitForShutdownAsync(cancel);
        return code;
    }

    private static int Tell(Terminal terminal, DrillResult result, string address)
    {
        var page = result.Incident is null ? address : $"{address}/incidents/{result.Incident}";
        if (terminal.Json)
            terminal.Result(result, "");
        if (result.Missing.Count == 0)
        {
            terminal.Progress("");
            terminal.Progress($"Repaired and resolved in {result.Seconds:0.0} s: {page}");
            return CommandLine.Success;
        }

        foreach (var missing in result.Missing)
            terminal.Progress("Missing: " + missing);
        return terminal.Problem($"The drill did not succeed. See {page}");
    }

    private static Dictionary<string, string?> Settings(string url, string folder, string sourceToken) =>
        new()
        {
            ["Urls"] = url,
            ["Web:PublicUrl"] = url,
            ["Metrics:Url"] = "",
            ["Storage:ConnectionString"] = "Data Source=" + Path.Combine(folder, "incident.db"),
            [$"Alerts:Sources:{Source}:Kind"] = "alertmanager",
            [$"Alerts:Sources:{Source}:Token"] = sourceToken,
            ["Runbooks:AllowedHosts:0"] = "127.0.0.1",
            ["DeadMan:Url"] = "",
            // A drill wakes nobody: the workspace of whoever runs it hears nothing of it.
            ["Slack:BotToken"] = "",
            ["Slack:AppToken"] = "",
            ["Slack:SigningSecret"] = "",
        };

    // Known before the start, since links are made with it.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
