using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>The targets of a <c>for-each</c>: so many at a time, wave after wave, until too many have failed.</summary>
internal static class TargetPlanner
{
    /// <summary>A longer list is a mistake of who wrote it, not a fleet.</summary>
    public const int MaxTargets = 10_000;

    public static void Plan(Unit unit, Gathered gathered)
    {
        if (unit.State.Targets is not { } targets)
        {
            Begin(unit, gathered);
            return;
        }

        var before = gathered.HasEnd;
        foreach (var index in targets.Open)
            UnitPlanner.Plan(At(unit, targets, index), gathered);
        // A failure that is only now recorded counts before another one starts.
        if (gathered.HasEnd && !before)
            return;
        if (unit.Frame.Over is null)
            Start(unit, targets, gathered);
        if (targets.Open.IsEmpty && !MayBegin(unit, targets, 0))
            gathered.Record(End(unit, targets));
    }

    public static Unit At(Unit unit, StepTargets targets, int index)
    {
        var path = StepPath.Target(unit.Path, index);
        return unit with
        {
            Step = unit.Step.EachTarget!,
            Path = path,
            Prefix = unit.Step.Parallel is null ? unit.Prefix : path + "/",
            Target = new Target(Values.From(targets.Items[index])),
        };
    }

    /// <summary>The list as it is now, cut by <c>where</c>.</summary>
    /// <exception cref="ExpressionException">It is no list, or longer or deeper than allowed.</exception>
    public static ListValue List(Unit unit)
    {
        if (unit.Step.ForEach!.Resolve(unit.Scope()) is not ListValue list)
            throw new ExpressionException(ExpressionStage.Evaluation, "for-each: the value is no list.");
        if (list.Items.Count > MaxTargets)
            throw new ExpressionException(
                ExpressionStage.Evaluation,
                $"for-each: the list has {list.Items.Count} items; at most {MaxTargets} are allowed."
            );
        if (Values.LevelsOf(list) > Values.DeepestKept)
            throw new ExpressionException(
                ExpressionStage.Evaluation,
                $"for-each: the list is nested deeper than {Values.DeepestKept} levels, and cannot be kept."
            );
        return unit.Step.Where is { } where
            ? new ListValue([.. list.Items.Where(item => where.Holds((unit with { Target = new Target(item) }).Scope()))])
            : list;
    }

    private static void Begin(Unit unit, Gathered gathered)
    {
        ListValue? list = null;
        if (UnitPlanner.Enter(unit, () => ApprovalPlanner.OfTargets(unit, list ??= List(unit)), out var facts) is { } held)
        {
            gathered.Add(held);
            return;
        }

        list ??= List(unit);
        if (unit.Frame.Definition.Limits.Targets is { } most && list.Items.Count > most && Changes(unit, list))
        {
            gathered.Record([.. facts, Ends.Failure(unit, $"it has {list.Items.Count} targets, and limits.targets allows {most}")]);
            return;
        }

        var items = Values.ToJson(list);
        gathered.Record([
            .. facts,
            gathered.TryTake(items, out var tooMuch) ? new RunFact.TargetsResolved(unit.Path, items) : Ends.Failure(unit, tooMuch),
        ]);
    }

    private static bool Changes(Unit unit, ListValue list)
    {
        var first = unit with { Step = unit.Step.EachTarget!, Target = new Target(list.Items[0]) };
        return (first.Step.Uses is null && first.Step.Script is null)
            || StepPlanner.EffectOf(first, StepInputs.Of(first)) is not StepEffect.Read;
    }

    private static void Start(Unit unit, StepTargets targets, Gathered gathered)
    {
        var ended = gathered.HasEnd;
        for (var begun = 0; MayBegin(unit, targets, begun) && HasRoom(unit, targets, begun, gathered); begun++)
        {
            gathered.Targets++;
            UnitPlanner.Plan(At(unit, targets, targets.Begun + begun), gathered);
            if (gathered.HasEnd != ended)
                return;
        }
    }

    // One for-each inside another multiplies what each of them may do at a time. One target of each always may go on, so that
    // the outer ones never wait for an inner one that waits for them.
    private static bool HasRoom(Unit unit, StepTargets targets, int more, Gathered gathered)
    {
        var open = targets.Open.Count + more;
        return open < unit.Step.MaxParallel && (open == 0 || unit.View.State.OpenTargets + gathered.Targets < RunSize.MostAtOnce);
    }

    /// <summary>Whether the rate allows one more after those begun, however many go at a time.</summary>
    /// <param name="more">Begun in this turn already.</param>
    private static bool MayBegin(Unit unit, StepTargets targets, int more)
    {
        var next = targets.Begun + more;
        if (
            next >= targets.Count
            || unit.Frame.Over is not null
            || RunSize.Full(unit.View.State) is not null
            || Failures(unit, targets) >= Budget(unit, targets)
        )
            return false;
        return next < WaveEnd(unit.Step.Rate?.Waves ?? [], targets);
    }

    // Whoever is not known to have succeeded counts as failed until somebody says otherwise.
    private static int Failures(Unit unit, StepTargets targets)
    {
        var failures = targets.Failed;
        if (unit.Step.MaxParallel > 1)
        {
            foreach (var index in targets.Open)
                failures += unit.View.Of(StepPath.Target(unit.Path, index)).Outcome is StepOutcome.Unknown ? 1 : 0;
        }

        return failures;
    }

    /// <summary>With so many failures no other target is started.</summary>
    public static int Budget(Unit unit, StepTargets targets) =>
        unit.Step.Rate?.Errors?.Of(targets.Count) ?? (unit.Step.ContinueOnError ? int.MaxValue : 1);

    /// <summary>How many may have begun before the wave under way is over.</summary>
    public static int WaveEnd(IReadOnlyList<Share> waves, StepTargets targets)
    {
        var over = targets.Begun - targets.Open.Count;
        foreach (var wave in waves)
        {
            if (wave.Of(targets.Count) > over)
                return wave.Of(targets.Count);
        }

        return targets.Count;
    }

    private static RunFact.StepEnded End(Unit unit, StepTargets targets)
    {
        var states = Enumerable.Range(0, targets.Begun).Select(index => unit.View.Of(StepPath.Target(unit.Path, index))).ToList();
        var stopped = states.Exists(state => state is { EndsRun: true, Outcome: not StepOutcome.Success });
        var unknown = states.Exists(state => state.Outcome is StepOutcome.Unknown);
        if (unit.Frame.Stop is { } stop)
            return Ends.Stopped(unit, unknown ? StepOutcome.Unknown : StepOutcome.Cancelled, stop);
        if (unit.Frame.Halt is { } halt && targets.Begun < targets.Count)
            return Ends.Stopped(unit, unknown ? StepOutcome.Unknown : StepOutcome.Cancelled, AndNotStarted(halt, targets));
        var tolerated = unit.Step.Rate?.Errors is not null && targets.Failed < Budget(unit, targets) && !stopped;
        var full = CutShort(unit, targets) is not null;
        var outcome =
            (targets.Failed == 0 || tolerated) && !full ? StepOutcome.Success
            : unknown ? StepOutcome.Unknown
            : StepOutcome.Failure;
        return new RunFact.StepEnded(
            unit.Path,
            0,
            outcome,
            outcome is StepOutcome.Success ? null : FailureClass.Refused,
            null,
            Because(unit, targets),
            null,
            EndsRun: stopped || states.Exists(state => state.EndsRun) || outcome is StepOutcome.Unknown
        );
    }

    private static string? CutShort(Unit unit, StepTargets targets) => targets.Begun < targets.Count ? RunSize.Full(unit.View.State) : null;

    private static string AndNotStarted(string why, StepTargets targets) =>
        $"{why}; {targets.Count - targets.Begun} of {targets.Count} targets were not started";

    private static string? Because(Unit unit, StepTargets targets)
    {
        if (targets.Count == 0)
            return "there was no target";
        var left = targets.Count - targets.Begun;
        if (targets.Failed == 0)
            return CutShort(unit, targets) is { } full ? AndNotStarted(full, targets) : null;
        var first = Enumerable
            .Range(0, targets.Begun)
            .First(index => unit.View.Of(StepPath.Target(unit.Path, index)).Outcome is not (StepOutcome.Success or StepOutcome.Skipped));
        var why = unit.View.Of(StepPath.Target(unit.Path, first)).Because;
        return $"{targets.Failed} of {targets.Count} targets failed"
            + (left > 0 ? $", {left} were not started" : "")
            + (why is null ? "" : $"; the first ({StepPath.Target(unit.Path, first)}): {why}");
    }
}
