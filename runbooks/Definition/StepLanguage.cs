using Runbooks.Running;

namespace Runbooks.Definition;

/// <summary>The keys of a step, and of what stands in it.</summary>
public static class StepLanguage
{
    public static IReadOnlyList<string> Shells { get; } = ["bash", "sh", "python", "pwsh"];

    public static Place Step { get; } =
        new(
            "step",
            "a step",
            "One thing that is done, waited for or asked.",
            () =>
                [
                    new Key("id", new Shape.Text(Language.KebabPattern), "Its name for expressions, decisions and tests; unique."),
                    new Key("if", new Shape.Condition(), "Run it only then; without a status function it means success() && …."),
                    .. Call(),
                    new Key("runbook", new Shape.Text(Language.KebabPattern), "Another runbook, pinned together with this one."),
                    new Key("wait", new Shape.In(Wait!), "Wait for a time, or until a condition holds."),
                    new Key("ask", new Shape.In(Ask!), "Typed questions to people; the answers are its outputs."),
                    new Key("parallel", new Shape.ListOf(new Shape.In(Step!), Least: 1), "Steps that run at the same time."),
                    new Key("for-each", new Shape.Listed(), "A list: the step runs once for each item, which expressions see as `item`."),
                    new Key("max-parallel", new Shape.Number(1, 1000, Whole: true), "How many items at a time; default: 1."),
                    new Key("rate", new Shape.In(Rate!), "Waves, and after how many failures no other is started."),
                    new Key("where", new Shape.Condition(), "Only the items for which it holds."),
                    new Key("verify", new Shape.Flag(), "The check must hold after success, too."),
                    new Key("undo", new Shape.In(Undo!), "What takes its effect back."),
                    new Key("expect", new Shape.Condition(), "What must hold of `result`."),
                    new Key("else", Shape.Word.Of<ElseAction>(), "What to do if it does not; default: fail."),
                    new Key("continue-on-error", new Shape.Flag(), "A failure does not end the run."),
                    new Key("skip-allowed", new Shape.Flag(), "A person may skip it with a reason."),
                    new Key("outputs", new Shape.MapOf(new Shape.Anything()), "What later steps see: names to expressions over `result`."),
                    new Key(
                        "artifacts",
                        Shape.OneOrMore(new Shape.Text()),
                        "Files that the script leaves, to be kept: paths below the folder that it starts in. `*` and `?` stand for letters of a name, "
                            + "`**` for any folders; a folder means all files in it."
                    ),
                ]
        )
        {
            Kinds = ["uses", "run", "runbook", "wait", "ask", "parallel"],
        };

    public static Place Undo { get; } =
        new("undo", "'undo'", "What takes a step's effect back: an action or a script.", () => Call()) { Kinds = ["uses", "run"] };

    public static Place Wait { get; } =
        new(
            "wait",
            "'wait'",
            "Wait for a time, or until a condition holds.",
            () =>
                [
                    new Key("for", new Shape.Time(), "So long."),
                    new Key("until", new Shape.Condition(), "Until it holds."),
                    new Key("every", new Shape.Time(), "How often it is looked at; default: 10s."),
                    new Key("timeout", new Shape.Time(), "If it does not hold by then, the step fails."),
                ]
        )
        {
            Kinds = ["for", "until"],
        };

    public static Place Ask { get; } =
        new(
            "ask",
            "'ask'",
            "Typed questions to people.",
            () =>
                [
                    new Key("text", new Shape.Text(), "What is asked.") { Required = true },
                    new Key("inputs", new Shape.MapOf(new Shape.In(Language.Input), Least: 1), "The typed answers.") { Required = true },
                    new Key("from", Shape.OneOrMore(new Shape.Text()), "Groups that may answer."),
                    new Key("expires", new Shape.Time(), "Without an answer by then the step fails."),
                ]
        );

    public static Place Rate { get; } =
        new(
            "rate",
            "'rate'",
            "How fast a for-each goes over its items.",
            () =>
                [
                    new Key(
                        "waves",
                        new Shape.ListOf(new Shape.Portion()),
                        "How many have been begun by the end of each wave: [1, 10%, 100%]."
                    ),
                    new Key("errors", new Shape.Portion(), "Once so many have failed, no other is started; default: 1."),
                ]
        );

    public static Place Approve { get; } =
        new(
            "approve",
            "'approve'",
            "People who must agree to exactly what it will do.",
            () =>
                [
                    new Key("need", new Shape.Number(1, 100, Whole: true), "How many; default: 1."),
                    new Key("from", Shape.OneOrMore(new Shape.Text()), "Groups that may agree; default: every approver."),
                    new Key("expires", new Shape.Time(), "Without enough by then the step fails."),
                    new Key("remind", new Shape.Time(), "After so long of waiting, and again each time."),
                    new Key("self", new Shape.Flag(), "Whether who started the run may agree; default: true."),
                ]
        );

    public static Place Before { get; } =
        new(
            "before",
            "'before'",
            "Facts that are read and recorded before the step starts.",
            () => [.. Use(), new Key("optional", new Shape.Flag(), "The step goes on if they cannot be read.")]
        );

    public static Place Check { get; } =
        new(
            "check",
            "'check'",
            "Finds out whether the step has happened.",
            () =>
                [
                    .. Use(),
                    new Key("settle", new Shape.Time(), "How long the effect may take to show."),
                    new Key(
                        "done-when",
                        new Shape.Condition(),
                        "What holds of `result` (and `before`) once it has happened; default: that the call succeeds."
                    ),
                    new Key(
                        "first",
                        new Shape.Flag(),
                        "Look before people are asked and before each attempt: what is done already is not done again."
                    ),
                    new Key("authoritative", new Shape.Flag(), "Where it says no, the step may be tried again without a person."),
                ]
        );

    public static Place Retry { get; } =
        new(
            "retry",
            "'retry'",
            "When and how often it is tried again.",
            () =>
                [
                    new Key("attempts", new Shape.Number(1, 1000, Whole: true), "With the first one; default: 3."),
                    new Key("delay", new Shape.Time(), "Before the second attempt; default: 1s."),
                    new Key(
                        "backoff",
                        new Shape.Number(1, 100, Whole: false),
                        "How many times longer each following delay is; default: 2."
                    ),
                    new Key("max-delay", new Shape.Time(), "No delay is longer; default: 1m, or the delay where that is longer."),
                    new Key("jitter", Shape.Word.Of<Jitter>(), "full: any delay from zero to the computed one (default). none: just that."),
                    new Key("on", new Shape.ListOf(Shape.Word.Of<FailureClass>()), "Default: not-sent and refused."),
                ]
        );

    // What a step and an undo have in common.
    private static IReadOnlyList<Key> Call() =>
        [
            new Key("name", new Shape.Text(), "What people read."),
            .. Use(required: false),
            new Key(
                "run",
                new Shape.Text(),
                "A script. Lines name=value in the file $INCIDENT_OUTPUT are its outputs; values come in by env, never by ${{ }}."
            ),
            new Key("shell", new Shape.Word(Shells), "Default: bash."),
            new Key("env", new Shape.MapOf(new Shape.Anything()), "Environment variables of the script."),
            new Key("cwd", new Shape.Text(), "The folder that the script starts in."),
            new Key(
                "effect",
                Shape.Word.Of<StepEffect>(),
                "What doing it twice would do. Undeclared: what the action says; a script is once."
            ),
            new Key(
                "i-accept",
                new Shape.Text(),
                "Why a looser effect than the action's own is right here, or why an alert may name what is called."
            ),
            new Key(
                "idempotency-key",
                new Shape.Text(),
                "For effect keyed: what a repeat is known by. Without it another one once somebody has the run go on from the step."
            ),
            new Key("approve", new Shape.OneOf(new Shape.Yes(), new Shape.In(Approve)), "People who must agree first; alone it is a gate."),
            new Key("before", new Shape.In(Before), "Facts that are read and recorded before it starts."),
            new Key("check", new Shape.In(Check), "Finds out whether it has happened."),
            new Key("timeout", new Shape.Time(), "How long one attempt may take; default: 5m."),
            new Key("retry", new Shape.In(Retry), "When and how often it is tried again."),
            new Key(
                "fails-with",
                Shape.OneOrMore(new Shape.Number(int.MinValue, int.MaxValue, Whole: true)),
                "Exit codes or statuses that mean: definitely not done."
            ),
            new Key("log-limit", new Shape.Size(), "How much of the script's output is kept; the middle is cut. Default: 10MB."),
        ];

    private static IReadOnlyList<Key> Use(bool required = true) =>
        [
            new Key("uses", new Shape.Action(), "The action: folder/verb@major.") { Required = required },
            new Key("with", new Shape.MapOf(new Shape.Anything()), "Its arguments; ${{ }} keeps their types."),
        ];
}

/// <summary>How delays between attempts are spread.</summary>
public enum Jitter
{
    Full,
    None,
}
