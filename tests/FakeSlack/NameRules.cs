namespace Tests.FakeSlack;

/// <summary>Slack's rules for the name of a channel, by its own error names (docs.slack.dev, conversations.create).</summary>
internal static class NameRules
{
    public const int Most = 80;

    /// <summary>The error of a name; null where it is a good one.</summary>
    public static string? Problem(string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
            return "invalid_name_required";
        if (name.Length > Most)
            return "invalid_name_maxlength";
        if (name.All(letter => letter is '-' or '_'))
            return "invalid_name_punctuation";
        if (name.Any(letter => char.IsUpper(letter) || !(char.IsLetterOrDigit(letter) || letter is '-' or '_')))
            return "invalid_name_specials";
        return null;
    }
}
