using Microsoft.Extensions.Configuration;

namespace Integrations.Slack;

/// <summary>The settings <c>Slack:…</c>.</summary>
internal sealed record SlackOptions
{
    public const string Section = "Slack";

    /// <summary><c>xoxb-…</c>; without it Slack is off.</summary>
    public string BotToken { get; init; } = "";

    /// <summary><c>xapp-…</c>: Socket Mode, which needs no public address; without it Slack has to reach <c>/slack/events</c>.</summary>
    public string AppToken { get; init; } = "";

    /// <summary>Of the requests that Slack sends over HTTP; without it none is accepted.</summary>
    public string SigningSecret { get; init; } = "";

    /// <summary>
    /// <c>xoxe.xoxp-…</c>, an app configuration token: only with one does Slack show how the app is set up. It ends 12 hours after it was
    /// made, so it is given to <c>incident slack check</c> and not kept.
    /// </summary>
    public string ConfigToken { get; init; } = "";

    public Uri ApiUrl { get; init; } = new("https://slack.com/api/");

    public bool IsOn => BotToken.Length > 0;

    public bool UsesSockets => IsOn && AppToken.Length > 0;

    /// <exception cref="InvalidOperationException">A setting makes no sense; the message names it.</exception>
    public static SlackOptions From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var address = section["ApiUrl"] is { Length: > 0 } text ? text : "https://slack.com/api/";
        if (
            !Uri.TryCreate(address.EndsWith('/') ? address : address + "/", UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
        )
            throw new InvalidOperationException($"Slack:ApiUrl '{address}' is no http address. Use one as https://slack.com/api/.");
        return new SlackOptions
        {
            BotToken = section["BotToken"] ?? "",
            AppToken = section["AppToken"] ?? "",
            SigningSecret = section["SigningSecret"] ?? "",
            ConfigToken = section["ConfigToken"] ?? "",
            ApiUrl = url,
        };
    }

    /// <summary>What Slack would refuse whatever is sent. The kind of a token is told by how it begins.</summary>
    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        if (section["BotToken"] is { Length: > 0 } bot && !bot.Contains("xoxb-", StringComparison.Ordinal))
            yield return "Slack:BotToken is no bot token. Write the Bot User OAuth Token of your app's page OAuth & Permissions: it begins with xoxb-.";
        // Slack posts to a name, too, but edits nothing by it.
        if (
            section["BotToken"] is { Length: > 0 }
            && configuration["Chat:AnnounceIn"] is { Length: > 0 } room
            && room is not ['C' or 'G', ..]
        )
            yield return $"Chat:AnnounceIn is '{room}'. Write the channel's id, which stands at the end of its details in Slack: it begins with C.";
        if (section["AppToken"] is { Length: > 0 } app && !app.StartsWith("xapp-", StringComparison.Ordinal))
            yield return "Slack:AppToken is no app-level token. Make one with connections:write on your app's page Basic Information: it begins with xapp-.";
        if (section["ConfigToken"] is { Length: > 0 } config && !config.StartsWith("xoxe.", StringComparison.Ordinal))
            yield return "Slack:ConfigToken is no app configuration token. Make one at api.slack.com/apps, below the list of apps: it begins with xoxe.xoxp-.";
    }
}
