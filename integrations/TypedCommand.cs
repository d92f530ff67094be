using System.Text;

namespace Integrations;

/// <summary>Makes the typed line of a form's answers: <c>/incident declare Title --severity sev2</c>.</summary>
public static class TypedCommand
{
    /// <param name="fields"><c>positional.NAME</c> and <c>option.NAME</c> with what was answered.</param>
    public static string From(string command, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var line = new StringBuilder(command.Trim());
        foreach (var (name, answer) in fields)
        {
            var value = answer.Trim();
            if (value.Length == 0)
                continue;
            if (name.StartsWith("positional.", StringComparison.Ordinal))
                line.Append(' ').Append(NeedsQuotes(value) ? Quoted(value) : value);
            else if (name.StartsWith("option.", StringComparison.Ordinal))
                line.Append(" --").Append(name.AsSpan("option.".Length)).Append(' ').Append(Quoted(value));
        }

        return line.ToString();
    }

    // A text that would be read as options or quotes, or whose line breaks matter, is one quoted word.
    private static bool NeedsQuotes(string value) =>
        value.Contains("--", StringComparison.Ordinal) || value.AsSpan().ContainsAny("—–\n") || value[0] is '"' or '“' or '”' or '„';

    private static string Quoted(string value) =>
        "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal) + "\"";
}
