using Bot;
using Bot.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Tests.Crash.Host;

/// <summary>
/// <c>dotnet Tests.dll</c>: the bot as the product composes it, which kills itself with -9 at the point that it is told. So the
/// product has no crash points of its own.
/// </summary>
internal static class CrashHost
{
    public static async Task Main()
    {
        var points = new CrashPoints(
            Environment.GetEnvironmentVariable(CrashPoints.ArmedVariable)!,
            Environment.GetEnvironmentVariable(CrashPoints.PassedVariable)!
        );
        await using var app = BotHost.Build(services: services => services.AddCrashPoints(points));
        app.Services.GetRequiredService<IStore>();
        await app.StartAsync();
        await app.WaitForShutdownAsync();
    }
}
