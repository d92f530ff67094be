using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;

namespace Runbooks.Secrets;

/// <summary>
/// Which parts of a secret are secrets themselves: what in a URL, a connection string, a header, or a file of names and values lets somebody
/// in. Whoever is called with the whole may repeat that part alone. In doubt a part is taken: a star too many hides a word.
/// </summary>
internal static partial class SecretParts
{
    // What people choose is longer and speaks: in a path or as an account's name only what looks made by a machine is taken.
    private const int ShortestRandom = 16;

    // Behind a word that often means something else, as `key: name`.
    private const int ShortestVague = 8;

    // What is longer is no value but the rest of a document.
    private const int LongestLoose = 512;

    private const string Clear =
        "password|passwd|passphrase|passcode|pass|pwd|psw|pw|secret|token|credentials?|account-?key|api-?key|sharedaccesskey|client-key-data|requirepass|masterauth";

    private const string Vague = "key|auth|authorization|sig|signature|code";

    // The last word of a name tells: client_secret, aws_secret_access_key, sslpassword, PGPASSWORD, X-Api-Key, _authToken.
    private const string Name =
        $$"""(^|[\s;,:?&{(])["']?[\w.\-]*(?<name>{{Clear}}|{{Vague}})([_\-]?(data|value|base64|b64))?["']?\s*[=:]\s*""";

    private const RegexOptions Options =
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    public static IEnumerable<string> Of(string secret) =>
        Users(secret)
            .Concat(Places(secret))
            .Concat(Values(secret))
            .Concat(Found(Scheme(), secret))
            .Concat(Found(Netrc(), secret))
            .Concat(Lines(secret))
            .SelectMany(part => (string[])[part, Uri.UnescapeDataString(part), .. Decoded(part)])
            .Where(part => part.ToLowerInvariant() is not ("true" or "false" or "null" or "none"));

    /// <summary>What stands behind base64, if that is a text: the key of a kubeconfig, the login of a registry, a whole file in one variable.</summary>
    public static IEnumerable<string> Decoded(string text)
    {
        if (text.Length < ShortestVague || !Base64.IsValid(text))
            yield break;
        var plain = Encoding.UTF8.GetString(Convert.FromBase64String(text));
        if (plain.Any(letter => letter is '\uFFFD' || (char.IsControl(letter) && !char.IsWhiteSpace(letter))))
            yield break;
        yield return plain;
        foreach (var line in plain.Split('\n').Select(line => line.Trim()).Where(line => !SecretForms.IsPemBoundary(line)))
        {
            yield return line;
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
                yield return line[(colon + 1)..].Trim();
        }
    }

    // RFC 3986, section 3.2.1. Passwords are often written with an @ of their own: the last one ends them.
    private static IEnumerable<string> Users(string secret)
    {
        foreach (Match match in UserInfo().Matches(secret))
        {
            var info = match.Groups["value"].Value;
            var (user, password) = info.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
                ? (info[..colon], info[(colon + 1)..])
                : (info, "");
            if (password.Length > 0)
            {
                yield return info;
                yield return password;
            }

            // Of a web address without a password the user is a token; of a database's it is an account.
            var isAlone = password.Length < SecretMask.Shortest || password is "x-oauth-basic";
            if (IsRandom(user) || (isAlone && match.Groups["web"].Success))
                yield return user;
        }
    }

    // The secret of a webhook is in its path, that of a signed address in its query.
    private static IEnumerable<string> Places(string secret) =>
        Found(Place(), secret).SelectMany(place => place.Split(['/', '?', '&', '#', '=', ':', ';'])).Where(IsRandom);

    private static IEnumerable<string> Values(string secret)
    {
        foreach (var regex in (Regex[])[Bare(), Loose(), Doubled(), Escaped(), Braced()])
        {
            foreach (Match match in regex.Matches(secret))
            {
                var value = match.Groups["value"].Value.Trim();
                if (value.Length < (IsVague(match.Groups["name"].Value) ? ShortestVague : SecretMask.Shortest))
                    continue;
                if (regex == Loose() && value.Length > LongestLoose)
                    continue;
                yield return value;
                if (regex == Doubled())
                    yield return value.Replace("''", "'", StringComparison.Ordinal).Replace("\"\"", "\"", StringComparison.Ordinal);
                if (regex == Escaped())
                    yield return Backslash().Replace(value, "${letter}");
            }
        }
    }

    // user:password, user:password@host, and PostgreSQL's host:port:database:user:password.
    private static IEnumerable<string> Lines(string secret)
    {
        foreach (Match match in Login().Matches(secret))
        {
            var value = match.Groups["value"].Value;
            if (value.StartsWith("//", StringComparison.Ordinal))
                continue;
            yield return value;
            if (value.LastIndexOf('@') is var at and > 0)
                yield return value[..at];
            if (value.Split(':') is [_, _, _, .. { Length: > 0 } rest])
                yield return string.Join(':', rest);
        }
    }

    private static IEnumerable<string> Found(Regex regex, string secret) =>
        regex.Matches(secret).Select(match => match.Groups["value"].Value);

    private static bool IsRandom(string text) =>
        text.Length >= ShortestRandom && text.Any(char.IsAsciiLetter) && text.Any(char.IsAsciiDigit);

    private static bool IsVague(string name) => Vague.Split('|').Contains(name, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex("""((?<web>([a-z]+\+)?https?|rediss?)|[a-z0-9+.\-]*)://(?<value>[^\s/?#"<>]*)@""", Options)]
    private static partial Regex UserInfo();

    [GeneratedRegex("""https?://[^\s/?#"'<>]*(?<value>[/?#][^\s"'<>]*)""", Options)]
    private static partial Regex Place();

    [GeneratedRegex(Name + """(?<value>[^\s;,&}"']+)""", Options)]
    private static partial Regex Bare();

    // With blanks and quotes in it, as a connection string's may be; also the rest of a line.
    [GeneratedRegex(Name + """(?<value>[^\s;"'{][^;\r\n]*)""", Options)]
    private static partial Regex Loose();

    [GeneratedRegex(Name + """("(?<value>([^"]|"")*)"|'(?<value>([^']|'')*)')""", Options)]
    private static partial Regex Doubled();

    [GeneratedRegex(Name + """("(?<value>([^"\\]|\\.)*)"|'(?<value>([^'\\]|\\.)*)')""", Options)]
    private static partial Regex Escaped();

    // ODBC's quotes.
    [GeneratedRegex(Name + """\{(?<value>[^{}]*)\}""", Options)]
    private static partial Regex Braced();

    [GeneratedRegex("""(^|[:=]\s*["']?)(bearer|basic|token|apikey)\s+(?<value>[\w.~+/=\-]{8,})""", Options | RegexOptions.Multiline)]
    private static partial Regex Scheme();

    [GeneratedRegex("""(^|\s)login\s+\S+\s+password\s+(?<value>\S+)""", Options)]
    private static partial Regex Netrc();

    [GeneratedRegex("""^[^\s:/@"'{}]+:(?<value>\S{8,})\s*$""", Options | RegexOptions.Multiline)]
    private static partial Regex Login();

    [GeneratedRegex(@"\\(?<letter>.)", Options | RegexOptions.Singleline)]
    private static partial Regex Backslash();
}
