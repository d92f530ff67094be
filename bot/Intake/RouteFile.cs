using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Paging;
using YamlDotNet.RepresentationModel;

namespace Bot.Intake;

/// <summary>Reads <c>config/routes.yaml</c>; all problems at once, each with its place. A file with problems changes nothing.</summary>
internal sealed class RouteFile : ConfigFile
{
    private static readonly string[] RouteKeys =
    [
        "name",
        "match",
        "severity",
        "service",
        "kind",
        "private",
        "page",
        "resolve",
        "cooldown",
        "flaps",
    ];

    private RouteFile(string file)
        : base(file) { }

    public static (RouteBook Book, IReadOnlyList<ConfigProblem> Problems) Read(string file, string text)
    {
        var reading = new RouteFile(file);
        var routes = reading.Routes(text);
        return (new RouteBook(routes), reading.Problems);
    }

    private List<AlertRoute> Routes(string text)
    {
        var routes = new List<AlertRoute>();
        if (Root(text) is not { } root)
            return [];
        foreach (var (key, value) in Pairs(root, ["routes"]))
        {
            if (key is not "routes")
                continue;
            if (value is not YamlSequenceNode list)
                Problem(value, "'routes' is a list.");
            else
                routes.AddRange(list.Select(Route));
        }

        foreach (var twice in routes.GroupBy(route => route.Name).Where(group => group.Count() > 1))
            Problem(root, $"Two routes are called '{twice.Key}'. Rename one.");
        return routes;
    }

    private AlertRoute Route(YamlNode node)
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
                "flaps" => route with { FlapLimit = Number(value, 0, 1000) },
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
        foreach (var (key, value) in Pairs(node, ["targets", "every", "attempts", "then"]))
        {
            route = key switch
            {
                "targets" => route with { Page = Targets(value) },
                "every" => route with { PageEvery = Duration(value) },
                "attempts" => route with { PageAttempts = Number(value, 1, 1000) },
                "then" => route with { PageThen = Then(value) },
                _ => route,
            };
        }

        return route;
    }

    private ImmutableList<PageLevel> Then(YamlNode node)
    {
        var levels = ImmutableList.CreateBuilder<PageLevel>();
        foreach (var item in node is YamlSequenceNode list ? list.Children : [node])
        {
            var level = new PageLevel([], TimeSpan.FromMinutes(5), 3);
            foreach (var (key, value) in Pairs(item, ["targets", "every", "attempts"]))
            {
                level = key switch
                {
                    "targets" => level with { Targets = Targets(value) },
                    "every" => level with { Every = Duration(value) },
                    "attempts" => level with { Attempts = Number(value, 1, 1000) },
                    _ => level,
                };
            }

            if (level.Targets.Count == 0)
                Problem(item, "Name somebody to call: targets: [ group:oncall ].");
            levels.Add(level);
        }

        return levels.ToImmutable();
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
            return LabelMatch.Whole(pattern);
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
}
