using Tests.Support;

namespace Tests.FakeSlack;

/// <summary>A channel as people see it; what is expected is waited for.</summary>
internal sealed class Place(SlackServer server, SlackChannel channel)
{
    public SlackChannel Channel => channel;

    public IReadOnlyList<string> Texts
    {
        get
        {
            lock (server.Workspace.Gate)
                return [.. channel.Messages.Where(message => !message.Deleted).Select(message => new Card(channel, message).Text)];
        }
    }

    /// <summary>What the messages say in words, each once; whatever stands on their cards.</summary>
    public string Words
    {
        get
        {
            lock (server.Workspace.Gate)
                return string.Concat(channel.Messages.Where(message => !message.Deleted).Select(message => message.Text + "\n"));
        }
    }

    /// <summary>A message on which all of this can be read; the newest one.</summary>
    public Task<Card> ExpectsCard(params string[] parts) =>
        Until.Comes(
            () =>
            {
                lock (server.Workspace.Gate)
                {
                    var found = channel
                        .Messages.Where(message => !message.Deleted)
                        .Select(message => new Card(channel, message))
                        .LastOrDefault(card => parts.All(part => card.Text.Contains(part, StringComparison.Ordinal)));
                    return Task.FromResult(found);
                }
            },
            $"a card with {string.Join(" and ", parts.Select(part => $"'{part}'"))} in #{channel.Name}",
            () => Task.FromResult("There is: " + string.Join("\n---\n", Texts))
        );

    /// <summary>The same message comes to say this.</summary>
    public Task ExpectsUpdate(Card card, params string[] parts) =>
        Until.Holds(
            () =>
            {
                lock (server.Workspace.Gate)
                    return Task.FromResult(card.Message.Edits > 0 && parts.All(part => card.Text.Contains(part, StringComparison.Ordinal)));
            },
            $"an edit with {string.Join(" and ", parts)}",
            () => Task.FromResult($"It says, after {card.Message.Edits} edits: {card.Text}")
        );

    /// <summary>How many messages say this, now.</summary>
    public int Count(string part) => Texts.Count(text => text.Contains(part, StringComparison.Ordinal));
}
