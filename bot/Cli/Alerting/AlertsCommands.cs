using System.CommandLine;
using Bot.Parts;
using Integrations;

namespace Bot.Cli.Alerting;

/// <summary><c>incident alerts try SOURCE FILE</c>: what a payload would do, without doing it.</summary>
internal static class AlertsCommands
{
    public static Command Build()
    {
        var source = new Argument<string>("source") { Description = "A configured source's name, or a kind as alertmanager" };
        var file = new Argument<FileInfo>("file") { Description = "The body of the request" };
        var attempt = new Command("try", "What a payload would do, without doing it; 1 if it can't be read") { source, file };
        attempt.SetAction(
            (parsed, cancel) => TryAsync(parsed.Terminal(), parsed.GetRequiredValue(source), parsed.GetRequiredValue(file), cancel)
        );
        return new Command("alerts", "Alerts that come in") { attempt };
    }

    /// <summary>The kinds of sources that this build has. They need nothing from the container to read a payload.</summary>
    public static IReadOnlyDictionary<string, IAlertSource> Kinds() =>
        PartCatalog.ByName(
            PartCatalog.OfProduct.Implementing<IAlertSource>().Select(type => (IAlertSource)Activator.CreateInstance(type)!),
            part => [part.Kind]
        );

    private static async Task<int> TryAsync(Terminal terminal, string name, FileInfo file, CancellationToken cancel)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        var kinds = Kinds();
        if (!kinds.TryGetValue(configuration[$"Alerts:Sources:{name}:Kind"] ?? name, out var kind))
            return terminal.Misused($"There is no source '{name}', and no kind either. Known kinds: {string.Join(", ", kinds.Keys)}.");
        if (!file.Exists)
            return terminal.Misused($"There is no file {file.FullName}.");
        var (book, wrong) = ConfigCommands.ReadRoutes(configuration);
        if (wrong.Count > 0)
            return terminal.Problem(string.Join(Environment.NewLine, wrong));

        var parsed = kind.Parse(await File.ReadAllBytesAsync(file.FullName, cancel));
        if (parsed is not Integrations.ParseResult.Parsed { Batch: var batch })
        {
            var problems = ((Integrations.ParseResult.Unparsable)parsed).Problems;
            terminal.Result(
                new { readable = false, problems },
                "It can't be read:" + string.Concat(problems.Select(problem => $"{Environment.NewLine}  {problem.Sentence}"))
            );
            return CommandLine.Failure;
        }

        var labels = batch.Alerts.Count == 0 ? new Dictionary<string, string>() : AlertJson.ToDictionary(batch.Alerts[0].Labels);
        var route = RouteSaid.Of(book.Find(null, batch)!, labels);
        var firing = batch.Alerts.Count(alert => alert.Firing);
        return terminal.Result(
            new
            {
                readable = true,
                group = batch.GroupKey,
                alerts = batch.Alerts.Count,
                firing,
                hidden = batch.Hidden,
                route,
            },
            $"""
            group      {batch.GroupKey}
            alerts     {batch.Alerts.Count}, {firing} firing{(batch.Hidden > 0 ? $", {batch.Hidden} more cut off by the sender" : "")}
            {route.ToText()}
            then       {(
                firing > 0 ? "joins the group's open incident, or declares one" : "resolves what is known of these alerts; opens nothing"
            )}
            """
        );
    }
}
