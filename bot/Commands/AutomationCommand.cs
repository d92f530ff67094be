using Bot.Access;
using Bot.Desk;
using Bot.Runs;
using Integrations;

namespace Bot.Commands;

internal sealed class AutomationCommand(Lazy<AutomationSwitch> automation, Visibility visibility) : IChatCommand
{
    private const int Shown = 10;

    public string Word => "automation";
    public string Usage => "[stop REASON|resume REASON]";
    public string Help => "Stops all runbooks at once and keeps them from starting by themselves; alone it shows what that would reach";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (word, reason) = context.Arguments.Split();
        return word.ToLowerInvariant() switch
        {
            "" => Replies.Said(await TellAsync(context.Caller, cancel)),
            "stop" => await automation.Value.StopAsync(reason, context.Caller, cancel),
            "resume" => await automation.Value.ResumeAsync(reason, context.Caller, cancel),
            _ => Replies.Refused($"Write: /incident automation {Usage}"),
        };
    }

    private async Task<string> TellAsync(Caller caller, CancellationToken cancel)
    {
        var reach = await automation.Value.LookAsync(cancel);
        var lines = new List<string>
        {
            reach.State.Refusal
                ?? "Runbooks start by themselves: " + (reach.Runbooks.Count == 0 ? "none" : string.Join(", ", reach.Runbooks)),
            $"Under way: {reach.Runs.Count}",
        };
        foreach (var run in reach.Runs.Take(Shown))
        {
            // It would be stopped as well; what it is, not everybody may see.
            var seen = await visibility.MaySeeAsync(caller, run.Incident, cancel);
            lines.Add(seen ? $"{run.Id} · {run.Runbook} · by {run.StartedBy}" : "a run of a private incident");
        }

        if (reach.Runs.Count > Shown)
            lines.Add($"… and {reach.Runs.Count - Shown} more");
        return string.Join('\n', lines);
    }
}
