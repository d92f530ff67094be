using Bot.Effects;
using Bot.Parts;
using Bot.Storage;
using Integrations;

namespace Bot.Chat;

internal static class ChatSetup
{
    /// <summary>The bot's side of every chat platform: its inbox, its directory, its outbox.</summary>
    public static IServiceCollection AddChat(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(ChatOptions.From(configuration))
            .AddSingleton<RoomTable>()
            .AddSingleton<PostTable>()
            .AddSingleton<InviteTable>()
            .AddSingleton<ChatPeople>()
            .AddSingleton<IStrangers, Strangers>()
            .AddSingleton<CalledPeople>()
            .AddHostedService(provider => provider.GetRequiredService<CalledPeople>())
            .AddSingleton<ChatHome>()
            .AddSingleton<ChatDirectory>()
            .AddSingleton<IChatDirectory>(provider => provider.GetRequiredService<ChatDirectory>())
            .AddHostedService(provider => provider.GetRequiredService<ChatDirectory>())
            .AddSingleton<IChatInbox, ChatInbox>()
            .AddSingleton<RoomSights>()
            .AddSingleton<HeldBoard>()
            .AddHostedService<Postmen>();

    /// <summary>Doors of vendors: before all other middleware, since each authenticates by itself.</summary>
    public static void MapDoors(this WebApplication app)
    {
        var doors = PartCatalog.ByName(app.Services.GetServices<IWebDoor>(), door => door.Paths);
        app.Use(
            (context, next) =>
                context.Request.Path.Value is { } path && doors.TryGetValue(path, out var door) ? door.HandleAsync(context) : next(context)
        );
    }
}
