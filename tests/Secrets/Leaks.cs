using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tests.Secrets;

/// <summary>The ways in which a secret turns up in what programs write, each by the encoder that people really use.</summary>
internal static class Leaks
{
    /// <summary>By name: the secret somewhere in a larger text, and what must not be left of it.</summary>
    public static IReadOnlyDictionary<string, Func<string, (string Text, string[] Traces)>> All { get; } =
        new SortedDictionary<string, Func<string, (string, string[])>>(StringComparer.Ordinal)
        {
            ["plain"] = Whole(secret => secret),
            ["url"] = Whole(Uri.EscapeDataString),
            ["url-lower-hex"] = Whole(secret => LowerHex(Uri.EscapeDataString(secret))),
            ["url-all"] = Whole(secret => string.Concat(Encoding.UTF8.GetBytes(secret).Select(one => $"%{one:X2}"))),
            ["form"] = Whole(secret => WebUtility.UrlEncode(secret)),
            ["form-lower-hex"] = Whole(secret => LowerHex(WebUtility.UrlEncode(secret))),
            ["json"] = Whole(secret => JsonSerializer.Serialize(secret)[1..^1]),
            ["json-relaxed"] = Whole(secret => JsonSerializer.Serialize(secret, Relaxed)[1..^1]),
            ["json-all-upper"] = Whole(secret => string.Concat(secret.Select(letter => $"\\u{(int)letter:X4}"))),
            ["json-all-lower"] = Whole(secret => string.Concat(secret.Select(letter => $"\\u{(int)letter:x4}"))),
            ["json-slash"] = Whole(secret => JsonSerializer.Serialize(secret, Relaxed)[1..^1].Replace("/", "\\/")),
            ["json-in-json"] = Whole(secret => JsonSerializer.Serialize(JsonSerializer.Serialize(secret)[1..^1])[1..^1]),
            ["json-in-json-relaxed"] = Whole(secret =>
                JsonSerializer.Serialize(JsonSerializer.Serialize(secret, Relaxed)[1..^1], Relaxed)[1..^1]
            ),
            ["json-in-url"] = Whole(secret => Uri.EscapeDataString(JsonSerializer.Serialize(secret, Relaxed)[1..^1])),
            ["url-in-url"] = Whole(secret => Uri.EscapeDataString(Uri.EscapeDataString(secret))),
            ["html"] = Whole(secret => WebUtility.HtmlEncode(secret)),
            ["html-encoder"] = Whole(secret => HtmlEncoder.Default.Encode(secret)),
            ["xml"] = Whole(secret => System.Security.SecurityElement.Escape(secret)),
            ["xml-decimal"] = Whole(secret => string.Concat(secret.EnumerateRunes().Select(rune => $"&#{rune.Value};"))),
            ["xml-hex"] = Whole(secret => string.Concat(secret.EnumerateRunes().Select(rune => $"&#x{rune.Value:x};"))),
            ["html-in-html"] = Whole(secret => WebUtility.HtmlEncode(WebUtility.HtmlEncode(secret))),
            ["javascript"] = Whole(secret => JavaScriptEncoder.Default.Encode(secret)),
            ["shell-single"] = Whole(secret => secret.Replace("'", "'\\''")),
            ["shell-mixed"] = Whole(secret => secret.Replace("'", "'\"'\"'")),
            ["shell-backslash"] = Whole(secret =>
                string.Concat(
                    secret.Select(letter =>
                        letter < 128 && !char.IsAsciiLetterOrDigit(letter) && letter is not '\n' ? $"\\{letter}" : $"{letter}"
                    )
                )
            ),
            ["sql"] = Whole(secret => secret.Replace("'", "''")),
            ["csv"] = Whole(secret => secret.Replace("\"", "\"\"")),
            ["hex"] = Whole(secret => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret))),
            ["hex-upper"] = Whole(secret => Convert.ToHexString(Encoding.UTF8.GetBytes(secret))),
            ["base64-0"] = Base64("", url: false),
            ["base64-1"] = Base64("a", url: false),
            ["base64-2"] = Base64("ab", url: false),
            ["base64-3"] = Base64("user:", url: false),
            ["base64url-0"] = Base64("", url: true),
            ["base64url-1"] = Base64("x", url: true),
            ["base64url-2"] = Base64("xy", url: true),
            ["base64-folded"] = secret =>
            {
                var (text, traces) = Base64("user:", url: false)(secret);
                return (Fold(text), [.. traces.SelectMany(trace => Pieces(trace))]);
            },
            ["base64-in-json"] = secret =>
            {
                var (text, traces) = Base64("user:", url: false)(secret);
                return (JsonSerializer.Serialize(text), traces);
            },
            ["base64-in-url"] = secret =>
            {
                var (text, traces) = Base64("user:", url: false)(secret);
                return (Uri.EscapeDataString(text), traces);
            },
            ["powershell-base64"] = secret =>
            {
                var text = Convert.ToBase64String(Encoding.Unicode.GetBytes("echo " + secret));
                return (text, [Convert.ToBase64String(Encoding.Unicode.GetBytes(secret))[..^4]]);
            },
            ["lines"] = secret => (string.Join("\n", secret.Split('\n').Select(line => "> " + line.Trim())), Lines(secret)),
            ["crlf"] = secret => (secret.Replace("\n", "\r\n"), Lines(secret)),
        };

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Func<string, (string, string[])> Whole(Func<string, string> encode) =>
        secret =>
        {
            var encoded = encode(secret);
            return (encoded, [encoded]);
        };

    // The first and last character carry bits of the neighbours, too; what lies between is the secret's alone.
    private static Func<string, (string, string[])> Base64(string before, bool url) =>
        secret =>
        {
            var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + secret + "!"));
            if (url)
                text = text.TrimEnd('=').Replace('+', '-').Replace('/', '_');
            var first = ((Encoding.UTF8.GetByteCount(before) * 8) + 5) / 6;
            var last = (Encoding.UTF8.GetByteCount(before + secret) * 8) / 6;
            return (text, [text[first..last]]);
        };

    private static string Fold(string text) => string.Join('\n', text.Chunk(76).Select(line => new string(line)));

    private static IEnumerable<string> Pieces(string trace) =>
        trace.Chunk(16).Where(piece => piece.Length == 16).Select(piece => new string(piece));

    private static string[] Lines(string secret) =>
        [
            .. secret
                .Split('\n')
                .Select(line => line.Trim())
                .Where(line => line.Length >= 4 && !line.StartsWith("-----", StringComparison.Ordinal)),
        ];

    private static string LowerHex(string url)
    {
        var letters = url.ToCharArray();
        for (var i = 0; i + 2 < letters.Length; i++)
        {
            if (letters[i] is '%')
                (letters[i + 1], letters[i + 2]) = (char.ToLowerInvariant(letters[i + 1]), char.ToLowerInvariant(letters[i + 2]));
        }

        return new string(letters);
    }
}
