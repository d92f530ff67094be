namespace Bot.Timeline;

internal static class TimelineSetup
{
    public static IServiceCollection AddTimeline(this IServiceCollection services) =>
        services.AddSingleton<TimelineReader>().AddSingleton<ChainCheck>();
}
