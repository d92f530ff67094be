using System.Text.Json;
using Bot.Access;
using Bot.Desk;
using Bot.Runs;
using Integrations;
using Runbooks.Planning;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>What a person says about a run or one of its steps: one whose outcome is unknown, one that asks, one that failed.</summary>
internal sealed class DecideCommand(Lazy<IRunDesk> runs, Visibility visibility) : IChatCommand
{
    public string Word => "decide";
    public string Usage =>
        "RUN [STEP] happened|run-again|did-not-happen|skip|stop|stop-and-undo|retry|done-by-hand|release|answer|change-inputs [--hash HASH] [--reason TEXT] [--answers JSON] [--NAME ANSWER …]";
    public string Help => "Decides on a step whose outcome is unknown, that failed, or that asks; or on a run that is on hold";
    public Role Needs => Role.Responder;
    public bool InChannel => false;
    public bool Decides => true;
    public bool TakesAnyOption => true;

    public async Task<ChatReply> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var (run, step, word) = context.Arguments.Line.Split(' ') switch
        {
            [var first, var last] => (first, "", last),
            [var first, var middle, var last] => (first, middle, last),
            _ => ("", "", ""),
        };
        if (run.Length == 0)
            return Replies.Refused($"Write: /incident decide {Usage}");
        if (
            !Enum.TryParse<RunDecision>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var decision)
            || !char.IsLetter(word[0])
        )
            return Replies.Refused($"'{word}' is no decision. Write: /incident decide {Usage}");
        if (!TryRead(context.Arguments, out var whole, out var wrong))
            return Replies.Refused($"--answers is no JSON: {wrong}");
        var known = await FindAsync(run, context.Caller, cancel);
        var wait = known?.WaitAt(step);
        var questions = wait is null ? [] : RunQuestions.Of(wait);
        var typed = context.Arguments.Options.Where(option => option.Key is not ("hash" or "reason" or "answers")).ToList();
        // About a run that is not there for them nobody is asked anything.
        if (known is not null && Ask(context, decision, whole is not null || typed.Count > 0, wait, questions) is { } asked)
            return asked;
        var made = new DecisionMade(
            step,
            decision,
            "",
            context.Arguments.Option("hash"),
            context.Arguments.Option("reason"),
            whole ?? (typed.Count > 0 ? RunQuestions.Read(questions, typed) : null)
        );
        return await runs.Value.DecideAsync(run, made, context.Caller, context.Key, cancel);
    }

    // What has to be said with it is asked for, instead of refusing it for what is missing.
    private static ChatReply? Ask(
        CommandContext context,
        RunDecision decision,
        bool isAnswered,
        StepWait? wait,
        IReadOnlyList<RunQuestion> questions
    )
    {
        // The form is about what is asked as it opens, however late it is sent.
        var hash = context.Arguments.Option("hash") ?? (wait?.Kind is WaitKind.Unknown or WaitKind.Answer ? wait.Hash : null);
        var line = $"/incident decide {context.Arguments.Line}" + (hash is null ? "" : $" --hash {hash}");
        if (decision is RunDecision.Answer && !isAnswered && questions.Count > 0)
        {
            var needed = string.Join(' ', questions.Where(question => question.Required).Select(question => $"--{question.Name} …"));
            return new ChatReply(
                false,
                $"{line} {needed}".TrimEnd(),
                Form: RunQuestions.Form("The runbook asks", line, "Answer", questions)
            );
        }

        return decision is RunDecision.Skip or RunDecision.DoneByHand && string.IsNullOrWhiteSpace(context.Arguments.Option("reason"))
            ? new ChatReply(false, $"{line} --reason …", Form: WhyForm(decision, line))
            : null;
    }

    /// <summary>Asks why; the answer goes on the timeline.</summary>
    public static Form WhyForm(RunDecision decision, string command) =>
        new(
            decision is RunDecision.Skip ? "Skip this step" : DecisionButtons.Label(decision),
            command,
            decision is RunDecision.Skip ? DecisionButtons.Label(decision) : "Done",
            [
                new FormField("reason", decision is RunDecision.Skip ? "Why?" : "What did you do?", FormFieldKind.Text)
                {
                    Required = true,
                    Hint = "It goes on the timeline",
                },
            ]
        );

    private async Task<RunState?> FindAsync(string run, Caller caller, CancellationToken cancel) =>
        await runs.Value.FindAsync(run, cancel) is { } state && await visibility.MaySeeAsync(caller, state.Incident, cancel) ? state : null;

    private static bool TryRead(Arguments typed, out JsonElement? answers, out string? wrong)
    {
        (answers, wrong) = (null, null);
        if (typed.Option("answers") is not { Length: > 0 } json)
            return true;
        try
        {
            answers = JsonSerializer.Deserialize<JsonElement>(json);
            return true;
        }
        catch (JsonException e)
        {
            wrong = e.Message;
            return false;
        }
    }
}
