using System.Text.Json.Nodes;
using Bot.Cli.Runbooks;
using Microsoft.Extensions.Configuration;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Tests.Actions;

/// <summary>
/// Any action that leaves the machine, called as the first example of its reference page, but aimed at one port of this machine. It
/// knows the arguments that say where a call goes by their names, so that a new action is aimed, too.
/// </summary>
internal static class AimedCall
{
    public const string Secret = "planted-3fa9c1e07d";

    /// <summary>The step's time limit.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <summary>Those of the integrations.</summary>
    public static IReadOnlyDictionary<string, IStepAction> At(int port, bool tls = false)
    {
        var scheme = tls ? "https" : "http";
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["Runbooks:AllowedHosts:0"] = "127.0.0.1",
                    ["Runbooks:AllowedHosts:1"] = "localhost",
                    ["GitHub:Token"] = Secret,
                    ["GitHub:ApiUrl"] = $"{scheme}://127.0.0.1:{port}/",
                }
            )
            .Build();
        return new Workbench(settings)
            .Actions.Where(action => action.Value.GetType().Assembly == typeof(Integrations.Outward).Assembly)
            .ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>The arguments of its example, aimed at a port; null: nothing in it says where it goes.</summary>
    public static JsonObject? Arguments(IStepAction action, int port, bool tls = false)
    {
        var tree = (YamlTree.Mapping)YamlTree.Parse(action.Guide.Examples[0], [])!;
        var with = (JsonObject)JsonNode.Parse(Values.ToJson(tree["with"]!.ToValue()).GetRawText())!;
        var address = $"127.0.0.1:{port}";
        var url = $"{(tls ? "https" : "http")}://{address}";
        var aimed = action.Name.StartsWith("github/", StringComparison.Ordinal);
        foreach (var argument in ArgumentList.Of(action.Arguments))
        {
            JsonNode? aim = argument.Key switch
            {
                "url" or "endpoint" => url,
                "address" or "socket" => address,
                "server" when action.Name is "dns/resolve@1" => address,
                "sentinels" => new JsonArray(address),
                "connection" => $"Host=127.0.0.1;Port={port};Username=incident;Database=shop;Password={Secret}",
                "kubeconfig" => Kubeconfig(url),
                "host" => "127.0.0.1",
                _ => null,
            };
            aimed |= aim is not null;
            aim ??= argument.Key switch
            {
                "port" => port,
                "context" => "lab",
                "password" => Secret,
                "tls" => tls,
                "path" => Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
                _ => null,
            };
            if (aim is not null)
                with[argument.Key] = aim;
        }

        with.Remove("key");
        return aimed ? with : null;
    }

    /// <summary>As the engine calls it.</summary>
    public static async Task<(ActionResult Result, TimeSpan Took)> RunAsync(IStepAction action, JsonObject with)
    {
        var started = TimeProvider.System.GetTimestamp();
        var result = await Called.RunAsync(action, with, Limit);
        return (result, TimeProvider.System.GetElapsedTime(started));
    }

    private static string Kubeconfig(string url) =>
        $$"""
            apiVersion: v1
            kind: Config
            current-context: lab
            clusters: [{ name: lab, cluster: { server: "{{url}}" } }]
            users: [{ name: bot, user: { token: {{Secret}} } }]
            contexts: [{ name: lab, context: { cluster: lab, user: bot } }]
            """;
}
