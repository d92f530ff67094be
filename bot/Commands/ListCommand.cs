using Bot.Access;
using Bot.Desk;
using Bot.Storage;
using Integrations;

namespace Bot.Commands;

internal sealed class ListCommand(Visibility incidents) : IChatCommand
{
    public string Word => "list";
    public string Usage => "[all]";
    public string Help => "The open incidents, or the last twenty of all";
    public Role Needs => Role.Viewer;
    public bool InChannel => false;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var all = context.Arguments.Text.Equals("all", StringComparison.OrdinalIgnoreCase);
        var (found, _) = await incidents.ListAsync(context.Caller, new IncidentQuery(Open: all ? null : true, Limit: 20), cancel);
        return Replies.Said(
            found.Count > 0 ? string.Join('\n', found.Select(IncidentCard.Line))
            : all ? "There is no incident."
            : "No incident is open."
        );
    }
}
