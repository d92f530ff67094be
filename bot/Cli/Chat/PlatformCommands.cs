using System.CommandLine;
using System.Reflection;
using Bot.Parts;
using Integrations;

namespace Bot.Cli.Chat;

/// <summary><c>incident PLATFORM manifest | check</c>, for each platform that can be set up.</summary>
internal static class PlatformCommands
{
    public static IEnumerable<Command> Build() =>
        PartCatalog
            .OfProduct.Implementing(typeof(IPlatformSetup))
            .Select(type =>
                Build(
                    type,
                    (string)type.GetProperty(nameof(IPlatformSetup.Word), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!
                )
            );

    private static Command Build(Type type, string word)
    {
        var manifest = new Command("manifest", "Prints what the platform reads to make the app");
        manifest.SetAction(parsed =>
        {
            using var services = Services();
            var configuration = services.GetRequiredService<IConfiguration>();
            var address = configuration["Web:PublicUrl"] is { Length: > 0 } text ? text : "http://127.0.0.1:5080";
            parsed.Terminal().Out.WriteLine(Setup(services, type).Manifest(new Uri(address)));
            return CommandLine.Success;
        });
        var check = new Command("check", "What is missing in the installed app, with the fix; 1 if something is");
        check.SetAction(
            async (parsed, cancel) =>
            {
                await using var services = Services();
                var findings = await Setup(services, type).CheckAsync(cancel);
                var lines = findings.Select(finding =>
                    finding.IsWell
                        ? $"ok       {finding.What}"
                        : $"{(finding.IsKnown ? "MISSING" : "UNKNOWN")}  {finding.What}\n         {finding.Fix}"
                );
                parsed.Terminal().Result(new { findings }, string.Join('\n', lines));
                return findings.All(finding => finding.IsWell || !finding.IsKnown) ? CommandLine.Success : CommandLine.Failure;
            }
        );
        return new Command(word, $"Setting up {char.ToUpperInvariant(word[0])}{word[1..]}") { manifest, check };
    }

    private static IPlatformSetup Setup(IServiceProvider services, Type type) =>
        (IPlatformSetup)ActivatorUtilities.CreateInstance(services, type);

    // Only what the setup itself asks for is ever made: no database, no server.
    private static ServiceProvider Services()
    {
        var configuration = BotSettings.Read(BotSettings.FindRoot());
        return new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddLogging()
            .AddHttpClient()
            .AddParts(PartCatalog.OfProduct, configuration)
            .BuildServiceProvider();
    }
}
