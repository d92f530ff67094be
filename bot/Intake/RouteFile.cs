using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Paging;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bot.Intake;

/// <param name="Line">From 1.</param>
internal sealed record ConfigProblem(string File, long Line, long Column, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>Reads <c>config/routes.yaml</c>; all problems at once, each with its place. A file with problems changes nothing.</summary>
internal sealed class RouteFile
{
    private static readonly string[] RouteKeys = ["name", "match", "severity", "service", "kind", "private", "page", "resolve", "cooldown"];

    private readonly string file;
    private readonly List<ConfigProblem> problems = [];

    private RouteFile(string file) => this.file = file;

    public static (RouteBook Book, IReadOnlyList<ConfigProblem> Problems) Read(string file, string text)
    {
        var reading = new RouteFile(Path.GetFileName(file));
        var routes = reading.Routes(text);
        return (new RouteBook(routes), reading.problems);
    }

    private List<AlertRoute> Routes(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            problems.Add(new ConfigProblem(file, e.Start.Line, e.Start.Column, e.Message));
            return [];
        }

        var routes = new List<AlertRoute>();
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            return [];
        foreach (var (key, value) in Pairs(root, ["routes"]))
        {
            if (key is not "routes")
                continue;
            if (value is not YamlSequenceNode list)
                Problem(value, "'routes' is a list.");
            else
                routes.AddRange(list.OfType<YamlMappingNode>().Select(Route));
        }

        foreach (var twice in routes.GroupBy(route => route.Name).Where(group => group.Count() > 1))
            Problem(root, $"Two routes are called '{twice.Key}'. Rename one.");
        return routes;
    }

    private AlertRoute Route(YamlMappingNode node)
    {
        var route = new AlertRoute { Name = "" };
        foreach (var (key, value) in Pairs(node, RouteKeys))
        {
            route = key switch
            {
                "name" => route with { Name = Text(value) },
                "match" => route with { Match = Match(value) },
                "severity" => route with { Severity = Severity(value) },
                "service" => route with { ServiceLabel = Text(value) },
                "kind" => route with
                {
                    Kind = Choice(
                        value,
                        ("real", IncidentKind.Real),
                        ("drill", IncidentKind.Drill),
                        ("retrospective", IncidentKind.Retrospective)
                    ),
                },
                "private" => route with { Private = Choice(value, ("false", false), ("true", true)) },
                "resolve" => route with { ResolveByItself = Choice(value, ("by-itself", true), ("by-hand", false)) },
                "cooldown" => route with { Cooldown = Duration(value) },
                "page" => Page(route, value),
                _ => route,
            };
        }

        if (route.Name.Length == 0)
            Problem(node, "A route needs a name.");
        return route;
    }

    private AlertRoute Page(AlertRoute route, YamlNode node)
    {
        foreach (var (key, value) in Pairs(node, ["targets", "every", "attempts"]))
        {
            route = key switch
            {
                "targets" => route with { Page = Targets(value) },
                "every" => route with { PageEvery = Duration(value) },
                "attempts" => route with { PageAttempts = Number(value, 1, 1000) },
                _ => route,
            };
        }

        return route;
    }

    private ImmutableList<PageTarget> Targets(YamlNode node)
    {
        var targets = ImmutableList.CreateBuilder<PageTarget>();
        foreach (var item in node is YamlSequenceNode list ? list.Children : [node])
        {
            if (PageTarget.Parse(Text(item)) is { } target)
                targets.Add(target);
            else
                Problem(item, $"'{Text(item)}' is nobody to call. Write user:NAME, group:NAME, role:ROLE or webhook:NAME.");
        }

        return targets.ToImmutable();
    }

    private ImmutableList<LabelMatch> Match(YamlNode node)
    {
        var matches = ImmutableList.CreateBuilder<LabelMatch>();
        foreach (var (label, value) in Pairs(node, []))
        {
            if (value is YamlSequenceNode list)
                matches.Add(new LabelMatch(label, [.. list.Select(Text)], null));
            else if (Text(value) is ['~', .. var pattern])
                matches.Add(new LabelMatch(label, [], Pattern(value, pattern)));
            else
                matches.Add(new LabelMatch(label, [Text(value)], null));
        }

        return matches.ToImmutable();
    }

    private Regex? Pattern(YamlNode node, string pattern)
    {
        try
        {
            // Without backtracking: labels come from outside, and a pattern must not be made to run for ever.
            return new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            Problem(node, $"'{pattern}' is no pattern: {e.Message}");
            return null;
        }
    }

    private SeverityRule Severity(YamlNode node)
    {
        var rule = SeverityRule.ByLabel;
        if (node is YamlScalarNode)
            return rule with { Map = rule.Map.Clear(), Otherwise = SeverityWord(node) };
        foreach (var (key, value) in Pairs(node, ["label", "map", "otherwise"]))
        {
            rule = key switch
            {
                "label" => rule with { Label = Text(value) },
                "otherwise" => rule with { Otherwise = SeverityWord(value) },
                "map" => rule with
                {
                    Map = Pairs(value, [])
                        .ToImmutableDictionary(pair => pair.Key, pair => SeverityWord(pair.Value), StringComparer.OrdinalIgnoreCase),
                },
                _ => rule,
            };
        }

        return rule;
    }

    private Severity SeverityWord(YamlNode node)
    {
        if (IncidentWords.SeverityFrom(Text(node)) is { } severity)
            return severity;
        Problem(node, $"'{Text(node)}' is no severity. Write sev1, sev2, sev3, sev4 or unset.");
        return Incidents.Severity.Unset;
    }

    private TimeSpan Duration(YamlNode node)
    {
        var match = Regex.Match(Text(node), "^(?<number>[0-9]{1,9})(?<unit>ms|s|m|h)$", RegexOptions.NonBacktracking);
        if (!match.Success)
        {
            Problem(node, $"'{Text(node)}' is no duration. Write 500ms, 10s, 5m or 2h.");
            return TimeSpan.Zero;
        }

        var number = int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            _ => TimeSpan.FromHours(number),
        };
    }

    private int Number(YamlNode node, int least, int most)
    {
        if (int.TryParse(Text(node), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Problem(node, $"'{Text(node)}' is not valid. Write a whole number from {least} to {most}.");
        return least;
    }

    private T Choice<T>(YamlNode node, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        var text = Text(node);
        foreach (var (word, value) in choices)
        {
            if (word == text)
                return value;
        }

        var words = new List<string>();
        foreach (var (word, _) in choices)
            words.Add(word);
        Problem(node, $"'{text}' is not valid. Write {string.Join(" or ", words)}.");
        return choices[0].Value;
    }

    /// <param name="known">Empty: any key.</param>
    private List<(string Key, YamlNode Value)> Pairs(YamlNode node, string[] known)
    {
        var pairs = new List<(string, YamlNode)>();
        if (node is not YamlMappingNode map)
        {
            Problem(node, "Keys and values are wanted here.");
            return pairs;
        }

        foreach (var (key, value) in map)
        {
            if (known.Length > 0 && !known.Contains(Text(key)))
                Problem(key, $"Unknown key '{Text(key)}'. Known: {string.Join(", ", known)}.");
            else
                pairs.Add((Text(key), value));
        }

        return pairs;
    }

    private static string Text(YamlNode node) => node is YamlScalarNode scalar ? scalar.Value ?? "" : node.ToString();

    private void Problem(YamlNode node, string message) =>
        problems.Add(new ConfigProblem(file, node.Start.Line, node.Start.Column, message));
}
