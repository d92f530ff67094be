namespace Integrations;

/// <summary>Words that were written apart, read one after the other.</summary>
public static class Prose
{
    /// <summary>Each of them is a sentence of its own: where it does not end as one, a full stop ends it. The last is left as it is.</summary>
    public static string Join(params IEnumerable<string?> parts)
    {
        var said = parts.Where(part => !string.IsNullOrWhiteSpace(part)).Select(part => part!.Trim()).ToList();
        return string.Join(' ', said.Select((part, at) => at == said.Count - 1 || EndsASentence(part) ? part : part + "."));
    }

    private static bool EndsASentence(string text) => text[^1] is '.' or '!' or '?' or '…' or ':' or ';';
}
