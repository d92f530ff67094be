using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What people are asked to approve.</summary>
/// <param name="Inputs">What the approval binds to.</param>
/// <param name="Text">In one line.</param>
/// <param name="Whole">All of it. Made when somebody looks: a run is planned many times while it waits.</param>
internal sealed record AskedCall(Resolved Inputs, string Text, Func<IEnumerable<WholeCall>> Whole);

/// <summary>Holds a step until enough people have agreed to exactly what it will do.</summary>
internal static class ApprovalPlanner
{
    private const int Named = 10;

    /// <param name="what">What it will do, resolved, and in words; null: nothing.</param>
    /// <param name="facts">Gets the end of the wait, to be recorded with the step's beginning.</param>
    /// <returns>Null once it may go on.</returns>
    public static Next? Next(Unit unit, Func<AskedCall?> what, List<RunFact> facts)
    {
        if (unit.Step.Approve is not { } approve)
            return null;
        if (what() is not { } asked)
            return new Next.Record(Nothing(unit));
        var hash = Binding.OfStep(unit.View, unit.Path, asked.Inputs.Hash);
        var (state, now) = (unit.State, unit.View.Now);
        switch (Settling(state, approve, hash))
        {
            case { Decision: RunDecision.Deny } denied:
                return new Next.Record(Ends.Failure(unit, $"denied by {PersonPlanner.Who(denied)}"));
            case not null:
                if (state.Wait is { Kind: WaitKind.Approval })
                    facts.Add(new RunFact.WaitOver(unit.Path, "approved"));
                return null;
        }

        if (state.Wait is not { Kind: WaitKind.Approval } wait || wait.Hash != hash)
            return new Next.Record(Asks(unit, approve, hash, asked.Text));
        if (wait.Until is { } until && now >= until)
            return new Next.Record(Ends.Failure(unit, "nobody approved it in time"));
        if (wait.Remind is not { } remind)
            return new Next.Park(wait.Until);
        if (remind > now)
            return new Next.Park(remind < wait.Until || wait.Until is null ? remind : wait.Until);
        var next = remind + approve.Remind!.Value;
        return new Next.Record(
            new RunFact.Reminded(unit.Path, wait.Text, wait.Until, wait.Until is null || next < wait.Until ? next : null)
        );
    }

    /// <summary>All that is done once the step is approved; empty of a gate.</summary>
    /// <returns>Null: it waits for no approval, or what it would do has changed since it was asked.</returns>
    public static IReadOnlyList<WholeCall>? Waiting(Unit unit)
    {
        if (unit.State.Wait is not { Kind: WaitKind.Approval } wait)
            return null;
        try
        {
            var asked = unit.Step.ForEach is null ? What(unit) : OfTargets(unit, TargetPlanner.List(unit));
            return asked is not null && Binding.OfStep(unit.View, unit.Path, asked.Inputs.Hash) == wait.Hash
                ? WholeCall.Shown(asked.Whole())
                : null;
        }
        catch (ExpressionException)
        {
            // It could be told when it was asked: the inputs were changed since, and the run says what is wrong with them.
            return null;
        }
    }

    /// <summary>An action or a script, and what would take it back; a gate.</summary>
    public static AskedCall OfStep(Unit unit, Resolved with)
    {
        var undo = UndoOf(unit);
        return new AskedCall(
            // It does nothing by itself; what comes after it goes by the run's inputs.
            unit.Step.IsGate
                ? with with
                {
                    Hash = Binding.WithInputs(unit, with.Hash),
                }
                : with,
            StepPlanner.Describe(unit, with) + undo?.Text,
            () => WholeCall.Of(unit, with.Json) is { } whole ? [whole with { Undo = undo?.Whole }] : []
        );
    }

    public static AskedCall? OfTargets(Unit unit, ListValue list)
    {
        var each = list
            .Items.Select(
                (item, index) =>
                    (Item: item, Index: index, What: What(unit with { Step = unit.Step.EachTarget!, Target = new Target(item) }))
            )
            .Where(one => one.What is not null)
            .ToList();
        if (each.Count == 0)
            return null;
        var names = each.Take(Named)
            .Select(one =>
                one.Item is string or double or ExactNumber or bool ? Values.ToText(one.Item) : Values.ToJson(one.Item).GetRawText()
            );
        var more = each.Count > Named ? $" and {each.Count - Named} more" : "";
        return new AskedCall(
            Together(each.Select(one => one.What!)),
            $"{each[0].What!.Text} ({each.Count} target{(each.Count == 1 ? "" : "s")}: {string.Join(", ", names)}{more})",
            () => each.SelectMany(one => one.What!.Whole().Select(call => call with { Step = PathIn(unit, one.Index, call.Step) }))
        );
    }

    // Nobody is asked for what will be skipped.
    public static AskedCall? OfGroup(Unit unit)
    {
        var members = GroupPlanner
            .Members(unit)
            .Where(member => StepPlanner.Skips(member) is null)
            .Select(What)
            .OfType<AskedCall>()
            .ToList();
        return members.Count == 0
            ? null
            : new AskedCall(
                Together(members),
                string.Join("; ", members.Select(member => member.Text)),
                () => members.SelectMany(member => member.Whole())
            );
    }

    public static AskedCall? OfCall(Unit unit)
    {
        var with = unit.Step.Runbook!.With.ToJson(unit.Scope());
        return new AskedCall(with, $"runbook {unit.Step.Runbook.Name} {with.Json.GetRawText()}", () => [WholeCall.Of(unit, with.Json)!]);
    }

    // Of what is made of others, all of it counts; a group's members do not depend on each other.
    private static Resolved Together(IEnumerable<AskedCall> all) =>
        Resolved.Of(Values.ToJson(new ListValue([.. all.Select(one => (object?)one.Inputs.Hash)])));

    // Begun without anybody's word, a member whose condition comes true a moment later would act: so it ends here.
    private static List<RunFact> Nothing(Unit unit)
    {
        const string because = "nothing is to be done";
        var members = unit.Step is { ForEach: null, Parallel: not null } ? GroupPlanner.Members(unit) : [];
        return [.. members.Append(unit).Select(one => Ends.Skipped(one, StepPlanner.Skips(one) ?? because))];
    }

    private static AskedCall? What(Unit unit)
    {
        if (unit.Step.Runbook is not null)
            return OfCall(unit);
        if (unit.Step.Parallel is not null)
            return OfGroup(unit);
        return OfStep(unit, StepInputs.Of(unit));
    }

    // The targets have no places of their own yet.
    private static string PathIn(Unit unit, int index, string member)
    {
        var target = StepPath.Target(unit.Path, index);
        return unit.Step.Parallel is null ? target : $"{target}/{member[unit.Prefix.Length..]}";
    }

    // What its undo is made of and is not known before it was done stands as it is written.
    internal static (string Text, WholeCall Whole)? UndoOf(Unit unit)
    {
        if (unit.Step.Undo is not { } undo)
            return null;
        var (text, _, whole) = OpenCall.Of(unit.Undo with { Frame = unit.Frame.Free }, expression => IsKnown(unit, expression));
        return ($" (undo{(undo.Approve is null ? "" : ", once people approve it")}: {text})", whole);
    }

    private static bool IsKnown(Unit unit, Expression expression) =>
        !References.ToAllOf("steps", expression.Text)
        && References
            .To("steps", expression.Text)
            .All(id => unit.View.Of(unit.Prefix + id).IsOver || unit.View.Of(unit.Frame.Prefix + id).IsOver);

    /// <summary>The decision that settled it, whatever was said after that: the first denial, or who made the approvals enough.</summary>
    /// <param name="hash">What is approved; who agreed to something else does not count.</param>
    public static StepDecision? Settling(StepState state, ApproveDefinition approve, string? hash)
    {
        var asked = state.Wait is { Kind: WaitKind.Approval } wait ? wait.DecisionsBefore : int.MaxValue;
        var agreed = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < state.Decisions.Count; i++)
        {
            var decision = state.Decisions[i];
            if (decision.Decision is RunDecision.Deny && i >= asked)
                return decision;
            if (decision.Decision is not RunDecision.Approve || decision.Hash != hash)
                continue;
            agreed.Add(decision.By);
            if (decision.BreakGlass || agreed.Count >= approve.Need)
                return decision;
        }

        return null;
    }

    private static RunFact.StepWaits Asks(Unit unit, ApproveDefinition approve, string hash, string text) =>
        new(
            unit.Path,
            WaitKind.Approval,
            hash,
            approve.From,
            (unit.Step.Name is { } name && name != text ? name + ": " : "")
                + text
                + (approve.Need > 1 ? $" (needs {approve.Need} people)" : ""),
            null,
            approve.Expires is { } expires ? unit.View.Now + expires : null,
            approve.Remind is { } remind && (approve.Expires is null || remind < approve.Expires) ? unit.View.Now + remind : null
        );
}
