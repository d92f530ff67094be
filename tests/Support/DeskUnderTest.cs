using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Tests.Support;

/// <summary>A desk on a real database, without the rest of the bot.</summary>
internal sealed class DeskUnderTest : IAsyncDisposable
{
    private readonly ServiceProvider services;

    public DeskUnderTest(string connectionString, TimeProvider? time = null)
    {
        services = new ServiceCollection()
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton<IIdSource, SystemIds>()
            .AddSingleton(FactFamilies.Catalog)
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddStorage(connectionString)
            .AddSingleton(ReminderOptions.Usual)
            .AddSingleton<IDesk, WritingDesk>()
            .BuildServiceProvider();
        Desk = services.GetRequiredService<IDesk>();
    }

    public IDesk Desk { get; }

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
