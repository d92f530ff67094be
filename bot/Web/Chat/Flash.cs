using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Bot.Log;
using Integrations;
using Microsoft.AspNetCore.DataProtection;

namespace Bot.Web.Chat;

/// <summary>A reply to the one who asked.</summary>
public sealed record Said(bool Accepted, string Text, string? Command = null, string? Channel = null, Card? Card = null, Form? Form = null)
{
    public string? Link { get; init; }
}

/// <summary>
/// Carries a reply over the redirect after a form, in a sealed cookie of the asker: any node can show it, and nothing is kept.
/// </summary>
internal sealed class Flash(IDataProtectionProvider protection)
{
    private const string Cookie = "incident-said";

    // Browsers drop a cookie of more than 4 KB whole.
    private const int Most = 3_800;

    private readonly IDataProtector protector = protection.CreateProtector("said");

    public void Put(HttpContext context, Said said)
    {
        var sealedText = Seal(said);
        if (sealedText.Length > Most)
            sealedText = Seal(said with { Card = null, Form = null });
        for (var length = 4_000; sealedText.Length > Most; length /= 2)
            sealedText = Seal(said with { Card = null, Form = null, Text = said.Text[..Math.Min(length, said.Text.Length)] + " …" });
        context.Response.Cookies.Append(
            Cookie,
            sealedText,
            new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = context.Request.IsHttps,
                MaxAge = TimeSpan.FromMinutes(1),
                Path = "/",
            }
        );
    }

    /// <summary>What was said, once.</summary>
    public Said? Take(HttpContext context)
    {
        if (!context.Request.Cookies.TryGetValue(Cookie, out var sealedText) || context.Response.HasStarted)
            return null;
        context.Response.Cookies.Delete(Cookie, new CookieOptions { Path = "/" });
        try
        {
            using var packed = new BrotliStream(
                new MemoryStream(protector.Unprotect(Convert.FromBase64String(sealedText))),
                CompressionMode.Decompress
            );
            return JsonSerializer.Deserialize<Said>(packed, FactJson.Options);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or JsonException)
        {
            // Not ours, or sealed with a key that is gone: there is nothing to show.
            return null;
        }
    }

    private string Seal(Said said)
    {
        var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            JsonSerializer.Serialize(brotli, said, FactJson.Options);
        return Convert.ToBase64String(protector.Protect(packed.ToArray()));
    }
}
