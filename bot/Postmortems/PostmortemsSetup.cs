namespace Bot.Postmortems;

internal static class PostmortemsSetup
{
    public static IServiceCollection AddPostmortems(this IServiceCollection services) => services.AddSingleton<PostmortemWriter>();
}
