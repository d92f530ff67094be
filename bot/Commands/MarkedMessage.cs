using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

/// <summary>A chat message on its way onto a timeline: with its own author, time, files and link.</summary>
internal static class MarkedMessage
{
    /// <param name="room">The platform's id of where it stands.</param>
    public static IncidentFact.ChatMessageMarked Of(
        string platform,
        string room,
        ChatLine line,
        IChatDirectory directory,
        DateTimeOffset now
    ) =>
        new(
            platform,
            room,
            line.MessageId,
            directory.UserOf(platform, line.Author) ?? line.AuthorName ?? line.Author,
            line.Text,
            line.Permalink,
            line.Files
        )
        {
            // The platform's clock may be a little ahead of ours; nothing happens after it is recorded.
            HappenedAt = line.At < now ? line.At : now,
        };

    /// <summary>Whoever marks it, and however often: it is on the timeline once.</summary>
    public static string KeyOf(string room, string message) => $"mark/{room}/{message}";
}
