using System.Security.Cryptography;
using System.Text;
using Integrations.Slack.Api;
using Integrations.Slack.People;
using Integrations.Slack.Rendering;
using Integrations.Slack.Sending;

namespace Integrations.Slack.Inbound;

/// <summary>
/// What people do with messages, as inputs. Whether it comes by an event or is read back later, it has one id: of both, the one
/// that comes second changes nothing.
/// </summary>
internal sealed class SlackHeard(SlackPeople people, SlackState state)
{
    /// <summary>The subtype of what Slack writes into a private channel that somebody has made public.</summary>
    public const string MadePublic = "channel_convert_to_public";

    private static readonly ChatPerson Nobody = new("", "", null, ChatStanding.Unknown, []);

    /// <summary>
    /// A person wrote it: no app, and nothing that Slack itself says in a channel. Of files that this app shows Slack may name its user alone.
    /// </summary>
    public bool IsOfPeople(HistoryMessage message) =>
        message is { User: not null, BotId: null, Subtype: null or "file_share" or "thread_broadcast" or "me_message" }
        && message.User != state.BotUser;

    public async Task<ChatInput> WroteAsync(string channel, HistoryMessage message, CancellationToken cancel) =>
        Input(
            await people.FindAsync(message.User!, null, cancel),
            channel,
            new ChatAct.Wrote(await people.LineAsync(channel, message, cancel)),
            $"message/{channel}/{message.Ts}"
        );

    /// <summary>Slack gives the time of an edit in whole seconds, in which somebody may edit twice: the text is part of its id.</summary>
    public async Task<ChatInput> EditedAsync(string channel, HistoryMessage message, HistoryEdit edit, CancellationToken cancel)
    {
        var text = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(MessageText.Of(message))).AsSpan(0, 8));
        var line = await people.LineAsync(channel, message, cancel);
        return Input(
            message is { User: { } writer }
                ? await people.FindAsync(writer, null, cancel)
                : Nobody with
                {
                    Name = line.AuthorName ?? line.Author,
                },
            channel,
            new ChatAct.Edited(line) { At = SlackText.Time(edit.Ts) },
            $"edit/{channel}/{message.Ts}/{edit.Ts}/{text}"
        );
    }

    /// <summary>Somebody put it onto the timeline by a reaction.</summary>
    /// <param name="user">Who.</param>
    public async Task<ChatInput> MarkedAsync(string channel, HistoryMessage message, string user, CancellationToken cancel) =>
        Input(
            await people.FindAsync(user, null, cancel),
            channel,
            new ChatAct.Marked(await people.LineAsync(channel, message, cancel)),
            $"mark/{channel}/{message.Ts}/{user}"
        );

    /// <param name="isOfApp">An app wrote it, this one or another.</param>
    public static ChatInput Deleted(string channel, string ts, bool isOfApp = false) =>
        Input(Nobody, channel, new ChatAct.Deleted(ts) { IsOfApp = isOfApp }, $"delete/{channel}/{ts}");

    /// <param name="type">The event's, as <c>channel_archive</c>.</param>
    /// <param name="user">Who did it; null: Slack does not say.</param>
    public async Task<ChatInput> LostAsync(string channel, string type, string? user, string id, CancellationToken cancel)
    {
        var by = user is null ? "" : $" by {(await people.FindAsync(user, null, cancel)).Name}";
        var how = type.EndsWith("_archive", StringComparison.Ordinal) ? "archived" : "deleted";
        return Input(Nobody, channel, new ChatAct.Lost(how + by), id);
    }

    /// <param name="message">What Slack wrote there of it.</param>
    public async Task<ChatInput> ExposedAsync(string channel, HistoryMessage message, CancellationToken cancel)
    {
        var by = message.User is { } user ? $" by {(await people.FindAsync(user, null, cancel)).Name}" : "";
        return Input(Nobody, channel, new ChatAct.Exposed("made public" + by), $"exposed/{channel}/{message.Ts}");
    }

    /// <param name="to">The channel's new id.</param>
    public static ChatInput Moved(string channel, string to) => Input(Nobody, channel, new ChatAct.Moved(to), $"moved/{channel}/{to}");

    private static ChatInput Input(ChatPerson person, string channel, ChatAct act, string id) =>
        new(SlackPlatform.PlatformName, person, channel, act, id);
}
