using System.Buffers;
using System.Text.Json;

namespace Runbooks.Actions;

/// <summary>
/// Which headers may leave with a request (RFC 9110, section 5). A text may come from an alert, and .NET sends what it is given: a line
/// break in a value would begin another header, or another request.
/// </summary>
public static class HeaderRules
{
    // A token: section 5.6.2.
    private static readonly SearchValues<char> InNames = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    // Beyond ASCII some servers read Latin-1, others UTF-8, others nothing: section 5.5.
    private static readonly SearchValues<char> InValues = SearchValues.Create([
        '\t',
        .. Enumerable.Range(' ', '~' - ' ' + 1).Select(one => (char)one),
    ]);

    // Of the connection and of how a message is cut from it (section 7.6.1; RFC 9112, section 6): the transport writes them, by what it does.
    private static readonly HashSet<string> OfConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection",
        "Content-Length",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    };

    private static readonly HashSet<string> OfBody = new(StringComparer.OrdinalIgnoreCase)
    {
        "Allow",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Content-Location",
        "Content-MD5",
        "Content-Range",
        "Content-Type",
        "Expires",
        "Last-Modified",
    };

    /// <summary>Whether it authenticates: its value is for nobody to see.</summary>
    public static bool IsSecret(string name) =>
        name.Contains("authorization", StringComparison.OrdinalIgnoreCase)
        || name.Contains("token", StringComparison.OrdinalIgnoreCase)
        || name.Contains("secret", StringComparison.OrdinalIgnoreCase)
        || name.Contains("signature", StringComparison.OrdinalIgnoreCase)
        || name.Contains("api-key", StringComparison.OrdinalIgnoreCase)
        || name.Equals("cookie", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether .NET holds it to be the body's.</summary>
    public static bool IsOfBody(string name) => OfBody.Contains(name);

    /// <param name="ofBody">What says something of the body may be among them.</param>
    /// <returns>What they must be instead, as it goes on after "must be"; it names the first that is wrong, and quotes no value. Null: all may leave.</returns>
    public static string? Problem(IReadOnlyDictionary<string, string> headers, bool ofBody)
    {
        foreach (var (name, value) in headers)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(InNames))
                return $"without {JsonSerializer.Serialize(name)}: a header's name is one word of letters, digits and hyphens";
            if (OfConnection.Contains(name))
                return $"without '{name}': the connection sets it itself, by what is sent";
            if (!ofBody && IsOfBody(name))
                return $"without '{name}': the action sets it itself, by what it sends";
            if (Problem(value) is { } wrong)
                return $"without {wrong} in the value of '{name}'";
        }

        return null;
    }

    /// <returns>What stands in the value that may not, as "a line break"; null: it may leave.</returns>
    public static string? Problem(string? value) =>
        value.AsSpan().IndexOfAnyExcept(InValues) is var at and >= 0
            ? value![at] switch
            {
                '\r' or '\n' => "a line break",
                > '\u009f' => "letters beyond ASCII",
                _ => "a control character",
            }
            : null;
}
