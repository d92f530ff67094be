using System.Globalization;
using System.Net;

namespace Integrations;

/// <summary><c>host:port</c>, <c>[address]:port</c> or <c>host</c>.</summary>
internal static class HostAndPort
{
    /// <returns>Null: it is neither.</returns>
    public static DnsEndPoint? Parse(string text, int usual)
    {
        var bare = text.Trim();
        if (bare.Length == 0 || bare.Any(char.IsWhiteSpace) || bare.Contains("//", StringComparison.Ordinal))
            return null;
        var colon = bare.LastIndexOf(':');
        // Several colons without brackets are an IPv6 address.
        if (colon < 0 || bare.EndsWith(']') || (bare.IndexOf(':', StringComparison.Ordinal) != colon && bare[0] is not '['))
            return new DnsEndPoint(bare.Trim('[', ']'), usual);
        return
            colon > 0
            && int.TryParse(bare.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= IPEndPoint.MaxPort
            ? new DnsEndPoint(bare[..colon].Trim('[', ']'), port)
            : null;
    }

    public static string Said(this DnsEndPoint place) =>
        place.Host.Contains(':', StringComparison.Ordinal) ? $"[{place.Host}]:{place.Port}" : $"{place.Host}:{place.Port}";
}
