using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Actions;

/// <summary>What a call waits for whose target has answered: where its time ends, people read this and not that nobody answered. Of one call.</summary>
public sealed class CallWait
{
    /// <summary>For the guide of one that only looks.</summary>
    public static FailureCase InVain { get; } =
        new(FailureClass.Refused, "The step's `timeout` was over and it was not so yet: what was last seen is told.");

    /// <summary>For the guide of one that acts and waits for what comes of it.</summary>
    public static FailureCase NotDone { get; } =
        new(
            FailureClass.Unknown,
            "The step's `timeout` was over and it was not done yet: what was last seen is told, and only a `retry` waits for it again."
        );

    private volatile string? words;

    /// <param name="words">What was last seen, as the end of "within 5m it was not done: …"; null: it waits for an answer again.</param>
    public void For(string? words) => this.words = words;

    /// <summary>What came of the call if its time is over now; null: it waited for an answer.</summary>
    public ActionResult.Failed? Over(StepEffect effect, TimeSpan timeout) =>
        words is { } last
            ? new ActionResult.Failed(
                effect is StepEffect.Read ? FailureClass.Refused : FailureClass.Unknown,
                $"within {Duration.Write(timeout)} it was not done: {last}"
            )
            {
                TimeOver = true,
            }
            : null;
}
