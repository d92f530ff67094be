using Bot.Access;
using Bot.Timeline;
using Integrations;
using Runbooks.Running;

namespace Bot.Commands;

internal sealed class TimelineCommand(TimelineReader timeline) : IChatCommand
{
    private const int Shown = 30;

    public string Word => "timeline";
    public string Usage => "";
    public string Help => "What happened, the last thirty facts";
    public Role Needs => Role.Viewer;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var entries = Story.Of(await timeline.ReadAllAsync(context.Incident!.Value, cancel));
        if (entries.Count == 0)
            return Replies.Refused($"There is no incident inc-{context.Incident}.");
        var lines = entries
            .Skip(entries.Count - Shown)
            .Select(entry => UtcText.PlainOfDay(entry.HappenedAt) + $" {entry.Actor}: {entry.Text}");
        var left = entries.Count > Shown ? $"({entries.Count - Shown} earlier facts are on the incident's page)\n" : "";
        return Replies.Said(left + string.Join('\n', lines));
    }
}
