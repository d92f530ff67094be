using System.CommandLine;
using System.Text.Json;
using Bot.Log;
using Bot.Runs;
using Bot.Web.Api;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook plan NAME|FILE</c>: what a run would do, without doing it.</summary>
internal static class PlanCommand
{
    // What is wrong with the one that is planned is the answer; what is wrong with others beside it is none of its business.
    private static KeyValuePair<string, string?> OfOthers { get; } =
        new($"Logging:LogLevel:{typeof(RunbookShelf).FullName}", nameof(LogLevel.None));

    public static Command Build()
    {
        var runbook = new Argument<string>("runbook") { Description = "A runbook's name, or a file" };
        var inputs = GivenInputs.Option();
        var incident = GivenInputs.Incident();
        var command = new Command(
            "plan",
            "What a run would do: steps that only read are made for real, no other is; 1 if it could not start"
        )
        {
            runbook,
            inputs,
            incident,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var (given, wrong) = GivenInputs.Read(parsed.GetValue(inputs));
                var (name, room) = (parsed.GetRequiredValue(runbook), parsed.GetValue(incident));
                if (given is null)
                    return Task.FromResult(parsed.Terminal().Misused(wrong!));
                if (room is not null && StreamId.IncidentNumber(room) is null)
                    return Task.FromResult(parsed.Terminal().Misused($"'{room}' is no incident. Use an id as inc-42."));
                return File.Exists(name)
                    ? FileAsync(parsed.Terminal(), name, given, cancel)
                    : BotConnection.UseAsync(
                        parsed,
                        [OfOthers],
                        (bot, terminal) => PlanAsync(bot, terminal, name, given, room, cancel),
                        cancel
                    );
            }
        );
        return command;
    }

    private static async Task<int> PlanAsync(
        BotConnection bot,
        Terminal terminal,
        string runbook,
        Dictionary<string, object?> inputs,
        string? incident,
        CancellationToken cancel
    )
    {
        if (bot.Server is { } server)
        {
            var answer = await server.PostAsync(
                "api/v1/runs?plan=true",
                new
                {
                    runbook,
                    inputs,
                    incident,
                },
                cancel,
                ServerClient.LongPatience
            );
            return answer.Ok ? Say(terminal, answer.Json!.Value) : terminal.Problem(answer.Problem);
        }

        return await LocalAsync(bot.Get<IServiceProvider>(), terminal, runbook, inputs, StreamId.IncidentNumber(incident), cancel);
    }

    // A file need not be on any bot's shelf: it is planned by a bot of its own, whose database is thrown away.
    private static async Task<int> FileAsync(Terminal terminal, string path, Dictionary<string, object?> inputs, CancellationToken cancel)
    {
        var home = Directory.CreateTempSubdirectory("incident-plan-");
        try
        {
            string name;
            var configuration = BotSettings.Read(BotSettings.FindRoot());
            await using (var workbench = new Workbench(configuration))
            {
                var (definition, problems) = workbench.Reader.Read(await File.ReadAllTextAsync(path, cancel));
                if (definition is null)
                    return terminal.Problem(string.Join(Environment.NewLine, problems.Select(problem => $"{path}:{problem}")));
                name = definition.Name;
            }

            await using var app = BotHost.Build(
                [
                    OfOthers,
                    new("Storage:ConnectionString", $"Data Source={Path.Combine(home.FullName, "plan.db")}"),
                    .. RunbookFiles
                        .Configured(configuration)
                        .Prepend(Path.GetDirectoryName(Path.GetFullPath(path))!)
                        .Select((folder, index) => new KeyValuePair<string, string?>($"Runbooks:Paths:{index}", Path.GetFullPath(folder))),
                ],
                quiet: true
            );
            var shelf = app.Services.GetRequiredService<RunbookShelf>();
            shelf.Reload();
            var shelved = shelf.All.First(one => one.Path == Path.GetFullPath(path));
            return shelved.Problems.Count > 0
                ? terminal.Problem(string.Join(Environment.NewLine, shelved.Problems.Select(problem => $"{path}:{problem}")))
                : await LocalAsync(app.Services, terminal, name, inputs, null, cancel);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task<int> LocalAsync(
        IServiceProvider services,
        Terminal terminal,
        string runbook,
        Dictionary<string, object?> inputs,
        int? incident,
        CancellationToken cancel
    )
    {
        services.GetRequiredService<RunbookShelf>().Reload();
        var plan = await services
            .GetRequiredService<IRunDesk>()
            .PlanAsync(runbook, JsonSerializer.SerializeToElement(inputs), incident, BotConnection.LocalCaller, cancel);
        return plan.Problems.Count > 0
            ? terminal.Problem(string.Join(Environment.NewLine, plan.Problems.Select(problem => problem.Sentence)))
            : Say(terminal, JsonSerializer.SerializeToElement(plan, ApiJson.Options));
    }

    private static int Say(Terminal terminal, JsonElement plan) => terminal.Result(plan, PlanText.Of(plan));
}
