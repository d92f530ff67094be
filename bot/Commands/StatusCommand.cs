using Bot.Access;
using Bot.Incidents;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

internal sealed class StatusCommand(IncidentTable incidents, IChatDirectory directory, TimeProvider time) : IChatCommand
{
    public string Word => "status";
    public string Usage => "";
    public string Help => "How it stands";
    public Role Needs => Role.Viewer;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel) =>
        await incidents.FindAsync(context.Incident!.Value, cancel) is { } incident
            ? new ChatReply(
                true,
                IncidentCard.Line(incident),
                IncidentCard.Of(incident, time.GetUtcNow(), context.Origin.RoomOf(directory, incident))
            )
            : Replies.Refused(new Rejection.NoSuchIncident($"inc-{context.Incident}").Sentence);
}
