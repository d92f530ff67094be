using Bot.Commands;
using Bot.Incidents;
using Bot.Log;
using Bot.Timeline;
using Integrations;
using Runbooks.Running;

namespace Bot.Chat;

/// <summary>What a room is told of the log: one line a fact, in order. Progress of runs and the bulk of alerts are on the cards.</summary>
internal static class StoryLines
{
    // Cards of this length are read; the rest is on the incident's page.
    private const int MostDigest = 2800;

    /// <param name="incident">As it is now: what cannot be done any more is not offered.</param>
    /// <param name="roomOf">The platform's id of another incident's room; null: it has none.</param>
    /// <returns>Null: nothing that the room wants to hear, or that it said itself.</returns>
    public static ChatMessage? Of(LogEvent logged, object? fact, string platform, Incident incident, Func<string, string?> roomOf)
    {
        if (fact is not IncidentFact known || !IsTold(known, platform) || Sentences.Of(known) is not { } sentence)
            return null;
        var text = Text(logged.Actor, sentence);
        return new ChatMessage(
            "",
            text,
            known switch
            {
                IncidentFact.MergedInto merged when roomOf(StreamId.Incident(merged.Into).Value) is { } room => new Card(text)
                {
                    Room = room,
                },
                IncidentFact.Reminded reminded when Holds(reminded.Of, logged.RecordedAt, incident) => Reminder(
                    reminded.Of,
                    sentence,
                    incident.Id
                ),
                _ => null,
            }
        );
    }

    /// <summary>Many lines at once, after an outage: the whole story, in order, in few messages, with what could be pressed beside a line.</summary>
    /// <returns>The message, and how many of the lines it holds.</returns>
    public static (ChatMessage Message, int Lines) Digest(IReadOnlyList<(LogEvent Logged, ChatMessage Line)> lines)
    {
        const string title = "While this channel could not be reached";
        var told = 0;
        var text = "";
        while (told < lines.Count)
        {
            var next = $"{UtcText.PlainOfDay(lines[told].Logged.RecordedAt)} {lines[told].Line.Text}\n";
            if (told > 0 && text.Length + next.Length > MostDigest)
                break;
            text += next;
            told++;
        }

        text = text.TrimEnd();
        // Of the same button that came with several lines one is enough.
        var buttons = lines.Take(told).SelectMany(line => line.Line.Card?.Buttons ?? []).DistinctBy(button => button.Command).ToList();
        return (new ChatMessage("", $"{title}:\n{text}", buttons.Count == 0 ? null : new Card(title, text) { Buttons = buttons }), told);
    }

    // Whatever was reminded of may have been done before the room could be told.
    private static bool Holds(ReminderKind kind, DateTimeOffset at, Incident incident) =>
        incident.IsOpen
        && !(incident.SnoozedUntil > at)
        && kind switch
        {
            ReminderKind.NoCommander => incident.Commander is null,
            ReminderKind.NoUpdate => !(incident.LastUpdateAt > at),
            _ => true,
        };

    // Whoever presses it late may do so when the room is another incident's.
    private static Card Reminder(ReminderKind kind, string sentence, string incident) =>
        new(sentence)
        {
            Buttons =
            [
                kind switch
                {
                    ReminderKind.NoCommander => new CardButton(
                        "Take the lead",
                        $"/incident lead {incident} me --{CommanderCommand.Vacant}",
                        ButtonStyle.Primary
                    ),
                    ReminderKind.NoUpdate => new CardButton("Post an update", $"/incident update {incident}", ButtonStyle.Primary),
                    _ => new CardButton("Resolve", $"/incident resolve {incident}", ButtonStyle.Danger),
                },
                new CardButton("Snooze 30 min", $"/incident snooze {incident} 30m"),
                new CardButton("Snooze 1 day", $"/incident snooze {incident} 1d"),
            ],
        };

    private static bool IsTold(IncidentFact fact, string platform) =>
        fact switch
        {
            IncidentFact.AlertsJoined joined => joined.Names.Count > 0,
            // Where there is a room to tell it in, it is past.
            IncidentFact.RoomOpened or IncidentFact.RoomRefused or IncidentFact.RoomWanted => false,
            IncidentFact.PostDeleted deleted => deleted.Platform != platform,
            IncidentFact.ChatMessageWritten written => written.Platform != platform,
            IncidentFact.ChatMessageEdited edited => edited.Platform != platform,
            IncidentFact.ChatMessageDeleted deleted => deleted.Platform != platform,
            // Whoever marked it was told; the message itself stands there, and so does a file.
            IncidentFact.ChatMessageMarked or IncidentFact.FileAttached => false,
            IncidentFact.PageSent sent => sent.Attempt == 1 || sent.LeftOut is not null,
            _ => true,
        };

    private static string Text(Actor actor, string sentence) =>
        actor.Kind switch
        {
            "user" or "token" or "guest" => $"{actor.Name}: {sentence}",
            "run" => $"runbook: {sentence}",
            _ => sentence,
        };
}
