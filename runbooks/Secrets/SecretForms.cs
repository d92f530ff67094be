using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Runbooks.Secrets;

/// <summary>
/// All texts by which a secret could be read: itself, its lines, the values inside it if it is JSON, its <see cref="SecretParts"/>,
/// and each of these in base64 and hex. Escapes (JSON, URL, XML, shell …) are undone while searching and need no form of their own.
/// </summary>
internal static partial class SecretForms
{
    // A bracket or a word of a longer secret is none; starring it would hide innocent text and protect nothing.
    private const int ShortestLine = SecretMask.Shortest;
    private const int ShortestMember = 8;

    // Hosts and header names come back in another case.
    private const int ShortestCased = 12;
    private const int LongestWide = 512;

    private static readonly string[] Ends = ["", "\n", "\r\n"];

    public static IEnumerable<SecretForm> Of(string secret) =>
        Texts(secret)
            .Where(text => text.Length >= SecretMask.Shortest)
            .Distinct(StringComparer.Ordinal)
            .SelectMany(Encoded)
            .Concat(Cased(secret).Select(text => new SecretForm(text, Folded: false)));

    /// <summary>The same in every key of its kind: no secret.</summary>
    public static bool IsPemBoundary(string line) => PemBoundary().IsMatch(line);

    private static IEnumerable<string> Texts(string secret)
    {
        yield return secret;
        yield return secret.Trim();
        yield return PlainText.Of(secret);
        foreach (var line in secret.Split('\n').Select(line => line.Trim()))
        {
            if (line.Length >= ShortestLine && !IsPemBoundary(line))
                yield return line;
        }

        foreach (var text in (string[])[secret, .. Members(secret), .. SecretParts.Decoded(secret)])
        {
            yield return text;
            foreach (var part in SecretParts.Of(text))
                yield return part;
        }
    }

    private static IEnumerable<string> Cased(string secret) =>
        secret.Length is >= ShortestCased and <= LongestWide ? [secret.ToLowerInvariant(), secret.ToUpperInvariant()] : [];

    // A service account's key file is one secret; what a script takes out of it is as secret.
    private static List<string> Members(string secret)
    {
        var found = new List<string>();
        if (secret.TrimStart() is not ['{' or '[', ..])
            return found;
        try
        {
            using var json = JsonDocument.Parse(secret);
            Collect(json.RootElement);
        }
        catch (JsonException)
        {
            // It only looks like JSON.
            return [];
        }

        return found;

        void Collect(JsonElement value)
        {
            if (value.ValueKind is JsonValueKind.Object)
            {
                foreach (var member in value.EnumerateObject())
                    Collect(member.Value);
            }
            else if (value.ValueKind is JsonValueKind.Array)
            {
                foreach (var item in value.EnumerateArray())
                    Collect(item);
            }
            else if (value.ValueKind is JsonValueKind.String && value.GetString() is { Length: >= ShortestMember } text)
            {
                found.Add(text);
                found.AddRange(
                    text.Split('\n').Select(line => line.Trim()).Where(line => line.Length >= ShortestMember && !IsPemBoundary(line))
                );
            }
        }
    }

    private static IEnumerable<SecretForm> Encoded(string text)
    {
        yield return new SecretForm(text, Folded: false);
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var form in Base64(bytes, Encoding.UTF8))
            yield return new SecretForm(form, Folded: true);
        yield return new SecretForm(Convert.ToHexStringLower(bytes), Folded: true);
        yield return new SecretForm(Convert.ToHexString(bytes), Folded: true);
        if (text.Length > LongestWide)
            yield break;
        // What PowerShell means by text.
        foreach (var form in Base64(Encoding.Unicode.GetBytes(text), Encoding.Unicode))
            yield return new SecretForm(form, Folded: true);
    }

    // Inside longer text only the characters that the secret alone decides are the same; there are three ways to lie. At the end of what is
    // encoded the last ones are known as well: files and `echo` add a line break there.
    private static IEnumerable<string> Base64(byte[] bytes, Encoding encoding)
    {
        for (var shift = 0; shift < 3; shift++)
        {
            var encoded = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            var first = shift == 0 ? 0 : shift + 1;
            var tail = ((bytes.Length + shift) % 3) switch
            {
                0 => 0,
                1 => 3,
                _ => 2,
            };
            IEnumerable<string> forms = Ends.SelectMany(end => Ending(bytes, shift, first, encoding.GetBytes(end)))
                .Prepend(encoded[first..^tail])
                .Distinct(StringComparer.Ordinal);
            foreach (var form in forms.Where(form => form.Length >= SecretMask.Shortest))
            {
                yield return form;
                if (form.AsSpan().IndexOfAny('+', '/') >= 0)
                    yield return form.Replace('+', '-').Replace('/', '_');
            }
        }
    }

    // With its padding, and without, as in a URL.
    private static IEnumerable<string> Ending(byte[] bytes, int shift, int first, byte[] end)
    {
        var whole = Convert.ToBase64String([.. new byte[shift], .. bytes, .. end])[first..];
        return [whole, whole.TrimEnd('=')];
    }

    [GeneratedRegex(@"\A-----(BEGIN|END) [A-Z0-9 ]+-----\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PemBoundary();
}
