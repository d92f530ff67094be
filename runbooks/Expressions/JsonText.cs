using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary>
/// Texts of JSON, also where an escape names half a surrogate pair: System.Text.Json parses such a document and then refuses to hand the
/// text out. An answer of some server must not end a run that way; the half becomes U+FFFD.
/// </summary>
internal static class JsonText
{
    public static string Of(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescaped(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(json)[1..^1]));
        }
    }

    public static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return Unescaped(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(member)));
        }
    }

    /// <summary>Whether an escape in it names half a surrogate pair: such a document cannot be written again as it is.</summary>
    public static bool HasHalf(ReadOnlySpan<byte> json)
    {
        var wantsLow = false;
        while (json.IndexOf((byte)'\\') is >= 0 and var at)
        {
            // Only right behind its first half the second one completes it.
            if (wantsLow && at > 0)
                return true;
            var isCode = json[at + 1] is (byte)'u';
            var code = isCode ? Code(json.Slice(at + 2, 4)) : '\0';
            if (wantsLow != char.IsLowSurrogate(code))
                return true;
            wantsLow = char.IsHighSurrogate(code);
            json = json[(at + (isCode ? 6 : 2))..];
        }

        return wantsLow;
    }

    /// <summary>Bytes of it without blanks and escapes: the same however it was written.</summary>
    public static long SizeOf(JsonElement json)
    {
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(json), new JsonReaderOptions { MaxDepth = int.MaxValue });
        var size = 0L;
        while (reader.Read())
        {
            // What stands around a token: quotes and a colon, a bracket, a comma.
            size += reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 3 : 1;
            size += reader.ValueIsEscaped ? UnescapedSize(reader.ValueSpan) : reader.ValueSpan.Length;
        }

        return size;
    }

    private static long UnescapedSize(ReadOnlySpan<byte> text)
    {
        var size = 0L;
        while (text.IndexOf((byte)'\\') is >= 0 and var at)
        {
            var isCode = text[at + 1] is (byte)'u';
            size += at + (isCode ? Utf8SizeOf(Code(text.Slice(at + 2, 4))) : 1);
            text = text[(at + (isCode ? 6 : 2))..];
        }

        return size + text.Length;
    }

    // Each half of a surrogate pair is two of its four bytes.
    private static int Utf8SizeOf(char code) =>
        code < 0x80 ? 1
        : code < 0x800 || char.IsSurrogate(code) ? 2
        : 3;

    private static string Unescaped(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            text.Append(
                raw[++i] switch
                {
                    'b' => '\b',
                    'f' => '\f',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => Code(raw.AsSpan(i + 1, 4)),
                    var letter => letter,
                }
            );
            if (raw[i] == 'u')
                i += 4;
        }

        return Whole(text.ToString());
    }

    private static char Code(ReadOnlySpan<byte> digits) => (char)ushort.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static char Code(ReadOnlySpan<char> digits) => (char)ushort.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Whole(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
}
