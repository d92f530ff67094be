using System.Globalization;
using System.Net;
using Bot.Storage;

namespace Bot;

/// <summary>
/// Looks at the settings before anything is built of them: all problems at once, each with its key, its value and what would
/// be right. A value that is only found wrong when it is used would be found wrong at three in the morning.
/// </summary>
internal static class SettingsCheck
{
    private static readonly (string Key, TimeSpan Least)[] Spans =
    [
        ("Storage:WaitAtStart", TimeSpan.Zero),
        ("Node:Lease", TimeSpan.FromSeconds(1)),
        ("DeadMan:Every", TimeSpan.FromSeconds(1)),
        ("Retention:Deliveries", TimeSpan.FromMinutes(1)),
        ("Retention:Answers", TimeSpan.FromMinutes(1)),
        ("Retention:Output", TimeSpan.FromMinutes(1)),
        ("Retention:Effects", TimeSpan.FromMinutes(1)),
    ];

    private static readonly string[] Addresses = ["Web:PublicUrl", "DeadMan:Url", "Metrics:Url", "Cli:Server"];

    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        foreach (var (key, least) in Spans)
        {
            if (configuration[key] is not { Length: > 0 } text)
                continue;
            if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) || span < least)
                yield return $"{key} is '{text}'. Write a span of at least {least} as 00:00:10, or 30.00:00:00 for thirty days.";
        }

        foreach (var key in Addresses)
        {
            if (configuration[key] is { Length: > 0 } text && !IsHttp(text))
                yield return $"{key} is '{text}'. Write an address as http://127.0.0.1:5080 or https://incident.example.com.";
        }

        foreach (
            var text in (configuration["Urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (!IsBinding(text))
                yield return $"Urls has '{text}'. Write where to listen as http://127.0.0.1:5080 or http://*:5080, several with semicolons.";
        }

        foreach (var proxy in configuration.GetSection("Web:KnownProxies").GetChildren())
        {
            if (!IPAddress.TryParse(proxy.Value, out _) && !IPNetwork.TryParse(proxy.Value, out _))
                yield return $"{proxy.Path} is '{proxy.Value}'. Write an address as 10.0.0.7, or a network as 10.0.0.0/8.";
        }

        if (StorageSetup.ProblemOf(configuration.ConnectionString()) is { } problem)
            yield return "Storage:ConnectionString " + problem;
    }

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
