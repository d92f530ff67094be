using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bot.Alerts;

/// <summary>A place that an alert leads to.</summary>
/// <param name="Name">As <c>Runbook</c>, <c>Dashboard</c>, <c>Source</c>.</param>
internal sealed record AlertLink(string Name, string Address);

/// <summary>
/// What an alert says, for people: bounded, the most useful first, and without what looks like a secret. Pure. Senders name the same things
/// in many ways; the names here are those of Prometheus, Alertmanager and Grafana.
/// </summary>
internal sealed partial record AlertWords
{
    private const int MostText = 1_500;
    private const int MostShort = 300;
    private const int MostTelling = 4;
    private const int MostValue = 160;
    private const int MostAddress = 900;
    private const string Hidden = "***";

    private static readonly string[] Summaries = ["summary", "title", "message"];
    private static readonly string[] Values = ["value", "current_value", "currentValue", "__value_string__", "valueString"];

    // What tells one who is woken where to look.
    private static readonly string[] First =
    [
        "severity",
        "service",
        "job",
        "environment",
        "env",
        "cluster",
        "region",
        "namespace",
        "instance",
        "host",
        "node",
        "deployment",
        "pod",
        "container",
    ];

    public required string Name { get; init; }

    /// <summary>Null: it says none.</summary>
    public string? Summary { get; init; }

    /// <summary>Null: none, or the same as the summary.</summary>
    public string? Description { get; init; }

    /// <summary>What was measured; null: the sender does not say.</summary>
    public string? Value { get; init; }

    /// <summary>Without its name; the most useful first.</summary>
    public required IReadOnlyList<(string Name, string Value)> Labels { get; init; }

    /// <summary>All other annotations that are no links.</summary>
    public required IReadOnlyList<(string Name, string Value)> Others { get; init; }

    /// <summary>The runbook first, where the alert comes from last.</summary>
    public required IReadOnlyList<AlertLink> Links { get; init; }

    /// <summary>Which one it is, in one line.</summary>
    public string InOneLine => Telling.Length == 0 ? Name : $"{Name} ({Telling})";

    private string Telling => string.Join(", ", Labels.Take(MostTelling).Select(label => $"{label.Name}={label.Value}"));

    /// <summary>In a few lines, for who is called by it.</summary>
    public string InShort
    {
        get
        {
            return string.Join(
                '\n',
                new[]
                {
                    Summary is null ? Name : $"{Name}: {Cut(Summary, MostShort)}",
                    Telling.Length == 0 ? null : Telling,
                    Value is null ? null : $"Value: {Value}",
                    Links is [{ Name: "Runbook", Address: var runbook }, ..] ? $"Runbook: {runbook}" : null,
                }.OfType<string>()
            );
        }
    }

    /// <param name="labels">A JSON object, as the sender wrote it; so are the annotations.</param>
    /// <param name="generator">Where the sender shows it; null: it does not say.</param>
    public static AlertWords Of(string labels, string annotations, string? generator)
    {
        var known = Read(labels);
        var said = Read(annotations);
        var summary = Taken(said, Summaries);
        var description = Taken(said, "description");
        var value = Taken(said, Values);
        var links = said.Where(one => IsAddress(one.Value)).ToList();
        return new AlertWords
        {
            Name = known.FirstOrDefault(label => label.Name is "alertname").Value is { Length: > 0 } name
                ? Cut(name, MostValue)
                : "unnamed",
            Summary = summary ?? description,
            Description = summary is null || summary == description ? null : description,
            Value = value is null ? null : Cut(value, MostValue),
            Labels =
            [
                .. known
                    .Where(label => label.Name is not "alertname" && !IsInner(label.Name))
                    .OrderBy(label => Array.IndexOf(First, label.Name) is var at and >= 0 ? at : First.Length)
                    .ThenBy(label => label.Name, StringComparer.Ordinal)
                    .Select(label => (label.Name, Cut(Shown(label.Name, label.Value), MostValue))),
            ],
            Others =
            [
                .. said.Where(one => !IsAddress(one.Value) && !IsInner(one.Name))
                    .OrderBy(one => one.Name, StringComparer.Ordinal)
                    .Select(one => (one.Name, Cut(Shown(one.Name, one.Value), MostValue))),
            ],
            Links =
            [
                .. links
                    .Select(one => new AlertLink(NameOf(one.Name), Safe(one.Value)))
                    .Append(new AlertLink("Source", IsAddress(generator ?? "") ? Safe(generator!) : ""))
                    // What would have to be cut leads nowhere.
                    .Where(link => link.Address.Length is > 0 and <= MostAddress)
                    .OrderBy(link =>
                        link.Name switch
                        {
                            "Runbook" => 0,
                            "Dashboard" => 1,
                            "Source" => 3,
                            _ => 2,
                        }
                    ),
            ],
        };
    }

    private static List<(string Name, string Value)> Read(string json)
    {
        var read = JsonElement.Parse(json);
        return read.ValueKind is JsonValueKind.Object
            ? [.. read.EnumerateObject().Select(one => (one.Name, Value: one.Value.ToString())).Where(one => one.Value.Length > 0)]
            : [];
    }

    // What has a place of its own is not told again among the others.
    private static string? Taken(List<(string Name, string Value)> said, params IReadOnlyList<string> names)
    {
        var found = names
            .Select(name => said.FirstOrDefault(one => one.Name == name))
            .FirstOrDefault(one => one.Value is { Length: > 0 } value && !IsAddress(value));
        if (found.Value is null)
            return null;
        said.Remove(found);
        return Cut(found.Value, MostText);
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && !text.Any(char.IsWhiteSpace);

    // Grafana's and Prometheus's own, for machines.
    private static bool IsInner(string name) => name.StartsWith("__", StringComparison.Ordinal);

    // runbook_url, runbookUrl → Runbook; dashboardURL → Dashboard; logs → Logs
    private static string NameOf(string annotation)
    {
        var name = Suffix().Replace(annotation, "").Trim('_', '-').Replace('_', ' ');
        return name.Length == 0
            ? "Link"
            : string.Create(CultureInfo.InvariantCulture, $"{char.ToUpperInvariant(name[0])}{Cut(name, 40)[1..]}");
    }

    private static string Shown(string name, string value) => Secret().IsMatch(name) ? Hidden : value;

    private static string Safe(string address)
    {
        var uri = new Uri(address);
        var open = uri.UserInfo.Length == 0 ? address : new UriBuilder(uri) { UserName = "", Password = "" }.Uri.ToString();
        return SecretInQuery().Replace(open, found => found.Groups["name"].Value + Hidden);
    }

    private static string Cut(string text, int most)
    {
        if (text.Length <= most)
            return text;
        var end = char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1;
        return text[..end] + "…";
    }

    [GeneratedRegex("[_-]?ur[il]$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Suffix();

    [GeneratedRegex(
        "password|passwd|secret|token|authorization|api[_-]?key|credential",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Secret();

    [GeneratedRegex(
        "(?<name>[?&][^=&#]*(password|passwd|secret|token|api[_-]?key|signature)[^=&#]*=)[^&#]*",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex SecretInQuery();
}
