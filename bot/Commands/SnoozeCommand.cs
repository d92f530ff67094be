using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Integrations;

namespace Bot.Commands;

internal sealed class SnoozeCommand(IDesk desk, TimeProvider time) : IChatCommand
{
    public string Word => "snooze";
    public string Usage => "[30m|2h|1d]";
    public string Help => "No reminders for a while; 30 minutes where nothing is said";
    public Role Needs => Role.Responder;
    public bool InChannel => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var typed = context.Arguments.Text;
        var span = typed.Length == 0 ? TimeSpan.FromMinutes(30) : TypedWords.Span(typed);
        return span is { } pause
            ? await desk.ApplyAsync(context, new IncidentCommand.Snooze(time.GetUtcNow() + pause), cancel)
            : Replies.Refused(new Rejection.Invalid("for", typed, "Say for how long: 30m, 2h or 1d.").Sentence);
    }
}
