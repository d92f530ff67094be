using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>
/// An honest plan: goes through a runbook as a run would, makes the steps that only read for real, and says of all others
/// exactly what they would do, or what that depends on. Changes nothing, waits for nobody, writes no log.
/// </summary>
/// <param name="drill">Null: it is a plan, for somebody who looks at it. Else nobody does, and what is not sure to be a read is left out.</param>
public sealed class PlanWalk(RunDriver driver, RunbookSet books, RunState start, DrillScope? drill = null)
{
    // Of a long list the first targets stand for all.
    private const int ShownTargets = 20;
    private const string TimeIsOver = "the time of the drill was over";

    // Somebody sits before a plan, and what a step waits for does not come by one.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StepCaller caller = new(driver.Scripts, new Nowhere(), driver.Secrets, driver.Time);
    private readonly List<PlannedStep> lines = [];
    private readonly WalkNeeds needed = new(drill);
    private RunState state = start;

    public async Task<IReadOnlyList<PlannedStep>> GoAsync(CancellationToken cancel)
    {
        await StepsAsync(frame: null, cancel);
        return lines;
    }

    /// <param name="frame">Makes the frame on the newest state; null: the run's own.</param>
    private async Task StepsAsync(Func<PlanView, Frame>? frame, CancellationToken cancel)
    {
        var now = frame is null ? Frame.Root(View()) : frame(View());
        foreach (var step in now.Definition.Steps.Concat(now.Definition.Finally))
        {
            var path = now.Prefix + step.Id;
            if (await StepAsync(view => On(frame, view, step, path), cancel))
                return;
        }
    }

    private static Unit On(Func<PlanView, Frame>? frame, PlanView view, StepDefinition step, string path)
    {
        var at = frame is null ? Frame.Root(view) : frame(view);
        return new Unit(at, step, path, at.Prefix);
    }

    /// <returns>Whether the runbook would end here, well.</returns>
    private async Task<bool> StepAsync(Func<PlanView, Unit> at, CancellationToken cancel)
    {
        var unit = at(View());
        var step = unit.Step;
        var needs = needed.Of(unit);
        if (step.If is not null && needed.On(unit, [step.If]).Count == 0 && Holds(unit) is { } no)
        {
            lines.Add(Line(unit, no, []) with { Outcome = StepOutcome.Skipped });
            Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Skipped, null, null, no, null));
            return false;
        }

        if (drill is not null && Barred(unit) is { } barred)
        {
            LeaveOut(Line(unit, NotKnown(unit), needs), barred);
            await ProbesAsync(unit, cancel);
            return false;
        }

        if (step.Parallel is not null)
        {
            lines.Add(Line(unit, $"{step.Parallel.Count} steps beside each other", []));
            foreach (var member in GroupPlanner.Members(unit).ToList())
                await StepAsync(view => member.On(view), cancel);
            return false;
        }

        if (step.ForEach is not null)
            await TargetsAsync(unit, needs, cancel);
        else if (step.Runbook is not null)
            await CallAsync(unit, needs, cancel);
        else if (step.Uses is not null || step.Script is not null)
            return await ActAsync(unit, needs, cancel);
        else
            Waits(unit);
        return false;
    }

    // Whoever approves a read has a reason to want to be asked.
    private string? Barred(Unit unit) =>
        unit.Step.Approve is not null ? "people approve it first"
        : unit.Step.If is { } condition && needed.On(unit, [condition]) is { Count: > 0 } needs
            ? $"whether it happens depends on {string.Join(", ", needs)}"
        : null;

    private void LeaveOut(PlannedStep line, string because)
    {
        needed.Assume(line.Step);
        lines.Add(drill is null ? line : line with { LeftOut = because });
    }

    private static string Depends(List<string> needs) => $"it depends on {string.Join(", ", needs)}";

    private void Waits(Unit unit)
    {
        var step = unit.Step;
        var words =
            step.Wait is { For: { } length } ? $"wait {Duration.Write(length)}"
            : step.Wait is { Until: { } until } ? $"wait until {until.Text.Trim()}"
            : step.Ask is { } ask ? $"ask for {string.Join(", ", ask.Inputs.Select(input => input.Name))}"
            : "wait for an approval";
        if (step.Ask is not null || drill is not null)
            LeaveOut(Line(unit, words, []), step.Wait is null ? "nobody is asked" : "nobody waits");
        else
            lines.Add(Line(unit, words, []));
    }

    private async Task<bool> ActAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        if (needs.Count > 0)
        {
            LeaveOut(Widest(unit, needs), Depends(needs));
            await ProbesAsync(unit, cancel);
            return false;
        }

        try
        {
            var with = StepInputs.Of(unit);
            if (unit.Step.Uses is { } uses && ArgumentSchema.Misfit(unit.View.Actions[uses.Action], with.Json, words: true) is { } misfit)
                throw new ExpressionException(ExpressionStage.Evaluation, misfit);
            var effect = StepPlanner.EffectOf(unit, with);
            var line = Line(unit, StepPlanner.Describe(unit, with), []) with { Effect = effect };
            if (effect is StepEffect.Read && (drill is null || NotForDrills(unit, with, drill) is null))
                return await ReadAsync(unit, with, line, cancel);
            LeaveOut(line, effect is StepEffect.Read ? NotForDrills(unit, with, drill!)! : $"it is {Words.Of(effect)}");
            await ProbesAsync(unit, cancel);
        }
        catch (ExpressionException fault)
        {
            needed.Assume(unit.Path);
            var line = Line(unit, NotKnown(unit), []) with { Known = false, Because = fault.Message };
            // With all that it is made of at hand, a run would end here, too.
            lines.Add(drill is null ? line : line with { Outcome = StepOutcome.Failure, Class = FailureClass.Refused });
        }

        return false;
    }

    // Nothing that would change something goes unnamed: what is open stands in it as it is written.
    private PlannedStep Widest(Unit unit, List<string> needs)
    {
        var (text, own) = Open(unit);
        return Line(unit, text, needs) with { Effect = StepPlanner.Declared(unit.Step, own) };
    }

    // Of an action or a script.
    private (string Text, StepEffect Effect) Open(Unit unit)
    {
        var call = new OpenCall(unit.Scope(), expression => needed.On(unit, [expression]).Count == 0);
        return unit.Step.Uses is { } uses
            ? call.Of(unit.View.Actions[uses.Action], uses.With)
            : (StepPlanner.Describe(unit, call.Of(StepInputs.Variables(unit))), StepEffect.Once);
    }

    // Nobody watches a drill: the author's word that something stricter is a read is not enough for it.
    private string? NotForDrills(Unit unit, Resolved with, DrillScope scope) =>
        driver.Time.GetUtcNow() >= scope.Until ? TimeIsOver
        : unit.Step.Uses is not null && StepPlanner.OwnEffect(unit, with) is not StepEffect.Read ? "it is a read by 'i-accept' only"
        : null;

    private async Task<bool> ReadAsync(Unit unit, Resolved with, PlannedStep line, CancellationToken cancel)
    {
        var (ended, answered, cut) = await CallAsync(unit, CallPart.Main, unit.Path, with, cancel);
        if (ended.Outcome is not StepOutcome.Success)
            needed.Assume(unit.Path);
        if (cut is not null)
        {
            lines.Add(line with { LeftOut = cut });
            return false;
        }

        var ends = ended is { EndsRun: true, Outcome: StepOutcome.Success };
        lines.Add(
            line with
            {
                Outcome = ended.Outcome,
                Because = ended.Because,
                Result = ended.Outputs,
                Class = ended.Class,
                Answered = answered,
                Ends = ends,
            }
        );
        // What a healthy day makes needless is what a drill is for.
        return ends && drill is null;
    }

    // Of a step that a drill leaves out: the night in which it is needed is the wrong one to find that nobody can look. What they answer
    // says nothing while nothing was done; that they answer does.
    private async Task ProbesAsync(Unit unit, CancellationToken cancel)
    {
        if (drill is null || unit.Step.ForEach is not null)
            return;
        (CallPart Part, string Path, UseDefinition? Uses)[] probes =
        [
            (CallPart.Before, unit.Path + StepPath.Before, unit.Step.Before?.Uses),
            (CallPart.Check, unit.Path + StepPath.Check, unit.Step.Check?.Uses),
        ];
        foreach (var (part, path, uses) in probes)
        {
            if (uses is null)
                continue;
            var line = new PlannedStep(path, null, StepEffect.Read, uses.Action, null, false, true, []);
            lines.Add(
                needed.On(unit, [.. TemplateExpressions.In(uses.With)]) is { Count: > 0 } needs
                    ? line with
                    {
                        LeftOut = Depends(needs),
                    }
                    : await ProbeAsync(unit, part, uses, line, cancel)
            );
        }
    }

    private async Task<PlannedStep> ProbeAsync(Unit unit, CallPart part, UseDefinition uses, PlannedStep line, CancellationToken cancel)
    {
        Resolved with;
        try
        {
            with = StepInputs.Arguments(unit, uses);
        }
        catch (ExpressionException fault)
        {
            return line with { LeftOut = fault.Message };
        }

        if (unit.View.Actions[uses.Action].EffectOf(with.Json) is not StepEffect.Read and var effect)
            return line with { LeftOut = $"it is {Words.Of(effect)}" };
        if (driver.Time.GetUtcNow() >= drill!.Until)
            return line with { LeftOut = TimeIsOver };
        var (ended, _, cut) = await CallAsync(unit, part, line.Step, with, cancel);
        if (cut is not null)
            return line with { LeftOut = cut };
        var answered = ended.Outcome is StepOutcome.Success || ended.Class is FailureClass.Refused;
        return line with
        {
            Outcome = answered ? StepOutcome.Success : StepOutcome.Failure,
            Because = ended.Because,
            Class = ended.Class,
            Answered = answered,
        };
    }

    /// <returns>
    /// What came of it, as it may be shown; whether there was an answer; and why that says nothing, where a drill had less time than the step
    /// asks for itself.
    /// </returns>
    private async Task<(RunFact.StepEnded Ended, bool Answered, string? Cut)> CallAsync(
        Unit unit,
        CallPart part,
        string path,
        Resolved with,
        CancellationToken cancel
    )
    {
        var view = View();
        var started = new RunFact.StepStarted(path, 1, StepEffect.Read, with.Hash, null, StepPlanner.Deadline(unit), null);
        Record(started);
        var call = new StepCall(unit, part, started);
        var limit = drill is null ? Patience : TimeSpan.FromTicks(Math.Max(1, (drill.Until - view.Now).Ticks));
        using var over = new CancellationTokenSource(limit, driver.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, over.Token);
        var (result, mask) = await caller.CallAsync(view, call, _ => Task.FromResult(true), either.Token);
        cancel.ThrowIfCancellationRequested();
        string? cut = null;
        if (result is ActionResult.Failed unanswered && over.IsCancellationRequested)
        {
            var because =
                $"no answer within {Duration.Write(limit)}, all that {(drill is null ? "a plan waits" : "the drill had left")} for it";
            result = unanswered with { Because = because };
            if (drill is not null && unit.Step.Timeout is { } own && own > limit)
                cut = $"{because}, and it may take {Duration.Write(own)}";
        }

        var ended = Shown.Of(Outcomes.Of(View(), call, result), mask) with { Retry = null };
        Record(ended);
        return (ended, result is ActionResult.Succeeded, cut);
    }

    private async Task TargetsAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        var list = needs.Count == 0 || needed.On(unit, [.. TemplateExpressions.In(unit.Step.ForEach)]).Count == 0 ? List(unit) : null;
        if (list is null)
        {
            LeaveOut(
                Line(unit, $"for each of a list that is not known: {NotKnown(unit)}", needs) with
                {
                    Known = false,
                },
                needs.Count > 0 ? Depends(needs) : "its targets are not known"
            );
            if (drill is null)
                await AnyTargetAsync(unit, needs, cancel);
            return;
        }

        var targets = Line(unit, $"{list.Items.Count} targets", []) with { Targets = list.Items.Count };
        lines.Add(
            drill is not null && list.Items.Count > ShownTargets
                ? targets with
                {
                    LeftOut = $"its targets beyond the first {ShownTargets}",
                }
                : targets
        );
        Record(new RunFact.TargetsResolved(unit.Path, Values.ToJson(list)));
        for (var index = 0; index < Math.Min(list.Items.Count, ShownTargets); index++)
        {
            var at = index;
            await StepAsync(view => TargetPlanner.At(unit.On(view), view.Of(unit.Path).Targets!, at), cancel);
        }

        if (list.Items.Count > ShownTargets)
            needed.Assume(unit.Path);
        if (needed.AnyOf(unit.Path))
            needed.Assume(unit.Path);
        Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Success, null, null, null, null));
    }

    // One stands for all: what would be done to each is said.
    private async Task AnyTargetAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        needed.MissItem(StepPath.Target(unit.Path, 0), needs.Count > 0 ? needs : [unit.Path]);
        Record(new RunFact.TargetsResolved(unit.Path, JsonElement.Parse("[null]")));
        await StepAsync(view => TargetPlanner.At(unit.On(view), view.Of(unit.Path).Targets!, 0), cancel);
        needed.Assume(unit.Path);
        Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Success, null, null, null, null));
    }

    private ListValue? List(Unit unit)
    {
        try
        {
            return TargetPlanner.List(unit);
        }
        catch (ExpressionException)
        {
            return null;
        }
    }

    private async Task CallAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        var called = books.Called[unit.Step.Runbook!.Name];
        needed.Assume(unit.Path);
        if (needs.Count > 0 && drill is not null)
        {
            LeaveOut(Line(unit, $"runbook {called.Name}", needs), Depends(needs));
            return;
        }

        var (inputs, problems) = Inputs(called, unit);
        if (inputs is not { } given)
        {
            var why = string.Join(" ", problems.Select(problem => $"{problem.Field}: {problem.Fix}"));
            LeaveOut(Line(unit, $"runbook {called.Name}", []) with { Known = false, Because = why }, why);
            return;
        }

        lines.Add(Line(unit, $"runbook {called.Name} {given.GetRawText()}", needs));
        Record(new RunFact.CallStarted(unit.Path, given));
        await StepsAsync(view => CallPlanner.FrameOf(unit.On(view))!, cancel);
    }

    private (JsonElement? Inputs, IReadOnlyList<InputProblem> Problems) Inputs(RunbookDefinition called, Unit unit)
    {
        JsonElement with;
        var open = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            with = Known(unit, called, open).ToJson(unit.Scope()).Json;
        }
        catch (ExpressionException fault)
        {
            return (null, [new InputProblem("with", null, fault.Message)]);
        }

        needed.Miss(open.Select(name => unit.Path + "/" + name));
        if (drill is null)
            return InputResolver.Resolve([.. called.Inputs.Where(input => !open.Contains(input.Name))], with, state.Alert, state.Incident);
        var known = DrillInputs.Of(called, with);
        needed.Miss(known.Missing.Keys.Select(name => unit.Path + "/" + name));
        return known.Wrong.Count > 0 ? (null, known.Wrong) : (known.Known, []);
    }

    // What is given without what is not known yet, and the inputs that have no value for that reason.
    private Template Known(Unit unit, RunbookDefinition called, HashSet<string> open)
    {
        if (unit.Step.Runbook!.With is not Template.Mapping given)
            return unit.Step.Runbook.With;
        var known = given.Entries.ToLookup(entry => needed.On(unit, [.. TemplateExpressions.In(entry.Value)]).Count == 0);
        open.UnionWith(known[false].Select(entry => entry.Key));
        foreach (var input in called.Inputs.Where(input => given.Entries.All(entry => entry.Key != input.Name)))
        {
            if (TemplateExpressions.In(input.Default).Any(one => References.To("inputs", one.Text).Any(open.Contains)))
                open.Add(input.Name);
        }

        return new Template.Mapping([.. known[true]]);
    }

    private static string NotKnown(Unit unit) =>
        unit.Step.Uses is { } uses ? uses.Action
        : unit.Step.Runbook is { } call ? $"runbook {call.Name}"
        : StepPlanner.Describe(unit, Resolved.Nothing);

    private static string? Holds(Unit unit)
    {
        try
        {
            return StepPlanner.Skips(unit);
        }
        catch (ExpressionException fault)
        {
            return fault.Message;
        }
    }

    private PlannedStep Line(Unit unit, string call, List<string> needs) =>
        new(
            unit.Path,
            unit.Step.Name,
            unit.Step.Effect,
            call,
            unit.Step.If?.Text,
            unit.Step.Approve is not null,
            needs.Count == 0,
            // Whether it happens at all may depend on more than what it would do.
            unit.Step.If
                is { } condition
                ? [.. needs.Union(needed.On(unit, [condition]))]
                : needs,
            Undo: unit.Step.Undo is null ? null : Open(unit.Undo).Text
        );

    private PlanView View() =>
        driver.View(books, state, driver.Time.GetUtcNow(), RunDriver.AlertStateOf(state), path => state.Steps.ContainsKey(path));

    private void Record(RunFact fact) => state = RunState.Evolve(state.Id, state, fact, driver.Time.GetUtcNow());

    // A plan is no run: its lines are kept nowhere.
    private sealed class Nowhere : IOutputSink
    {
        public void Write(string run, string step, string stream, string text) { }
    }
}
