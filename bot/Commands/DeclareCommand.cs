using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

internal sealed class DeclareCommand(IDesk desk, IncidentTable incidents, IChatDirectory directory, TimeProvider time) : IChatCommand
{
    public string Word => "declare";
    public IReadOnlyList<string> Aliases => ["new", "open"];
    public string Usage => DeclareWords.Usage;
    public string Help => "Declares an incident";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public Form? Form { get; } = DeclareWords.Form("Declare an incident", "/incident declare", "Declare");

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (!DeclareWords.TryRead(context.Arguments, now, out var declaration, out var refusal))
            return refusal;
        IReadOnlyList<IncidentFact> also = [];
        // The message that it was declared from is the first thing on its timeline.
        if (context.Origin is { Platform: { } platform, About: { Room: { } room } line })
        {
            if (await MarkedMessage.WhyNotAsync(platform, room, null, directory, desk, cancel) is { } secret)
                return Replies.Refused(secret);
            also = [MarkedMessage.Of(platform, room, line, directory, now)];
        }

        var work = new DeclareWork(declaration, context.Caller.Actor, also) { Key = context.Key };
        var (number, decision) = await desk.SubmitAsync(work, cancel);
        if (decision is not Decision.Accepted accepted)
            return Replies.Of(decision);
        var card = await incidents.FindAsync(number, cancel) is { } incident
            ? IncidentCard.Of(incident, time.GetUtcNow(), context.Origin.RoomOf(directory, incident))
            : null;
        // Where the log is the channel, it is there; a chat platform makes one, whose name is its own.
        var channel = context.Origin.Platform is null
            ? $"Its channel is {StreamId.Incident(number)}."
            : "Its channel is being made, and you are invited into it.";
        return new ChatReply(true, Prose.Join(accepted.Reply, channel), card);
    }
}
