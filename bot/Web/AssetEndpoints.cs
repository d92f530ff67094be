using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Bot.Web;

/// <summary>Style sheet, script and icon, from within the executable: a node is one file tree and works from any folder.</summary>
internal static class AssetEndpoints
{
    private const string Prefix = "Bot.Web.Assets.";

    private static readonly FrozenDictionary<string, Asset> Assets = typeof(AssetEndpoints)
        .Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(name => Load(name, name[Prefix.Length..]))
        .ToFrozenDictionary(asset => asset.Name);

    /// <summary>The address of an asset; it changes with the content, so that browsers may keep it for ever.</summary>
    public static string Path(string name) => $"/assets/{Assets[name].Version}/{name}";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/assets/{version}/{name}", Get).AllowAnonymous().ExcludeFromDescription();

    private static IResult Get(HttpContext context, string name)
    {
        if (!Assets.TryGetValue(name, out var asset))
            return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Content, asset.Type);
    }

    private static Asset Load(string resource, string name)
    {
        using var stream = typeof(AssetEndpoints).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var type = System.IO.Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "application/octet-stream",
        };
        return new Asset(name, content, type, Convert.ToHexStringLower(SHA256.HashData(content))[..12]);
    }

    private sealed record Asset(string Name, byte[] Content, string Type, string Version);
}
