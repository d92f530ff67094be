using Bot.Access;
using Bot.Runs;
using Integrations;

namespace Bot.Commands;

internal sealed class StopCommand(Lazy<IRunDesk> runs) : IChatCommand
{
    public string Word => "stop";
    public string Usage => "RUN REASON";
    public string Help => "Stops a run";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (run, reason) = context.Arguments.Split();
        return run.Length == 0
            ? Task.FromResult(Replies.Refused("Name the run: /incident stop RUN REASON"))
            : runs.Value.CancelAsync(run, reason.Length == 0 ? "stopped by hand" : reason, context.Caller, context.Key, cancel);
    }
}
