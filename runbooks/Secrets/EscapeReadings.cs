using System.Globalization;
using System.Net;
using System.Text;

namespace Runbooks.Secrets;

/// <summary>One way to read what stands at a place: one or two characters, and how many characters of the text they take.</summary>
internal readonly record struct Reading(char First, char? Second, int Length);

/// <summary>
/// Undoes escapes at one place of a text: URL (RFC 3986, and + for space), JSON and programming languages, XML and HTML, shells, SQL and
/// CSV; also one escape inside another (JSON in JSON, JSON in a URL). Any encoder's choice of what to escape is
/// understood, since each character is read by itself.
/// </summary>
internal static class EscapeReadings
{
    /// <summary>How far one reading may look ahead.</summary>
    public const int Reach = 96;

    /// <summary>The characters that can be read as something else.</summary>
    public static ReadOnlySpan<char> Starters => "%\\&+'\"`";

    // One escape inside another is not longer than this, once the outer one is undone: &#1114111; and %F0%9F%98%80.
    private const int Inner = 12;

    public static bool IsStarter(char letter) => Starters.Contains(letter);

    /// <param name="text">From the place on; not empty.</param>
    public static void Collect(ReadOnlySpan<char> text, List<Reading> into)
    {
        into.Clear();
        into.Add(new Reading(text[0], null, 1));
        Undo(text, [], into);
        if (text[0] is not ('%' or '\\' or '&') || text.Length < 2)
            return;
        Span<char> plain = stackalloc char[Inner];
        Span<int> ends = stackalloc int[Inner + 1];
        var length = Unfold(text, plain, ends);
        if (length > 1)
            Undo(plain[..length], ends[..(length + 1)], into);
    }

    // The text with the outer escape undone, as far as an inner one may reach; 0 if no inner one begins here.
    private static int Unfold(ReadOnlySpan<char> text, Span<char> plain, Span<int> ends)
    {
        var one = new List<Reading>(4);
        var (kind, at, length) = (text[0], 0, 0);
        ends[0] = 0;
        while (length < plain.Length && at < text.Length)
        {
            var reading = new Reading(text[at], null, 1);
            if (text[at] == kind)
            {
                one.Clear();
                Undo(text[at..], [], one);
                reading = one.Count > 0 ? one[0] : reading;
            }

            if (length == 0 && (reading.Length == 1 || reading.First is not ('%' or '\\' or '&')))
                return 0;
            plain[length++] = reading.First;
            at += reading.Length;
            ends[length] = at;
        }

        return length;
    }

    /// <param name="ends">Where each character of <paramref name="text"/> ends in the outer text; empty: it is the outer text.</param>
    private static void Undo(ReadOnlySpan<char> text, ReadOnlySpan<int> ends, List<Reading> into)
    {
        switch (text[0])
        {
            case '+':
                Add(" ", 1, ends, into);
                break;
            case '%':
                Percent(text, ends, into);
                break;
            case '&':
                Entity(text, ends, into);
                break;
            case '\\':
                Backslash(text, ends, into);
                break;
            case '`' when text.Length > 1 && !char.IsAsciiLetterOrDigit(text[1]):
                Add(text.Slice(1, 1), 2, ends, into);
                break;
            case '\'':
                Quote(text, ends, into);
                break;
            case '"' when text.Length > 1 && text[1] is '"':
                Add("\"", 2, ends, into);
                break;
        }
    }

    private static void Percent(ReadOnlySpan<char> text, ReadOnlySpan<int> ends, List<Reading> into)
    {
        if (text.Length >= 6 && text[1] is 'u' && TryHex(text.Slice(2, 4), out var wide))
            Add([(char)wide], 6, ends, into);
        Bytes(text, "%", 2, ends, into);
    }

    // UTF-8 of one character, each byte written by itself.
    private static void Bytes(ReadOnlySpan<char> text, ReadOnlySpan<char> mark, int digits, ReadOnlySpan<int> ends, List<Reading> into)
    {
        Span<byte> bytes = stackalloc byte[4];
        Span<char> letters = stackalloc char[2];
        var size = mark.Length + digits;
        for (var count = 1; count <= 4 && text.Length >= count * size; count++)
        {
            var part = text.Slice((count - 1) * size, size);
            if (!part.StartsWith(mark) || !TryByte(part[mark.Length..], out bytes[count - 1]))
                return;
            var done = Rune.DecodeFromUtf8(bytes[..count], out var rune, out _);
            if (done is System.Buffers.OperationStatus.Done)
                Add(letters[..rune.EncodeToUtf16(letters)], count * size, ends, into);
            if (done is not System.Buffers.OperationStatus.NeedMoreData)
                return;
        }
    }

    private static void Entity(ReadOnlySpan<char> text, ReadOnlySpan<int> ends, List<Reading> into)
    {
        const int Longest = 12;
        var end = text[..Math.Min(text.Length, Longest)].IndexOf(';');
        if (end < 2)
            return;
        var entity = text[..(end + 1)].ToString();
        var decoded = WebUtility.HtmlDecode(entity);
        if (decoded.Length <= 2 && decoded != entity)
            Add(decoded, entity.Length, ends, into);
    }

    private static void Backslash(ReadOnlySpan<char> text, ReadOnlySpan<int> ends, List<Reading> into)
    {
        if (text.Length < 2)
            return;
        switch (text[1])
        {
            case 'u' when text.Length >= 6 && TryHex(text.Slice(2, 4), out var code):
                Add([(char)code], 6, ends, into);
                break;
            case 'U' when text.Length >= 10 && TryHex(text.Slice(2, 8), out var code) && Rune.IsValid(code):
                Add(new Rune(code).ToString(), 10, ends, into);
                break;
            case 'x' when text.Length >= 4 && TryHex(text.Slice(2, 2), out var code):
                // Python means the character, C and bash mean the byte.
                Add([(char)code], 4, ends, into);
                if (code >= 0x80)
                    Bytes(text, "\\x", 2, ends, into);
                break;
            case >= '0' and <= '3' when text.Length >= 4 && TryByte(text.Slice(1, 3), out _):
                Bytes(text, "\\", 3, ends, into);
                break;
            case 'n':
                Add("\n", 2, ends, into);
                break;
            case 'r':
                Add("\r", 2, ends, into);
                break;
            case 't':
                Add("\t", 2, ends, into);
                break;
            case 'b':
                Add("\b", 2, ends, into);
                break;
            case 'f':
                Add("\f", 2, ends, into);
                break;
            case var other when !char.IsAsciiLetterOrDigit(other):
                Add(text.Slice(1, 1), 2, ends, into);
                break;
        }
    }

    // How shells put a quote inside quotes, and SQL, YAML and PowerShell double it.
    private static void Quote(ReadOnlySpan<char> text, ReadOnlySpan<int> ends, List<Reading> into)
    {
        if (text.StartsWith("'\\''"))
            Add("'", 4, ends, into);
        else if (text.StartsWith("'\"'\"'"))
            Add("'", 5, ends, into);
        else if (text.StartsWith("''"))
            Add("'", 2, ends, into);
    }

    private static void Add(ReadOnlySpan<char> letters, int length, ReadOnlySpan<int> ends, List<Reading> into) =>
        into.Add(new Reading(letters[0], letters.Length > 1 ? letters[1] : null, ends.IsEmpty ? length : ends[length]));

    private static bool TryHex(ReadOnlySpan<char> digits, out int value) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    // Two digits are hex, three are octal.
    private static bool TryByte(ReadOnlySpan<char> digits, out byte value)
    {
        if (digits.Length == 2)
            return byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        value = 0;
        var number = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
                return false;
            number = (number * 8) + digit - '0';
        }

        value = (byte)number;
        return number <= byte.MaxValue;
    }
}
