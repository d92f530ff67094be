using System.Runtime.InteropServices;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>Turns what an attempt brought into the fact of its end. Pure.</summary>
public static class Outcomes
{
    private static readonly RetryDefinition ForReads = new(
        3,
        TimeSpan.FromMilliseconds(500),
        2,
        TimeSpan.FromSeconds(5),
        FullJitter: false,
        []
    );

    public static RunFact.StepEnded Of(PlanView view, StepCall call, ActionResult result)
    {
        if (call.Part is not CallPart.Main)
            return Probed(call, result);
        try
        {
            var unit = call.Unit.On(view);
            unit = unit.As(unit.State.Attempts.Find(attempt => attempt.Number == call.Started.Number));
            return result switch
            {
                ActionResult.Succeeded succeeded => Succeeded(unit, call, succeeded),
                ActionResult.Failed failed => Failed(unit, call, Classed(call, failed), failed),
                _ => throw new InvalidOperationException($"A new kind of result: {result.GetType().Name}."),
            };
        }
        catch (ExpressionException fault)
        {
            // It was answered; only our reading of the answer failed. That is definite, and no reason to act again.
            return new RunFact.StepEnded(
                call.Started.Step,
                call.Started.Number,
                StepOutcome.Failure,
                FailureClass.Refused,
                null,
                $"the answer came, but: {fault.Message}",
                null
            );
        }
    }

    private static RunFact.StepEnded Probed(StepCall call, ActionResult result) =>
        result is ActionResult.Failed failed
            ? new RunFact.StepEnded(
                call.Started.Step,
                call.Started.Number,
                StepOutcome.Failure,
                call.Part is CallPart.Check && !RefusedAnswer.To(call.Step.Check!, failed) ? FailureClass.Unknown : failed.Class,
                failed.Result,
                failed.Because,
                null,
                Cut: failed.Unread
            )
            : new RunFact.StepEnded(
                call.Started.Step,
                call.Started.Number,
                StepOutcome.Success,
                null,
                ((ActionResult.Succeeded)result).Result,
                null,
                null,
                Cut: result.Unread
            );

    private static RunFact.StepEnded Succeeded(Unit unit, StepCall call, ActionResult.Succeeded succeeded)
    {
        var (step, path, number) = (call.Step, call.Started.Step, call.Started.Number);
        var seen = step.Expect is null && step.Outputs.Count == 0 ? null : Seen(unit, call, succeeded.Result, succeeded.Unread);
        var kept = Outputs(unit, succeeded.Result, succeeded.Unread, seen);
        if (step.Expect is { } expect && !expect.Holds(unit.Scope(seen)))
        {
            var expected = expect.Text.Trim();
            var instead = $"{expected} does not hold";
            return step.Else switch
            {
                ElseAction.EndSuccess => new(
                    path,
                    number,
                    StepOutcome.Success,
                    null,
                    kept.Outputs,
                    $"{instead}, so that the run ends here",
                    null,
                    true,
                    Cut: kept.Cut
                ),
                ElseAction.Continue => new(path, number, StepOutcome.Success, null, kept.Outputs, instead, null, Cut: kept.Cut),
                _ => GivenUp(
                    unit,
                    call,
                    FailureClass.Refused,
                    Because(succeeded.Result) is { } why ? $"expected {expected}: {why}" : $"expected {expected}",
                    kept
                ),
            };
        }

        return new RunFact.StepEnded(path, number, StepOutcome.Success, null, kept.Outputs, null, null, Verify: step.Verify, Cut: kept.Cut);
    }

    /// <summary>What looks whether something is well says why not.</summary>
    /// <returns>Null: it says nothing.</returns>
    public static string? Because(JsonElement result) =>
        result is { ValueKind: JsonValueKind.Object }
        && result.TryGetProperty("because", out var because)
        && because is { ValueKind: JsonValueKind.String }
        && because.GetString() is { Length: > 0 } words
            ? words
            : null;

    private static RunFact.StepEnded Failed(Unit unit, StepCall call, FailureClass kind, ActionResult.Failed failed)
    {
        var (step, started) = (call.Step, call.Started);
        var whole = new Kept(failed.Result, failed.Unread);
        // "expect: result.ok == false" means just that.
        if (
            step.Expect is { } expect
            && failed.Result is { } answered
            && (kind is FailureClass.Refused || started.Effect is StepEffect.Read)
            && RefusedAnswer.To(expect, failed)
        )
        {
            var seen = Seen(unit, call, answered, failed.Unread);
            bool holds;
            try
            {
                holds = expect.Holds(unit.Scope(seen));
            }
            catch (ExpressionException)
            {
                // What failed has brought nothing that can be read: why it failed says more than why it cannot be.
                return GivenUp(unit, call, kind, failed.Because, whole, failed.TimeOver);
            }

            if (holds || step.Else is not ElseAction.Fail)
            {
                var kept = holds ? Outputs(unit, answered, failed.Unread, seen) : whole;
                return new RunFact.StepEnded(
                    started.Step,
                    started.Number,
                    StepOutcome.Success,
                    null,
                    kept.Outputs,
                    failed.Because,
                    null,
                    EndsRun: !holds && step.Else is ElseAction.EndSuccess,
                    Cut: kept.Cut
                );
            }
        }

        return GivenUp(unit, call, kind, failed.Because, whole, failed.TimeOver);
    }

    private static RunFact.StepEnded GivenUp(Unit unit, StepCall call, FailureClass kind, string because, Kept kept, bool timeOver = false)
    {
        var (step, started) = (call.Step, call.Started);
        // An action looks for those before it when it begins; a script does not.
        var beside = step.Script is not null && unit.State.Open is { MayAct: true } && started.Effect is not StepEffect.Read;
        var again =
            !beside && (kind is not FailureClass.Unknown || started.Effect is not StepEffect.Once) ? Policy(step, kind, timeOver) : null;
        var outcome = kind is FailureClass.Unknown && started.Effect is not StepEffect.Read ? StepOutcome.Unknown : StepOutcome.Failure;
        // What a person had done anew has all its attempts again.
        var made = started.Number - unit.State.Earlier;
        var stopped = !unit.Frame.IsFree && unit.View.State is not { CancelRequestedBy: null, Halted: null };
        DateTimeOffset? retry =
            again is not null && made < again.Attempts && !stopped ? unit.View.Now + again.DelayAfter(made, unit.View.Chance) : null;
        // Of one before it whose answer was lost, who got nowhere says nothing.
        if (
            retry is null
            && kind is FailureClass.NotSent
            && started.Effect is not StepEffect.Read
            && unit.State.InDoubt is { } doubtful
            && doubtful.Number != started.Number
        )
            (outcome, because) = (StepOutcome.Unknown, $"{because.TrimEnd('.')}; what came of attempt {doubtful.Number} nobody knows");
        return new RunFact.StepEnded(started.Step, started.Number, outcome, kind, kept.Outputs, because, retry, Cut: kept.Cut);
    }

    private static RetryDefinition? Policy(StepDefinition step, FailureClass kind, bool timeOver) =>
        kind switch
        {
            FailureClass.Unknown => step.Retry ?? (timeOver ? null : ForReads),
            // What was never sent may be sent whenever retrying is wanted at all.
            FailureClass.NotSent => step.Retry,
            _ => step.Retry is { } retry && retry.On.Contains(kind) ? retry : null,
        };

    private static FailureClass Classed(StepCall call, ActionResult.Failed failed) =>
        failed.CodeOfEnd is { } code && call.Step.FailsWith.Contains(code) ? FailureClass.Refused : failed.Class;

    private static Kept Outputs(Unit unit, JsonElement result, IReadOnlyList<CutMember> unread, MapValue? seen)
    {
        var step = unit.Step;
        if (step.Outputs.Count > 0)
        {
            var scope = unit.Scope(seen);
            var made = step.Outputs.Select(output => KeyValuePair.Create(output.Key, output.Value.Resolve(scope)));
            return new Kept(Values.ToJson(new MapValue([.. made])), []);
        }

        if (step.Script is not null && result.TryGetProperty("outputs", out var named))
        {
            // Of its own: a part of the result would hold all that the script wrote for as long as it is kept.
            return new Kept(JsonElement.Parse(JsonMarshal.GetRawUtf8Value(named)), []);
        }

        return new Kept(result.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : result, unread);
    }

    private static MapValue Seen(Unit unit, StepCall call, JsonElement result, IReadOnlyList<CutMember> unread) =>
        new([
            KeyValuePair.Create("result", KeptValues.AsItCame(result, unread)),
            KeyValuePair.Create("before", Unit.Baseline(unit.State.Attempts.FindLast(attempt => attempt.Number == call.Started.Number))),
        ]);

    /// <summary>What is kept of an answer.</summary>
    private readonly record struct Kept(JsonElement? Outputs, IReadOnlyList<CutMember> Cut);
}
