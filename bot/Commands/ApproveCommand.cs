using Bot.Runs;
using Runbooks.Running;

namespace Bot.Commands;

internal sealed class ApproveCommand(Lazy<IRunDesk> runs)
    : DecisionCommand(runs, "approve", RunDecision.Approve, "Lets a step that waits for approval go on");
