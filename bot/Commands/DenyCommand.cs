using Bot.Runs;
using Runbooks.Running;

namespace Bot.Commands;

internal sealed class DenyCommand(Lazy<IRunDesk> runs)
    : DecisionCommand(runs, "deny", RunDecision.Deny, "Refuses a step that waits for approval");
