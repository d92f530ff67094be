using System.Text.Json;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>
/// An honest plan: goes through a runbook as a run would, makes the steps that only read for real, and says of all others
/// exactly what they would do, or what that depends on. Changes nothing, waits for nobody, writes no log.
/// </summary>
public sealed class PlanWalk
{
    // Of a long list the first targets stand for all.
    private const int ShownTargets = 20;

    private readonly RunbookSet books;
    private readonly DrillScope? drill;
    private readonly List<PlannedStep> lines = [];
    private readonly WalkedRun run;
    private readonly WalkNeeds needed;
    private readonly PlanLines says;
    private readonly DrillProbes? probes;

    /// <param name="drill">Null: it is a plan, for somebody who looks at it. Else nobody does, and what is not sure to be a read is left out.</param>
    public PlanWalk(RunDriver driver, RunbookSet books, RunState start, DrillScope? drill = null)
    {
        (this.books, this.drill) = (books, drill);
        run = new WalkedRun(driver, books, start, drill);
        needed = new WalkNeeds(drill);
        says = new PlanLines(needed);
        probes = drill is null ? null : new DrillProbes(run, needed);
    }

    public async Task<IReadOnlyList<PlannedStep>> GoAsync(CancellationToken cancel)
    {
        await StepsAsync(frame: null, cancel);
        return lines;
    }

    /// <param name="frame">Makes the frame on the newest state; null: the run's own.</param>
    private async Task StepsAsync(Func<PlanView, Frame>? frame, CancellationToken cancel)
    {
        var now = frame is null ? Frame.Root(run.View()) : frame(run.View());
        Task<bool> GoAsync(StepDefinition step) => StepAsync(view => On(frame, view, step, now.Prefix + step.Id), cancel);
        foreach (var step in now.Definition.Steps)
        {
            if (await GoAsync(step))
                break;
        }

        foreach (var step in now.Definition.Finally)
            await GoAsync(step);
    }

    private static Unit On(Func<PlanView, Frame>? frame, PlanView view, StepDefinition step, string path)
    {
        var at = frame is null ? Frame.Root(view) : frame(view);
        return new Unit(at, step, path, at.Prefix);
    }

    /// <returns>Whether the runbook would end here, well.</returns>
    private async Task<bool> StepAsync(Func<PlanView, Unit> at, CancellationToken cancel)
    {
        var unit = at(run.View());
        var step = unit.Step;
        var needs = needed.Of(unit);
        if (says.Unread(unit) is { } fault)
        {
            // A run would fail here.
            needed.Assume(unit.Path);
            lines.Add(NotMade(says.Of(unit, PlanLines.NotKnown(unit), needs), fault));
            return false;
        }

        if (says.Skipped(unit) is { } no)
        {
            lines.Add(says.Of(unit, no, []) with { Outcome = StepOutcome.Skipped });
            run.Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Skipped, null, null, no, null));
            return false;
        }

        if (drill is not null && Barred(unit) is { } barred)
        {
            LeaveOut(says.Of(unit, PlanLines.NotKnown(unit), needs), barred);
            await ProbesAsync(unit, cancel);
            return false;
        }

        if (step.ForEach is not null)
            await TargetsAsync(unit, needs, cancel);
        else if (step.Parallel is not null)
            await GroupAsync(unit, cancel);
        else if (step.Runbook is not null)
            await CallAsync(unit, needs, cancel);
        else if (step.Uses is not null || step.Script is not null)
            return await ActAsync(unit, needs, cancel);
        else
            Waits(unit);
        return false;
    }

    private async Task GroupAsync(Unit unit, CancellationToken cancel)
    {
        var members = GroupPlanner.Members(unit).ToList();
        lines.Add(says.Of(unit, $"{members.Count} steps beside each other", []));
        foreach (var member in members)
        {
            // What stands beside it may be done before it.
            if (members.Exists(other => other.Path != member.Path && MayAct(other)))
                needed.Act();
            await StepAsync(member.On, cancel);
        }

        var paths = members.ConvertAll(member => member.Path);
        if (says.Whether(unit).Count > 0)
            paths.ForEach(needed.Doubt);
        needed.Gather(unit.Path, paths.Contains);
        run.Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Success, null, null, null, null));
    }

    private bool MayAct(Unit unit) =>
        says.Skipped(unit) is null && unit.Step.WithMembers.Any(step => RunbookGlance.Acts(step, unit.View.Actions));

    // Whoever approves a read has a reason to want to be asked.
    private string? Barred(Unit unit) =>
        unit.Step.Approve is not null ? "people approve it first"
        : says.Whether(unit) is { Count: > 0 } needs ? $"whether it happens depends on {string.Join(", ", needs)}"
        : null;

    private async Task ProbesAsync(Unit unit, CancellationToken cancel)
    {
        if (probes is not null)
            lines.AddRange(await probes.OfAsync(unit, cancel));
    }

    private void LeaveOut(PlannedStep line, string because)
    {
        needed.Assume(line.Step);
        lines.Add(drill is null ? line : line with { LeftOut = because });
    }

    private void Waits(Unit unit)
    {
        var step = unit.Step;
        var words =
            step.Wait is { For: { } length } ? $"wait {Duration.Write(length)}"
            : step.Wait is { Until: { } until } ? $"wait until {until.Text.Trim()}"
            : step.Ask is { } ask ? $"ask for {string.Join(", ", ask.Inputs.Select(input => input.Name))}"
            : "wait for an approval";
        LeaveOut(says.Of(unit, words, []), step.Wait is null ? "nobody is asked" : "nobody waits");
    }

    private void NotDone(Unit unit, PlannedStep line, string because)
    {
        LeaveOut(line, because);
        if (line.Effect is not StepEffect.Read && !RunbookGlance.IsOfTheIncident(unit.Step))
            needed.Act();
    }

    private async Task<bool> ActAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        var unsure = needed.UnsureOf(unit);
        // A look is made with what there is now.
        if (needs.Count > 0 || (unsure.Count > 0 && says.Widest(unit, unsure).Effect is not StepEffect.Read))
        {
            NotDone(unit, says.Widest(unit, unsure), WalkNeeds.Said(unsure));
            await ProbesAsync(unit, cancel);
            return false;
        }

        try
        {
            var with = StepInputs.Of(unit);
            if (unit.Step.Uses is { } uses && ArgumentSchema.Misfit(unit.View.Actions[uses.Action], with.Json, words: true) is { } misfit)
                throw new ExpressionException(ExpressionStage.Evaluation, misfit);
            var effect = StepPlanner.EffectOf(unit, with);
            var line = says.Of(unit, StepPlanner.Describe(unit, with), [], WholeCall.Of(unit, with.Json)) with { Effect = effect };
            if (effect is StepEffect.Read && (drill is null || NotForDrills(unit, with) is null))
                return await ReadAsync(unit, with, line, cancel);
            NotDone(unit, line, effect is StepEffect.Read ? NotForDrills(unit, with)! : $"it is {Words.Of(effect)}");
            await ProbesAsync(unit, cancel);
        }
        catch (ExpressionException) when (unsure.Count > 0)
        {
            NotDone(unit, says.Widest(unit, unsure), WalkNeeds.Said(unsure));
        }
        catch (ExpressionException fault)
        {
            needed.Assume(unit.Path);
            lines.Add(NotMade(says.Of(unit, PlanLines.NotKnown(unit), []), fault.Message));
        }

        return false;
    }

    // With all that it is made of at hand, a run would end here, too.
    private PlannedStep NotMade(PlannedStep line, string because) =>
        drill is null
            ? line with
            {
                Known = false,
                Because = because,
            }
            : line with
            {
                Known = false,
                Because = because,
                Outcome = StepOutcome.Failure,
                Class = FailureClass.Refused,
            };

    // Nobody watches a drill: the author's word that something stricter is a read is not enough for it.
    private string? NotForDrills(Unit unit, Resolved with) =>
        run.TimeIsOver
        ?? (
            unit.Step.Uses is not null && StepPlanner.OwnEffect(unit, with) is not StepEffect.Read
                ? "it is a read by 'i-accept' only"
                : null
        );

    private async Task<bool> ReadAsync(Unit unit, Resolved with, PlannedStep line, CancellationToken cancel)
    {
        var sure = drill is not null || (needed.IsSure(unit) && says.Whether(unit).Count == 0);
        var (ended, answered, cut) = await run.CallAsync(unit, CallPart.Main, unit.Path, with, cancel);
        if (ended.Outcome is not StepOutcome.Success)
            needed.Assume(unit.Path);
        else if (!sure)
            needed.Doubt(unit.Path);
        if (cut is not null)
        {
            lines.Add(line with { LeftOut = cut });
            return false;
        }

        var ends = ended is { EndsRun: true, Outcome: StepOutcome.Success };
        var because = ended.Because;
        if (ends && !sure)
            because += ". A run may find it otherwise; what follows is what it would do then";
        if (ended.Outcome is StepOutcome.Failure && sure && Breaks(unit))
        {
            var fails = ended.Retry is null ? "A run would fail here" : "A run would try it again, and fail here if that stays so";
            because += $". {fails}; what follows is what it would do if this held";
        }

        lines.Add(
            line with
            {
                Outcome = ended.Outcome,
                Because = because,
                Result = ended.Outputs,
                Class = ended.Class,
                Answered = answered,
                Ends = ends,
            }
        );
        // What a healthy day makes needless is what a drill is for.
        return ends && sure && drill is null;
    }

    private bool Breaks(Unit unit) =>
        drill is null
        && unit is { Frame.IsRoot: true, Target: null, Step.ContinueOnError: false }
        && unit.Frame.Definition.Steps.Contains(unit.Step);

    private async Task TargetsAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        IReadOnlyList<Expression> of =
        [
            .. TemplateExpressions.In(unit.Step.ForEach),
            .. unit.Step.Where is { } where ? [where] : Array.Empty<Expression>(),
        ];
        var unsure = needed.Unsure(unit, of);
        var (list, fault) = needed.On(unit, of).Count == 0 ? List(unit) : (null, null);
        // Where there is nothing now, a run may find something.
        if (list is null || (list.Items.Count == 0 && unsure.Count > 0))
        {
            needs = [.. needs.Union(unsure)];
            LeaveOut(
                says.Of(unit, $"for each of a list that is not known: {PlanLines.NotKnown(unit)}", needs) with
                {
                    Known = false,
                    Because = fault,
                },
                needs.Count > 0 ? WalkNeeds.Said(needs) : "its targets are not known"
            );
            if (drill is null)
                await AnyTargetAsync(unit, needs, cancel);
            return;
        }

        var targets = says.Of(unit, $"{list.Items.Count} targets", unsure) with
        {
            Targets = list.Items.Count,
            Approval = unit.Step.Approve is not null && list.Items.Count > 0,
        };
        lines.Add(
            drill is not null && list.Items.Count > ShownTargets
                ? targets with
                {
                    LeftOut = $"its targets beyond the first {ShownTargets}",
                }
                : targets
        );
        run.Record(new RunFact.TargetsResolved(unit.Path, Values.ToJson(list)));
        if (unit.Step.MaxParallel > 1 && list.Items.Count > 1 && MayAct(unit))
            needed.Act();
        for (var index = 0; index < Math.Min(list.Items.Count, ShownTargets); index++)
        {
            var at = index;
            if (unsure.Count > 0)
                needed.DoubtItem(StepPath.Target(unit.Path, at), unsure);
            await StepAsync(view => TargetPlanner.At(unit.On(view), view.Of(unit.Path).Targets!, at), cancel);
        }

        if (list.Items.Count > ShownTargets)
            needed.Assume(unit.Path);
        if (unsure.Count > 0 || says.Whether(unit).Count > 0)
            needed.Doubt(unit.Path);
        needed.Gather(unit.Path, one => one.StartsWith(unit.Path + "[", StringComparison.OrdinalIgnoreCase));
        run.Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Success, null, null, null, null));
    }

    // One stands for all: what would be done to each is said.
    private async Task AnyTargetAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        needed.MissItem(StepPath.Target(unit.Path, 0), needs.Count > 0 ? needs : [unit.Path]);
        run.Record(new RunFact.TargetsResolved(unit.Path, JsonElement.Parse("[null]")));
        await StepAsync(view => TargetPlanner.At(unit.On(view), view.Of(unit.Path).Targets!, 0), cancel);
        needed.Assume(unit.Path);
        run.Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Success, null, null, null, null));
    }

    private static (ListValue?, string? Fault) List(Unit unit)
    {
        try
        {
            return (TargetPlanner.List(unit), null);
        }
        catch (ExpressionException fault)
        {
            return (null, fault.Message);
        }
    }

    private async Task CallAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        var called = books.Called[unit.Step.Runbook!.Name];
        needed.Assume(unit.Path);
        if (needs.Count > 0 && drill is not null)
        {
            LeaveOut(says.Of(unit, $"runbook {called.Name}", needs), WalkNeeds.Said(needs));
            return;
        }

        var (inputs, problems) = Inputs(called, unit, needed.On);
        if (drill is null && Lacking(called, unit, needed.Unsure) is { Count: > 0 } unsure)
        {
            needed.Doubt(unsure.Select(name => unit.Path + "/" + name));
            if (inputs is null)
                (inputs, problems) = Inputs(called, unit, needed.Unsure);
        }

        if (inputs is not { } given)
        {
            var why = string.Join(" ", problems.Select(problem => problem.Sentence));
            LeaveOut(says.Of(unit, $"runbook {called.Name}", []) with { Known = false, Because = why }, why);
            return;
        }

        lines.Add(says.Of(unit, $"runbook {called.Name} {given.GetRawText()}", needed.UnsureOf(unit), WholeCall.Of(unit, given)));
        run.Record(new RunFact.CallStarted(unit.Path, given));
        await StepsAsync(view => CallPlanner.FrameOf(unit.On(view))!, cancel);
    }

    private (JsonElement? Inputs, IReadOnlyList<InputProblem> Problems) Inputs(RunbookDefinition called, Unit unit, Lacks lacks)
    {
        JsonElement with;
        var open = Lacking(called, unit, lacks);
        try
        {
            var given = unit.Step.Runbook!.With is Template.Mapping mapping
                ? new Template.Mapping([.. mapping.Entries.Where(entry => !open.Contains(entry.Key))])
                : unit.Step.Runbook.With;
            with = given.ToJson(unit.Scope()).Json;
        }
        catch (ExpressionException fault)
        {
            return (null, [new InputProblem("with", null, fault.Message)]);
        }

        needed.Miss(open.Select(name => unit.Path + "/" + name));
        if (drill is null)
            return InputResolver.Resolve(
                [.. called.Inputs.Where(input => !open.Contains(input.Name))],
                with,
                run.State.Alert,
                run.State.Incident
            );
        var known = DrillInputs.Of(called, with);
        needed.Miss(known.Missing.Keys.Select(name => unit.Path + "/" + name));
        return known.Wrong.Count > 0 ? (null, known.Wrong) : (known.Known, []);
    }

    // Inputs that are made of what is not known yet.
    private static HashSet<string> Lacking(RunbookDefinition called, Unit unit, Lacks lacks)
    {
        var open = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (unit.Step.Runbook!.With is not Template.Mapping given)
            return open;
        open.UnionWith(
            given.Entries.Where(entry => lacks(unit, [.. TemplateExpressions.In(entry.Value)]).Count > 0).Select(entry => entry.Key)
        );
        foreach (var input in called.Inputs.Where(input => given.Entries.All(entry => entry.Key != input.Name)))
        {
            if (TemplateExpressions.In(input.Default).Any(one => References.To("inputs", one.Text).Any(open.Contains)))
                open.Add(input.Name);
        }

        return open;
    }

    private delegate List<string> Lacks(Unit unit, IReadOnlyCollection<Expression> expressions);
}
