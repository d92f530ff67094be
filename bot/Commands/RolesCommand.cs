using Bot.Access;
using Bot.Incidents;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

internal sealed class RolesCommand(IncidentTable incidents) : IChatCommand
{
    public string Word => "roles";
    public string Usage => "";
    public string Help => "Who does what, with a button for each role that is free";
    public Role Needs => Role.Viewer;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        if (await incidents.FindAsync(context.Incident!.Value, cancel) is not { } incident)
            return Replies.Refused(new Rejection.NoSuchIncident($"inc-{context.Incident}").Sentence);
        var roles = Enum.GetValues<IncidentRole>();
        var held = roles.Where(incident.Roles.ContainsKey).Select(role => $"{role.Word()}: {incident.Roles[role]}").ToList();
        var text = held.Count == 0 ? $"Nobody has a role in {incident.Id} yet." : string.Join('\n', held);
        return new ChatReply(
            true,
            text,
            new Card($"Roles in {incident.Id}", text)
            {
                Buttons =
                [
                    .. roles
                        .Where(role => !incident.Roles.ContainsKey(role))
                        .Select(role => new CardButton($"Be {role.Word()}", $"/incident role {incident.Id} {role.Word()} me")),
                    .. roles
                        .Where(role => incident.Roles.GetValueOrDefault(role) == context.Caller.Actor.Name)
                        .Select(role => new CardButton($"Release {role.Word()}", $"/incident role {incident.Id} {role.Word()} release")),
                ],
            }
        );
    }
}
