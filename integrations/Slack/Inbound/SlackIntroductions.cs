using Integrations.Slack.People;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>Whoever is named becomes known, so that a role or a task can be given to them by name.</summary>
internal sealed class SlackIntroductions(IChatInbox inbox, IChatDirectory directory, SlackPeople people)
{
    /// <summary>All are asked for at once: somebody waits.</summary>
    /// <param name="text">As Slack sends it, with <c>&lt;@U1|anna&gt;</c>.</param>
    /// <returns>By name, of whom Slack says nothing at the moment.</returns>
    public async Task<IReadOnlyList<string>> MeetMentionedAsync(string text, CancellationToken cancel)
    {
        var named = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var at = text.IndexOf("<@", StringComparison.Ordinal); at >= 0; at = text.IndexOf("<@", at + 2, StringComparison.Ordinal))
        {
            if (text.IndexOf('>', at) is var end && end < at)
                break;
            var mention = text[(at + 2)..end].Split('|', 2);
            named[mention[0]] = mention is [_, { Length: > 0 } label] ? label : null;
        }

        var met = await Task.WhenAll(named.Select(one => MeetAsync(one.Key, one.Value, cancel)));
        return [.. met.OfType<ChatPerson>().Where(person => person.Standing is ChatStanding.Unknown).Select(person => person.Name)];
    }

    /// <inheritdoc cref="SlackPeople.NameFor"/>
    public async Task<string> NameAsync(string id, CancellationToken cancel)
    {
        await MeetAsync(id, null, cancel);
        return people.NameFor(id);
    }

    /// <param name="label">What they are called where they are named; null: nothing.</param>
    /// <returns>Null: they were known already.</returns>
    private async Task<ChatPerson?> MeetAsync(string id, string? label, CancellationToken cancel)
    {
        if (directory.UserOf(SlackPlatform.PlatformName, id) is not null)
            return null;
        var person = await people.FindAsync(id, label, cancel);
        await inbox.HandleAsync(new ChatInput(SlackPlatform.PlatformName, person, null, new ChatAct.Met(), "met/" + id), cancel);
        return person;
    }
}
