namespace Bot.Observability;

/// <summary>One line per message for people, one JSON object per message where something else reads along.</summary>
internal static class BotLogging
{
    public static ILoggingBuilder AddBotLogging(this ILoggingBuilder logging, IConfiguration configuration, bool quiet)
    {
        logging.ClearProviders();
        logging.AddConfiguration(configuration.GetSection("Logging"));
        if (quiet)
            logging.AddFilter(level => level >= LogLevel.Warning);

        // Results are on stdout, and nothing else is.
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (Console.IsErrorRedirected && !quiet)
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        else
            logging.AddSimpleConsole(line => line.SingleLine = true);
        return logging;
    }
}
