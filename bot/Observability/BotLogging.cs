namespace Bot.Observability;

/// <summary>One line per message for people, one JSON object per message where something else reads along.</summary>
internal static class BotLogging
{
    // Below these levels lines carry the addresses of requests, and addresses carry secrets: one-time links of ours, tokens of
    // vendors' webhooks. The first also puts the address into the scope of every other line, so it is silent.
    private static readonly (string Category, LogLevel Least)[] Floors =
    [
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None),
        ("Microsoft.AspNetCore", LogLevel.Warning),
        ("System.Net.Http", LogLevel.Warning),
    ];

    public static ILoggingBuilder AddBotLogging(this ILoggingBuilder logging, IConfiguration configuration, bool quiet)
    {
        logging.ClearProviders();
        logging.AddConfiguration(configuration.GetSection("Logging"));
        if (quiet)
            logging.AddFilter(level => level >= LogLevel.Warning);

        logging.Services.PostConfigure<LoggerFilterOptions>(KeepFloors);

        // Results are on stdout, and nothing else is.
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (Console.IsErrorRedirected && !quiet)
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        else
            logging.AddSimpleConsole(line => line.SingleLine = true);
        return logging;
    }

    // Whatever the settings say, for whatever provider: the floor is part of every rule.
    private static void KeepFloors(LoggerFilterOptions options)
    {
        LoggerFilterRule[] rules = [new(null, null, options.MinLevel, null), .. options.Rules];
        options.Rules.Clear();
        foreach (var rule in rules)
        {
            options.Rules.Add(
                new LoggerFilterRule(
                    rule.ProviderName,
                    rule.CategoryName,
                    rule.LogLevel,
                    (provider, category, level) =>
                        level >= FloorOf(category) && (rule.Filter is null || rule.Filter(provider, category, level))
                )
            );
        }
    }

    private static LogLevel FloorOf(string? category)
    {
        foreach (var (under, least) in Floors)
        {
            if (category?.StartsWith(under, StringComparison.Ordinal) is true)
                return least;
        }

        return LogLevel.Trace;
    }
}
