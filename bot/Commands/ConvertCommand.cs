using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

/// <summary>The talk has begun in some channel already: that channel becomes the incident's own.</summary>
internal sealed class ConvertCommand(IEnumerable<IChatPlatform> platforms, IDesk desk, IncidentTable incidents, TimeProvider time)
    : IChatCommand
{
    // Whoever typed it waits, and a platform shows an error after three seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

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
        if (context.Incident is { } taken && await incidents.FindAsync(taken, cancel) is { IsOpen: true } open)
            return Replies.Refused($"This is the channel of {open.Id} already.");
        if (!DeclareWords.TryRead(context.Arguments, time.GetUtcNow(), out var declaration, out var refusal))
            return refusal;
        if (await EnterAsync(platform, room, cancel) is { } trouble)
            return Replies.Refused(trouble);
        var work = new DeclareWork(declaration, context.Caller.Actor, [new IncidentFact.RoomOpened(name, room)]) { Key = context.Key };
        var (number, decision) = await desk.SubmitAsync(work, cancel);
        return decision is Decision.Accepted accepted
            ? new ChatReply(true, $"{accepted.Reply} This is its channel from now on ({StreamId.Incident(number)}).")
            : Replies.Of(decision);
    }

    private static async Task<string?> EnterAsync(IChatPlatform platform, string room, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            var entered = await platform.EnterRoomAsync(room, limit.Token);
            return entered.Delivered ? null : entered.Error;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"{platform.Name} does not answer. Try again, or declare one with a channel of its own: /incident declare TITLE";
        }
    }
}
