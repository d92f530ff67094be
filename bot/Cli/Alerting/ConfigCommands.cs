using System.CommandLine;
using Bot.Intake;

namespace Bot.Cli.Alerting;

/// <summary><c>incident config check | explain</c></summary>
internal static class ConfigCommands
{
    public static Command Build()
    {
        var check = new Command("check", "All problems of the settings and of config/, each with its place; 1 if there is one");
        check.SetAction(parsed => Check(parsed.Terminal()));

        var labels = new Argument<string[]>("label=value")
        {
            Description = "Labels of an alert, as alertname=ServiceDown severity=critical",
            Arity = ArgumentArity.OneOrMore,
        };
        var explain = new Command("explain", "Which route takes an alert with these labels, and what the route says") { labels };
        explain.SetAction(parsed => Explain(parsed.Terminal(), parsed.GetRequiredValue(labels)));
        return new Command("config", "Settings and the files under config/") { check, explain };
    }

    private static int Check(Terminal terminal)
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        var (_, problems) = ReadRoutes(configuration);
        var found = problems.Select(problem => problem.ToString()).Concat(SourceProblems(configuration)).ToList();
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

    /// <summary>The routes as the server would read them.</summary>
    public static (RouteBook Book, IReadOnlyList<ConfigProblem> Problems) ReadRoutes(IConfiguration configuration)
    {
        var (config, problems) = AlertConfig.Read(configuration["Config:Path"]!);
        return (config.Routes, problems);
    }

    private static IEnumerable<string> SourceProblems(IConfiguration configuration)
    {
        var kinds = AlertsCommands.Kinds();
        foreach (var source in configuration.GetSection("Alerts:Sources").GetChildren())
        {
            if (!kinds.ContainsKey(source["Kind"] ?? ""))
                yield return $"appsettings: {source.Path}:Kind is '{source["Kind"]}'. Known kinds: {string.Join(", ", kinds.Keys)}.";
            if (string.IsNullOrEmpty(source["Token"]) && string.IsNullOrEmpty(source["Secret"]))
                yield return $"appsettings: {source.Path} has neither Token nor Secret: only tokens of role source:{source.Key} open it.";
        }
    }
}
