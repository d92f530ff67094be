using Runbooks.Definition;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>The keys of <c>NAME.test.yaml</c>.</summary>
public static class TestLanguage
{
    public const int MostCalls = 1_000_000;

    public static Place Test { get; } =
        new(
            "test",
            "a test of a runbook",
            "Cases for the runbook beside this file, played against the true engine with answers instead of targets.",
            () =>
                [
                    new Key("test", new Shape.Text(), "The name of the runbook.") { Required = true },
                    new Key("cases", new Shape.ListOf(new Shape.In(Case!), Least: 1), "Each is a run of its own.") { Required = true },
                ]
        );

    public static Place Case { get; } =
        new(
            "case",
            "a case",
            "One run: how it starts, what its calls bring, who decides what, and what must come of it.",
            () =>
                [
                    new Key("name", new Shape.Text(), "What is shown, in a sentence.") { Required = true },
                    new Key("alert", new Shape.In(Alert!), "The alert that the run is for."),
                    new Key("incident", new Shape.Number(1, int.MaxValue, Whole: true), "The number of the incident that the run is for."),
                    new Key("started-by", new Shape.Text(), "Who starts it; the name to compare with `approve.self`. Default: test."),
                    new Key(
                        "inputs",
                        new Shape.MapOf(new Shape.Anything()),
                        "As they would be given at the start; secrets, too, with any value."
                    ),
                    new Key(
                        "answers",
                        new Shape.MapOf(Shape.OneOrMore(new Shape.In(Answer!))),
                        "By step id, or `id.before`, `id.check`, `id.undo`, `id[2]` for one item, `id/member` of a group for each item; a list answers one attempt each, its last one all that follow. Without an answer a call succeeds and brings nothing."
                    ),
                    new Key("clicks", new Shape.ListOf(new Shape.In(Click!)), "Decisions of people, each made once its step asks."),
                    new Key("advance", new Shape.Time(), "How far the clock goes on when only people or time could carry the run on."),
                    new Key("expect", new Shape.In(Expect!), "What must have come of it.") { Required = true },
                ]
        );

    public static Place Alert { get; } =
        new(
            "test-alert",
            "an alert",
            "What expressions see as `alert`.",
            () =>
                [
                    new Key("labels", new Shape.MapOf(new Shape.Text()), "As `alert.labels`."),
                    new Key("annotations", new Shape.MapOf(new Shape.Text()), "As `alert.annotations`."),
                    new Key("source", new Shape.Text(), "Default: test."),
                    new Key("fingerprint", new Shape.Text(), "Default: test."),
                    new Key("state", new Shape.Word("firing", "resolved"), "At the start of the run; default: firing."),
                    new Key("resolves", new Shape.Time(), "When it stops firing, counted from the start of the run."),
                ]
        );

    public static Place Answer { get; } =
        new(
            "answer",
            "an answer",
            "What one call brings, or what goes wrong with it.",
            () =>
                [
                    new Key("outputs", new Shape.Anything(), "What the action brings as `result`; of a script, its named outputs."),
                    new Key("result", new Shape.Anything(), "All of `result`, where it is more than the outputs."),
                    new Key("exit-code", new Shape.Number(0, 255, Whole: true), "Of a script; default: 0."),
                    new Key(
                        "fault",
                        new Shape.OneOf(Shape.Word.Of<TestFault>(), new Shape.In(Slow!)),
                        "What goes wrong. A crash happens once; the process that takes over gets the rest of the answer."
                    ),
                    new Key("because", new Shape.Text(), "The sentence of the fault."),
                    new Key("slow", new Shape.Time(), "How long the target takes."),
                    new Key("items", new Shape.ListOf(new Shape.In(Answer!)), "Of a `for-each`: one answer per item, in order."),
                ]
        );

    public static Place Slow { get; } =
        new(
            "slow",
            "a slow answer",
            "The target takes its time.",
            () => [new Key("slow", new Shape.Time(), "How long the target takes.") { Required = true }]
        );

    public static Place Click { get; } =
        new(
            "click",
            "a click",
            "One decision of one person. What it binds to (the hash) is what is asked then.",
            () =>
                [
                    new Key("step", new Shape.Text(), "The step that asks; left out for the whole run."),
                    new Key(
                        "decision",
                        new Shape.Word([.. Enum.GetValues<RunDecision>().Select(Words.Of), "cancel"]),
                        "As people decide it, or `cancel`."
                    )
                    {
                        Required = true,
                    },
                    new Key("by", new Shape.Text(), "Who; default: somebody."),
                    new Key("groups", Shape.OneOrMore(new Shape.Text()), "The groups of that person."),
                    new Key("reason", new Shape.Text(), "Why."),
                    new Key("answers", new Shape.MapOf(new Shape.Anything()), "To the questions of `ask`, or the new inputs."),
                    new Key("after", new Shape.Time(), "Not before this much time has passed since the start of the run."),
                ]
        );

    public static Place Expect { get; } =
        new(
            "expect",
            "'expect'",
            "What must have come of it; what is not stated is free.",
            () =>
                [
                    new Key("run", Shape.Word.Of<RunPhase>(), "The state of the run in the end."),
                    new Key("steps", new Shape.MapOf(Shape.Word.Of<StepOutcome>()), "By step: its outcome."),
                    new Key(
                        "effects",
                        new Shape.MapOf(new Shape.Number(0, MostCalls, Whole: true)),
                        "By step: how often its target was reached, also where it refused or its answer was lost."
                    ),
                    new Key("attempts", new Shape.MapOf(new Shape.Number(0, MostCalls, Whole: true)), "By step: how often it was tried."),
                    new Key("waiting", new Shape.MapOf(Shape.Word.Of<WaitKind>()), "By step: what it waits for in the end."),
                    new Key(
                        "timeline",
                        Shape.OneOrMore(new Shape.Text()),
                        "Each must match a line of the timeline (`*` any text, `?` one character); with `!` in front none."
                    ),
                    new Key("outputs", new Shape.MapOf(new Shape.Anything()), "Outputs of the run; those not stated are free."),
                ]
        );
}
