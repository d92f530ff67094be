using System.CommandLine;
using Bot.Cli.Runbooks;
using Bot.Intake;

namespace Bot.Cli.Alerting;

/// <summary><c>incident config check | explain | schema</c></summary>
internal static class ConfigCommands
{
    public static Command Build()
    {
        var check = new Command("check", "All problems of the settings and of config/, each with its place; 1 if there is one");
        check.SetAction((parsed, _) => CheckAsync(parsed.Terminal()));

        var labels = new Argument<string[]>("label=value")
        {
            Description = "Labels of an alert, as alertname=ServiceDown severity=critical",
            Arity = ArgumentArity.OneOrMore,
        };
        var explain = new Command("explain", "Which route takes an alert with these labels, and what the route says") { labels };
        explain.SetAction(parsed => Explain(parsed.Terminal(), parsed.GetRequiredValue(labels)));
        var schema = new Command("schema", "The JSON Schema of the files under config/, for editors");
        schema.SetAction(parsed => Schema(parsed.Terminal()));
        return new Command("config", "Settings and the files under config/") { check, explain, schema };
    }

    private static async Task<int> CheckAsync(Terminal terminal)
    {
        var configuration = BotSettings.ReadUnchecked(BotSettings.FindRoot());
        var wrong = SettingsCheck.Problems(configuration).ToList();
        // Probes are read with the actions of this build, and those need settings that make sense.
        await using var workbench = wrong.Count == 0 ? new Workbench(configuration) : null;
        var (config, problems) = AlertConfig.Read(configuration["Config:Path"]!, workbench?.Reader, workbench?.Secrets);
        List<string> found =
        [
            .. wrong,
            .. problems.Select(problem => problem.ToString()),
            .. CallProblems(config.Routes, configuration),
            .. FolderProblems(configuration),
            .. KindProblems(configuration),
        ];
        terminal.Result(new { problems = found }, found.Count == 0 ? "No problems." : string.Join(Environment.NewLine, found));
        return found.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }

    private static int Explain(Terminal terminal, string[] pairs)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value])
                return terminal.Misused($"'{pair}' is no label. Write NAME=VALUE.");
            labels[name] = value;
        }

        var (book, problems) = ReadRoutes(BotSettings.Read(BotSettings.FindRoot()));
        if (problems.Count > 0)
            return terminal.Problem(string.Join(Environment.NewLine, problems));
        var route = book.Routes.FirstOrDefault(route => route.Fits(labels)) ?? RouteBook.Default;
        return terminal.Result(RouteSaid.Of(route, labels), RouteSaid.Of(route, labels).ToText());
    }

    private static int Schema(Terminal terminal)
    {
        terminal.Out.WriteLine(ConfigSchema.Text);
        return CommandLine.Success;
    }

    /// <summary>The routes as the server would read them.</summary>
    public static (RouteBook Book, IReadOnlyList<ConfigProblem> Problems) ReadRoutes(IConfiguration configuration)
    {
        var (config, problems) = AlertConfig.Read(configuration["Config:Path"]!, reader: null, secrets: null);
        return (config.Routes, problems);
    }

    // A server starts without them, since they may be put there later; whoever checks wants to know.
    private static IEnumerable<string> FolderProblems(IConfiguration configuration) =>
        configuration
            .GetSection("Runbooks:Paths")
            .GetChildren()
            .Append(configuration.GetSection("Config:Path"))
            .Where(folder => !Directory.Exists(folder.Value))
            .Select(folder => $"{folder.Path} is '{folder.Value}', and there is no such folder.");

    // Files and settings may come in any order, so a server starts; but until both are there nobody is called.
    private static IEnumerable<string> CallProblems(RouteBook book, IConfiguration configuration) =>
        from route in book.Routes
        from target in route.Page.Concat(route.PageThen.SelectMany(level => level.Targets)).Distinct()
        where target.Kind is "webhook" && configuration[$"Paging:Webhooks:{target.Name}:Url"] is null or ""
        select $"The route {route.Name} calls {target}, and Paging:Webhooks:{target.Name}:Url is not set.";

    private static IEnumerable<string> KindProblems(IConfiguration configuration)
    {
        var kinds = AlertsCommands.Kinds();
        return configuration
            .GetSection("Alerts:Sources")
            .GetChildren()
            .Where(source => !kinds.ContainsKey(source["Kind"] ?? ""))
            .Select(source => $"{source.Path}:Kind is '{source["Kind"]}'. Known kinds: {string.Join(", ", kinds.Keys)}.");
    }
}
