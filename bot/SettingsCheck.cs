using System.Globalization;
using System.Net;
using Bot.Chat;
using Bot.Parts;
using Bot.Runs;
using Bot.Storage;

namespace Bot;

/// <summary>
/// Looks at the settings before anything is built of them: all problems at once, each with its key, its value and what would
/// be right. A value that is only found wrong when it is used would be found wrong at three in the morning.
/// </summary>
internal static class SettingsCheck
{
    // Whatever else is a span may be zero or more.
    private static readonly Dictionary<string, TimeSpan> Least = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Node:Lease"] = TimeSpan.FromSeconds(1),
        ["DeadMan:Every"] = TimeSpan.FromSeconds(1),
        ["Runbooks:Drill:Limit"] = TimeSpan.FromSeconds(1),
        ["Retention:Deliveries"] = TimeSpan.FromMinutes(1),
        ["Retention:Answers"] = TimeSpan.FromMinutes(1),
        ["Retention:Output"] = TimeSpan.FromMinutes(1),
        ["Retention:Effects"] = TimeSpan.FromMinutes(1),
    };

    public static IEnumerable<string> Problems(IConfiguration configuration) =>
        [
            .. KnownSettings.Problems(configuration),
            .. configuration.AsEnumerable().Where(setting => setting.Value is { Length: > 0 }).Select(ProblemOfValue).OfType<string>(),
            .. BindingProblems(configuration),
            .. ProxyProblems(configuration),
            .. PagerProblems(configuration),
            .. DrillOptions.Problems(configuration),
            .. RunArtifacts.Problems(configuration),
            .. ChatOptions.Problems(configuration),
            .. PartsSetup.SettingProblems(PartCatalog.OfProduct, configuration),
            .. StorageSetup.ProblemOf(configuration.ConnectionString()) is { } problem
                ? ["Storage:ConnectionString " + problem]
                : Array.Empty<string>(),
        ];

    // What kind of value a setting takes is told by its default, and by its name where that is empty.
    private static string? ProblemOfValue(KeyValuePair<string, string?> setting)
    {
        var (key, text) = (setting.Key, setting.Value!);
        var isWebhook = key.StartsWith("Paging:Webhooks:", StringComparison.OrdinalIgnoreCase);
        var isSource = key.StartsWith("Alerts:Sources:", StringComparison.OrdinalIgnoreCase);
        if (!KnownSettings.Defaults.TryGetValue(key, out var usual) && !isWebhook && !isSource)
            return null;
        var name = key[(key.LastIndexOf(':') + 1)..];
        if (IsSpan(usual) || (isWebhook && name is "Timeout"))
            return SpanProblem(key, text, isWebhook ? TimeSpan.FromMilliseconds(100) : Least.GetValueOrDefault(key));
        if (name.EndsWith("Url", StringComparison.OrdinalIgnoreCase) || key.Equals("Cli:Server", StringComparison.OrdinalIgnoreCase))
            return IsHttp(text) ? null : $"{key} is '{text}'. Write an address as http://127.0.0.1:5080 or https://incident.example.com.";
        if (usual is { Length: > 0 } && int.TryParse(usual, CultureInfo.InvariantCulture, out _))
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? null
                : $"{key} is '{text}'. Write a whole number as {usual}.";
        // Never the value itself. Such a token fits no header; the line end of the file it came from is the usual reason.
        return (name.EndsWith("Token", StringComparison.OrdinalIgnoreCase)) && text.Any(letter => letter is <= ' ' or > '~')
            ? $"{key} has a blank, a line end or a letter beyond ASCII in it. Write the token alone."
            : null;
    }

    private static bool IsSpan(string? usual) =>
        usual?.Contains(':', StringComparison.Ordinal) is true && TimeSpan.TryParse(usual, CultureInfo.InvariantCulture, out _);

    private static string? SpanProblem(string key, string text, TimeSpan least) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= least
            ? null
            : $"{key} is '{text}'. Write a span of at least {least} as 00:00:10, or 30.00:00:00 for thirty days.";

    private static IEnumerable<string> BindingProblems(IConfiguration configuration) =>
        (configuration["Urls"] ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(text => !IsBinding(text))
            .Select(text =>
                $"Urls has '{text}'. Write where to listen as http://127.0.0.1:5080 or http://*:5080, several with semicolons."
            );

    private static IEnumerable<string> ProxyProblems(IConfiguration configuration) =>
        configuration
            .GetSection("Web:KnownProxies")
            .GetChildren()
            .Where(proxy => !IPAddress.TryParse(proxy.Value, out _) && !IPNetwork.TryParse(proxy.Value, out _))
            .Select(proxy => $"{proxy.Path} is '{proxy.Value}'. Write an address as 10.0.0.7, or a network as 10.0.0.0/8.");

    private static IEnumerable<string> PagerProblems(IConfiguration configuration) =>
        configuration
            .GetSection("Paging:Webhooks")
            .GetChildren()
            .Where(webhook => webhook["Url"] is null or "")
            .Select(webhook => $"{webhook.Path}:Url is missing. Write where the call goes, as https://pager.example.com/incident.");

    private static bool IsHttp(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);

    private static bool IsBinding(string text)
    {
        try
        {
            return BindingAddress.Parse(text).Scheme is "http" or "https";
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
