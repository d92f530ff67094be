using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

/// <summary>The talk has begun in some channel already: that channel becomes the incident's own.</summary>
internal sealed class ConvertCommand(
    IEnumerable<IChatPlatform> platforms,
    IChatDirectory directory,
    PlatformsInTime inTime,
    IDesk desk,
    IncidentTable incidents,
    TimeProvider time
) : IChatCommand
{
    public string Word => "convert";
    public string Usage => DeclareWords.Usage;
    public string Help => "Declares an incident whose channel is this one";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public Form? Form { get; } = DeclareWords.Form("Make this an incident", "/incident convert", "Declare");

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        if (
            context.Origin is not { Platform: { } name, Room: { } room }
            || platforms.FirstOrDefault(one => one.Name == name) is not { IsOn: true, ReadsTheLog: false } platform
        )
            return Replies.Refused("Only a channel of a chat platform becomes an incident's. Here, write: /incident declare TITLE");
        // Somebody may have been a moment faster.
        var taken = StreamId.IncidentNumber(await directory.FindIncidentAsync(name, room, cancel));
        if (taken is { } number && await incidents.FindAsync(number, cancel) is { IsOpen: true } open)
            return Replies.Refused($"This is the channel of {open.Id} already.");
        if (!DeclareWords.TryRead(context.Arguments, time.GetUtcNow(), out var declaration, out var refusal))
            return refusal;
        var entered = await inTime.EnterAsync(platform, room, declaration.Private, context.Caller, cancel);
        if (!entered.Delivered)
            return Replies.Refused(entered.Error ?? "");
        var work = new DeclareWork(declaration, context.Caller.Actor, [new IncidentFact.RoomOpened(name, room)]) { Key = context.Key };
        var (declared, decision) = await desk.SubmitAsync(work, cancel);
        return decision is Decision.Accepted accepted
            ? new ChatReply(true, Prose.Join(accepted.Reply, $"This is its channel from now on ({StreamId.Incident(declared)})."))
            : Replies.Of(decision);
    }
}
