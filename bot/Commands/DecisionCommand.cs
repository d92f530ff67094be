using Bot.Access;
using Bot.Runs;
using Integrations;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>What the two decisions on an approval share.</summary>
internal abstract class DecisionCommand(Lazy<IRunDesk> runs, string word, RunDecision decision, string help) : IChatCommand
{
    public string Word => word;
    public string Usage => "RUN STEP [--hash HASH] [--reason TEXT]" + (decision is RunDecision.Approve ? " [--break-glass]" : "");
    public string Help => help;

    // Who may decide depends on the step, and on breaking the glass.
    public Role Needs => Role.Responder;
    public bool InChannel => false;
    public bool Decides => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (run, step) = context.Arguments.Split();
        if (run.Length == 0 || step.Length == 0)
            return Replies.Refused($"Name the run and its step: /incident {word} {Usage}");
        var options = context.Arguments;
        var made = new DecisionMade(
            step,
            decision,
            "",
            options.Option("hash"),
            options.Option("reason"),
            BreakGlass: options.Flag("break-glass")
        );
        return await runs.Value.DecideAsync(run, made, context.Caller, context.Key, cancel);
    }
}
