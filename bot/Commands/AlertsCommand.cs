using Bot.Access;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

internal sealed class AlertsCommand(AlertTable alerts, IncidentTable incidents, IConfiguration configuration) : IChatCommand
{
    public string Word => "alerts";
    public string Usage => "";
    public string Help => "What its alerts say: labels, annotations, links, since when";
    public Role Needs => Role.Viewer;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var number = context.Incident!.Value;
        if (await incidents.FindAsync(number, cancel) is not { } incident)
            return Replies.Refused($"There is no incident inc-{number}.");
        if (incident.Alerts == 0)
            return Replies.Said($"{incident.Id} has no alerts: it was declared by hand.");
        var address = $"{configuration["Web:PublicUrl"]?.TrimEnd('/')}/incidents/{incident.Id}";
        var card = AlertsCard.Of(incident, await alerts.OfIncidentAsync(number, AlertsCard.Most, cancel), address);
        return new ChatReply(true, Prose.Join(card.Title, card.Text), card);
    }
}
