using Bot.Runs;
using Runbooks.Definition;

namespace Bot.Commands;

/// <summary>Runbooks that begin with words of their own (<c>on.chat</c>), as <c>/incident redis failover shop</c>.</summary>
internal sealed class ChatRunbooks(IRunbookShelf shelf)
{
    /// <param name="typed">What came after the opener.</param>
    /// <returns>The same as the command <c>run</c> takes it; null where no runbook's words are meant.</returns>
    public string? AsRun(string typed)
    {
        var words = typed.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var runbook in shelf.All.Select(one => one.Definition).OfType<RunbookDefinition>())
        {
            if (runbook.Chat is { } chat && Inputs(chat, words) is { } inputs)
                return string.Join(' ', (IEnumerable<string>)["run", runbook.Name, .. inputs]);
        }

        return null;
    }

    private static List<string>? Inputs(ChatTrigger chat, string[] words)
    {
        if (words.Length != chat.Words.Count)
            return null;
        var inputs = new List<string>();
        foreach (var (wanted, word) in chat.Words.Zip(words))
        {
            if (ChatTrigger.InputOf(wanted) is { } input)
                inputs.Add($"{input}={word}");
            else if (!string.Equals(wanted, word, StringComparison.OrdinalIgnoreCase))
                return null;
        }

        return inputs;
    }
}
