using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

/// <summary>The typed twin of the reaction and the shortcut: any message that the bot can read, for any incident.</summary>
internal sealed class MarkCommand(
    IEnumerable<IChatPlatform> platforms,
    IChatDirectory directory,
    PlatformsInTime inTime,
    IDesk desk,
    Visibility visibility,
    TimeProvider time
) : IChatCommand
{
    public string Word => "mark";
    public string Usage => "LINK [inc-N]";
    public string Help => "Puts a chat message onto the timeline, by its link";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var words = context.Arguments.Line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var link = words.FirstOrDefault(word => word.Contains("://", StringComparison.Ordinal));
        var number =
            words.Select(word => StreamId.IncidentNumber(word.ToLowerInvariant())).FirstOrDefault(known => known is not null)
            ?? context.Incident;
        var (platform, line, refusal) = link is null ? About(context.Origin) : await ReadAsync(link, context.Caller, cancel);
        if (line is null)
            return Replies.Refused(refusal!);
        if (number is not { } incident)
            return await AskAsync(context.Caller, link, cancel);
        if (await visibility.FindAsync(context.Caller, incident, cancel) is null)
            return Replies.Refused(new Rejection.NoSuchIncident(StreamId.Incident(incident).Value).Sentence);
        if (await MarkedMessage.WhyNotAsync(platform!, line.Room!, incident, directory, desk, cancel) is { } secret)
            return Replies.Refused(secret);
        var fact = MarkedMessage.Of(platform!, line.Room!, line, directory, time.GetUtcNow());
        var work = new IncidentWork(incident, new IncidentCommand.Record(fact), context.Caller.Actor)
        {
            Key = MarkedMessage.KeyOf(incident, platform!, line.Room!, line.MessageId),
        };
        var reply = Replies.Of(await desk.SubmitAsync(work, cancel));
        return reply.Accepted ? reply with { Text = $"Added to the timeline of {StreamId.Incident(incident)}." } : reply;
    }

    private static (string? Platform, ChatLine? Line, string? Refusal) About(CommandOrigin origin) =>
        origin is { Platform: { } platform, About: { Room: not null } line }
            ? (platform, line, null)
            : (null, null, new Rejection.Missing("link", "Copy the message's link and write: /incident mark LINK").Sentence);

    private async Task<(string? Platform, ChatLine? Line, string? Refusal)> ReadAsync(string link, Caller caller, CancellationToken cancel)
    {
        foreach (var platform in platforms.Where(platform => platform.IsOn))
        {
            if (await inTime.ReadAsync(platform, link, caller, cancel) is { } found)
                return (platform.Name, found.Message, found.Why);
        }

        return (
            null,
            null,
            new Rejection.Invalid("link", link, "It is no link to a message of a chat platform that is connected here.").Sentence
        );
    }

    private async Task<ChatReply> AskAsync(Caller caller, string? link, CancellationToken cancel)
    {
        var open = (await visibility.ListAsync(caller, new IncidentQuery(Open: true, Limit: 1), cancel)).Items;
        if (open.Count == 0)
            return Replies.Refused("No incident is open. Name the one that it belongs to: /incident mark LINK inc-1");
        return new ChatReply(
            false,
            $"Name the incident: /incident mark {link ?? "LINK"} {open[0].Id}",
            Form: new Form(
                "Add to timeline",
                link is null ? "/incident mark" : "/incident mark " + link,
                "Add",
                [new FormField("incident", "Of which incident?", FormFieldKind.Incident) { Positional = true, Required = true }]
            )
        );
    }
}
