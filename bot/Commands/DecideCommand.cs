using System.Text.Json;
using Bot.Access;
using Bot.Runs;
using Integrations;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>What a person says about a step whose outcome nobody knows, or that asks.</summary>
internal sealed class DecideCommand(Lazy<IRunDesk> runs) : IChatCommand
{
    public string Word => "decide";
    public string Usage =>
        "RUN STEP happened|run-again|skip|stop|stop-and-undo|retry|done-by-hand|release|answer [--hash HASH] [--reason TEXT] [--answers JSON]";
    public string Help => "Decides on a step whose outcome is unknown, or that asks";
    public Role Needs => Role.Responder;
    public bool InChannel => false;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        if (context.Arguments.Text.Split(' ') is not [var run, var step, var word])
            return Replies.Refused($"Write: /incident decide {Usage}");
        if (!Enum.TryParse<RunDecision>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var decision))
            return Replies.Refused($"'{word}' is no decision. Write: /incident decide {Usage}");
        if (decision is RunDecision.Approve or RunDecision.Deny && !context.Caller.May(Role.Approver))
            return Replies.Refused("This needs the role approver.");
        JsonElement? answers = null;
        if (context.Arguments.Option("answers") is { Length: > 0 } typed)
        {
            try
            {
                answers = JsonSerializer.Deserialize<JsonElement>(typed);
            }
            catch (JsonException e)
            {
                return Replies.Refused($"--answers is no JSON: {e.Message}");
            }
        }

        var made = new DecisionMade(step, decision, "", context.Arguments.Option("hash"), context.Arguments.Option("reason"), answers);
        return await runs.Value.DecideAsync(run, made, context.Caller, cancel);
    }
}
