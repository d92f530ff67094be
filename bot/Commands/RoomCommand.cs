using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Integrations;

namespace Bot.Commands;

/// <summary>The way out where no channel can be made for an incident: another try, or a channel that is there already.</summary>
internal sealed class RoomCommand(IEnumerable<IChatPlatform> platforms, IChatDirectory directory, PlatformsInTime inTime, IDesk desk)
    : IChatCommand
{
    public const string Retry = "retry";
    private const string Here = "here";

    public string Word => "room";
    public IReadOnlyList<string> Aliases => ["channel"];
    public string Usage => "[here | retry | CHANNEL]";
    public string Help => "Its channel: how it stands; this one, or another that is there, for it; another try at making one";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        if (platforms.FirstOrDefault(IsMeant(context.Origin)) is not { } platform)
            return Replies.Refused("No chat platform is set up: incidents are led from the console alone. See docs/slack.md");
        if (await desk.SubmitAsync(new FindIncidentWork(context.Incident!.Value), cancel) is not { } incident)
            return Replies.Refused(new Rejection.NoSuchIncident(StreamId.Incident(context.Incident.Value).Value).Sentence);
        return context.Arguments.Text switch
        {
            "" => await HowItStandsAsync(platform, incident, context.Origin, cancel),
            Retry => await desk.ApplyAsync(context, new IncidentCommand.WantRoom(platform.Name), cancel),
            Here when context.Origin.Platform != platform.Name || context.Origin.Room is null => Replies.Refused(
                $"Type it in the channel that is meant, or name that: /incident room {incident.Id} CHANNEL"
            ),
            Here => await TakeAsync(platform, incident, context.Origin.Room, context, cancel),
            var named => await TakeAsync(platform, incident, context.Origin.Rooms.GetValueOrDefault(named, named), context, cancel),
        };
    }

    // Where it is typed, if that is one; else the one that there is.
    private static Func<IChatPlatform, bool> IsMeant(CommandOrigin origin) =>
        platform => platform is { IsOn: true, ReadsTheLog: false } && (origin.Platform is not { } typed || typed == platform.Name);

    private async Task<ChatReply> TakeAsync(
        IChatPlatform platform,
        Incident incident,
        string room,
        CommandContext context,
        CancellationToken cancel
    )
    {
        var entered = await inTime.EnterAsync(platform, room, incident.Private, context.Caller, cancel);
        if (entered is not { Delivered: true, PlatformId: { } id })
            return Replies.Refused(entered.Error ?? "");
        if (
            StreamId.IncidentNumber(await directory.FindIncidentAsync(platform.Name, id, cancel)) is { } number
            && number != incident.Number
            && await desk.SubmitAsync(new FindIncidentWork(number), cancel) is { IsOpen: true } other
        )
            return Replies.Refused($"That is the channel of {other.Id}.");
        return await desk.ApplyAsync(context, new IncidentCommand.TakeRoom(platform.Name, id), cancel);
    }

    private async Task<ChatReply> HowItStandsAsync(
        IChatPlatform platform,
        Incident incident,
        CommandOrigin origin,
        CancellationToken cancel
    )
    {
        if (incident.Rooms.TryGetValue(platform.Name, out var room))
        {
            var has = $"{incident.Id} has its channel in {platform.Name}";
            // There the card leads to it; elsewhere nobody knows it by its id.
            return origin.Platform == platform.Name
                ? new ChatReply(true, $"{has}.", new Card(has) { Room = room })
                : Replies.Said($"{has}: {await inTime.NameAsync(platform, room, cancel) ?? room}");
        }

        var text =
            incident.RoomTrouble
            ?? $"{incident.Id} has no channel in {platform.Name} yet." + string.Concat(platform.Troubles.Select(trouble => $"\n{trouble}"));
        text +=
            $"\nIt is tried again by itself. A channel that is there becomes its own: /incident room {incident.Id} here, typed in it, or /incident room {incident.Id} CHANNEL";
        return new ChatReply(
            true,
            text,
            new Card($"{incident.Id} has no channel", text)
            {
                Buttons =
                [
                    new CardButton("Try again", $"/incident room {incident.Id} {Retry}", ButtonStyle.Primary),
                    .. origin is { Platform: { } from, Room: not null } && from == platform.Name
                        ? [new CardButton("Take this channel", $"/incident room {incident.Id} {Here}")]
                        : Array.Empty<CardButton>(),
                ],
            }
        );
    }
}
