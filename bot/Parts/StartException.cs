namespace Bot.Parts;

/// <summary>The bot does not start, for a reason that whoever starts it can put right; the message says what, where and how.</summary>
internal sealed class StartException(params IReadOnlyList<string> problems)
    : InvalidOperationException(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems => problems;
}
