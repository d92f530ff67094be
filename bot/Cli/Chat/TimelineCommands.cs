using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Bot.Log;
using Bot.Timeline;

namespace Bot.Cli.Chat;

/// <summary><c>incident timeline export | verify INCIDENT</c></summary>
internal static class TimelineCommands
{
    private const int Page = 500;

    public static Command Build() => new("timeline", "The timeline of an incident") { Export(), Verify() };

    private static Command Export()
    {
        var incident = Incident();
        var command = new Command("export", "Every entry: times, actor, sentence; as JSON also the data and the hashes") { incident };
        command.SetAction((parsed, cancel) => OnIncident(parsed, incident, ExportAsync, cancel));
        return command;
    }

    private static Command Verify()
    {
        var incident = Incident();
        var command = new Command("verify", "Recompute the hash chains of the incident and its runs; 1 if one is broken") { incident };
        command.SetAction((parsed, cancel) => OnIncident(parsed, incident, VerifyAsync, cancel));
        return command;
    }

    private static Argument<string> Incident() => new("incident") { Description = "As inc-42" };

    private static Task<int> OnIncident(
        ParseResult parsed,
        Argument<string> incident,
        Func<BotConnection, Terminal, int, CancellationToken, Task<int>> command,
        CancellationToken cancel
    )
    {
        var id = parsed.GetRequiredValue(incident);
        return StreamId.IncidentNumber(id) is { } number
            ? BotConnection.UseAsync(parsed, (bot, terminal) => command(bot, terminal, number, cancel), cancel)
            : Task.FromResult(parsed.Terminal().Misused($"'{id}' is no incident. Use its id, as inc-42."));
    }

    private static async Task<int> ExportAsync(BotConnection bot, Terminal terminal, int number, CancellationToken cancel)
    {
        var entries = bot.Server is { } server
            ? await ReadAsync(server, number, cancel)
            : [.. (await bot.Get<TimelineReader>().ReadAllAsync(number, cancel)).Select(Entry)];
        if (entries.Count == 0)
            return terminal.Problem($"There is no incident {StreamId.Incident(number)}.");
        return terminal.Result(new { items = entries }, string.Join(Environment.NewLine, entries.Select(Line)));
    }

    private static async Task<List<JsonElement>> ReadAsync(ServerClient server, int number, CancellationToken cancel)
    {
        var entries = new List<JsonElement>();
        long position = 0;
        while (true)
        {
            var listed = await server.GetAsync(
                string.Create(CultureInfo.InvariantCulture, $"api/v1/incidents/inc-{number}/timeline?after={position}&limit={Page}"),
                cancel
            );
            var items = listed.Items.ToList();
            if (items.Count == 0)
                return entries;
            entries.AddRange(items);
            position = items[^1].GetProperty("position").GetInt64();
        }
    }

    private static JsonElement Entry(TimelineEntry entry) => JsonSerializer.SerializeToElement(entry, FactJson.Options);

    private static string Line(JsonElement entry) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.GetProperty("happenedAt").GetDateTimeOffset():yyyy-MM-dd HH:mm:ss}Z  {entry.GetProperty("actor").GetString()}  {entry.GetProperty("text").GetString()}"
        );

    private static async Task<int> VerifyAsync(BotConnection bot, Terminal terminal, int number, CancellationToken cancel)
    {
        if (bot.Server is { } server)
        {
            var answer = await server.GetAsync($"api/v1/incidents/inc-{number}/timeline/verify", cancel);
            if (!answer.Ok)
                return terminal.Problem(answer.Problem);
            return Judge(terminal, [.. answer.Items.Select(item => item.Deserialize<ChainVerdict>(FactJson.Options)!)]);
        }

        var verdicts = await bot.Get<ChainCheck>().OfIncidentAsync(number, cancel);
        return verdicts.Any(verdict => verdict.Intact > 0)
            ? Judge(terminal, verdicts)
            : terminal.Problem($"There is no incident {StreamId.Incident(number)}.");
    }

    private static int Judge(Terminal terminal, IReadOnlyList<ChainVerdict> verdicts)
    {
        terminal.Result(
            new { items = verdicts },
            Terminal.Table(
                ["STREAM", "FACTS", "VERDICT"],
                verdicts.Select(verdict =>
                    (IReadOnlyList<string>)[verdict.Stream, verdict.Intact.ToString(CultureInfo.InvariantCulture), verdict.Fault ?? "whole"]
                )
            )
        );
        return verdicts.All(verdict => verdict.Fault is null) ? CommandLine.Success : CommandLine.Failure;
    }
}
