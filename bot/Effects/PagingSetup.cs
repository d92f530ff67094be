using Bot.Storage;

namespace Bot.Effects;

internal static class PagingSetup
{
    /// <summary>What calling people needs; the pagers themselves are parts.</summary>
    public static IServiceCollection AddPaging(this IServiceCollection services) =>
        services.AddSingleton<AckKeyTable>().AddSingleton<OpenCalls>();
}
