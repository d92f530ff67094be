using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
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

    /// <summary>What is said where a private incident is led is for its own timeline alone: whoever reads another one may not know of it.</summary>
    /// <param name="target">The incident onto whose timeline it is to come; null: a new one.</param>
    /// <returns>Null: nothing speaks against it.</returns>
    public static async Task<string?> WhyNotAsync(
        string platform,
        string room,
        int? target,
        IChatDirectory directory,
        IDesk desk,
        CancellationToken cancel
    ) =>
        StreamId.IncidentNumber(await directory.FindIncidentAsync(platform, room, cancel)) is { } source
        && source != target
        && await desk.SubmitAsync(new FindIncidentWork(source), cancel) is { Private: true }
            ? "This message was written where a private incident is led: it can be put onto the timeline of that one alone."
            : null;

    /// <summary>Whoever marks it, by whatever door, and however often: it is on an incident's timeline once.</summary>
    public static IdempotencyKey KeyOf(int incident, string platform, string room, string message) =>
        new("chat/" + platform, $"{StreamId.Incident(incident)}/mark/{room}/{message}", $"mark/{room}/{message}");
}
