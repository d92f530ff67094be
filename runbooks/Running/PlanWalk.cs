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

    private readonly StepCaller caller = new(driver.Scripts, new Nowhere(), driver.Secrets, driver.Time);
    private readonly List<PlannedStep> lines = [];
    private readonly HashSet<string> assumed = new(StringComparer.OrdinalIgnoreCase);

    // Inputs that nobody gave, by the prefix of their frame and their name.
    private readonly HashSet<string> missing = new(drill?.Missing ?? [], StringComparer.OrdinalIgnoreCase);
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
        var needs = Needs(unit);
        if (step.If is not null && DependsOn(unit, [step.If]).Count == 0 && Holds(unit) is { } no)
        {
            lines.Add(Line(unit, no, []) with { Outcome = StepOutcome.Skipped });
            Record(new RunFact.StepEnded(unit.Path, 0, StepOutcome.Skipped, null, null, no, null));
            return false;
        }

        if (drill is not null && Barred(unit) is { } barred)
        {
            LeaveOut(Line(unit, NotKnown(unit), needs), barred);
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
        : unit.Step.If is { } condition && DependsOn(unit, [condition]) is { Count: > 0 } needs
            ? $"whether it happens depends on {string.Join(", ", needs)}"
        : null;

    private void LeaveOut(PlannedStep line, string because)
    {
        assumed.Add(line.Step);
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
            LeaveOut(Line(unit, NotKnown(unit), needs), Depends(needs));
            return false;
        }

        try
        {
            var with = StepInputs.Of(unit);
            var effect = StepPlanner.EffectOf(unit, with);
            var line = Line(unit, StepPlanner.Describe(unit, with), []) with { Effect = effect };
            if (effect is StepEffect.Read && (drill is null || NotForDrills(unit, with, drill) is null))
                return await ReadAsync(unit, with, line, cancel);
            LeaveOut(line, effect is StepEffect.Read ? NotForDrills(unit, with, drill!)! : $"it is {Words.Of(effect)}");
        }
        catch (ExpressionException fault)
        {
            assumed.Add(unit.Path);
            var line = Line(unit, NotKnown(unit), []) with { Known = false, Because = fault.Message };
            // With all that it is made of at hand, a run would end here, too.
            lines.Add(drill is null ? line : line with { Outcome = StepOutcome.Failure, Class = FailureClass.Refused });
        }

        return false;
    }

    // Nobody watches a drill: the author's word that something stricter is a read is not enough for it.
    private string? NotForDrills(Unit unit, Resolved with, DrillScope scope) =>
        driver.Time.GetUtcNow() >= scope.Until ? "the time of the drill was over"
        : unit.Step.Uses is not null && StepPlanner.OwnEffect(unit, with) is not StepEffect.Read ? "it is a read by 'i-accept' only"
        : null;

    private async Task<bool> ReadAsync(Unit unit, Resolved with, PlannedStep line, CancellationToken cancel)
    {
        var view = View();
        var started = new RunFact.StepStarted(unit.Path, 1, StepEffect.Read, with.Hash, null, StepPlanner.Deadline(unit), null);
        Record(started);
        var call = new StepCall(unit, CallPart.Main, started);
        var limit = drill is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(1, (drill.Until - view.Now).Ticks));
        using var over = new CancellationTokenSource(limit, driver.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, over.Token);
        var (result, mask) = await caller.CallAsync(view, call, _ => Task.FromResult(true), either.Token);
        cancel.ThrowIfCancellationRequested();
        if (result is ActionResult.Failed cut && over.IsCancellationRequested)
            result = cut with { Because = $"no answer within {Duration.Write(limit)}, all that the drill had left for it" };
        var ended = Shown.Of(Outcomes.Of(View(), call, result), mask) with { Retry = null };
        Record(ended);
        if (ended.Outcome is not StepOutcome.Success)
            assumed.Add(unit.Path);
        var ends = ended is { EndsRun: true, Outcome: StepOutcome.Success };
        lines.Add(
            line with
            {
                Outcome = ended.Outcome,
                Because = ended.Because,
                Result = ended.Outputs,
                Class = ended.Class,
                Answered = result is ActionResult.Succeeded,
                Ends = ends,
            }
        );
        // What a healthy day makes needless is what a drill is for.
        return ends && drill is null;
    }

    private async Task TargetsAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        var list = needs.Count == 0 || DependsOn(unit, [.. TemplateExpressions.In(unit.Step.ForEach)]).Count == 0 ? List(unit) : null;
        if (list is null)
        {
            LeaveOut(
                Line(unit, $"for each of a list that is not known: {NotKnown(unit)}", needs) with
                {
                    Known = false,
                },
                needs.Count > 0 ? Depends(needs) : "its targets are not known"
            );
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
            assumed.Add(unit.Path);
        if (assumed.Any(path => path.StartsWith(unit.Path + "[", StringComparison.OrdinalIgnoreCase)))
            assumed.Add(unit.Path);
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
        assumed.Add(unit.Path);
        if (needs.Count > 0)
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

        lines.Add(Line(unit, $"runbook {called.Name} {given.GetRawText()}", []));
        Record(new RunFact.CallStarted(unit.Path, given));
        await StepsAsync(view => CallPlanner.FrameOf(unit.On(view))!, cancel);
    }

    private (JsonElement? Inputs, IReadOnlyList<InputProblem> Problems) Inputs(RunbookDefinition called, Unit unit)
    {
        var with = unit.Step.Runbook!.With.ToJson(unit.Scope()).Json;
        if (drill is null)
            return InputResolver.Resolve(called, with, state.Alert, state.Incident);
        var known = DrillInputs.Of(called, with);
        missing.UnionWith(known.Missing.Keys.Select(name => unit.Path + "/" + name));
        return known.Wrong.Count > 0 ? (null, known.Wrong) : (known.Known, []);
    }

    private static string NotKnown(Unit unit) =>
        unit.Step.Uses is { } uses ? uses.Action
        : unit.Step.Runbook is { } call ? $"runbook {call.Name}"
        : unit.Step.Script is { } script ? script.Shell
        : unit.Step.Id;

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

    // What its arguments are made of, as far as a plan does not make it.
    private List<string> Needs(Unit unit) =>
        DependsOn(
            unit,
            [
                .. TemplateExpressions.In(unit.Step.ForEach),
                .. TemplateExpressions.In(unit.Step.Uses?.With),
                .. TemplateExpressions.In(unit.Step.Runbook?.With),
                .. (unit.Step.Script?.Env ?? []).SelectMany(entry => TemplateExpressions.In(entry.Value)),
                .. unit.Step.Script is null ? [] : unit.Frame.Definition.Env.SelectMany(entry => TemplateExpressions.In(entry.Value)),
                .. unit.Step.Where is { } where ? [where] : Array.Empty<Expression>(),
                // A plan shows the answer; a drill says whether it is what the runbook expects.
                .. drill is not null && unit.Step.Expect is { } expect ? [expect] : Array.Empty<Expression>(),
                .. drill is null ? [] : unit.Step.Outputs.SelectMany(entry => TemplateExpressions.In(entry.Value)),
            ]
        );

    private List<string> DependsOn(Unit unit, IReadOnlyCollection<Expression> expressions)
    {
        var found = new SortedSet<string>(drill is null ? [] : Absent(unit, expressions), StringComparer.Ordinal);
        foreach (var expression in expressions.Where(one => one.Contexts.Contains("steps")))
        {
            var named = References.ToAllOf("steps", expression.Text)
                ? unit.Frame.Definition.Ids.Values
                : References.To("steps", expression.Text);
            found.UnionWith(named.Where(id => assumed.Contains(unit.Prefix + id) || assumed.Contains(unit.Frame.Prefix + id)));
        }

        return [.. found];
    }

    // What a run would have and a drill has not: inputs that somebody gives, the alert, the incident.
    private IEnumerable<string> Absent(Unit unit, IReadOnlyCollection<Expression> expressions)
    {
        var definition = unit.Frame.Definition;
        if (expressions.Any(one => one.Contexts.Contains("env")))
            expressions = [.. expressions, .. definition.Env.SelectMany(entry => TemplateExpressions.In(entry.Value))];
        foreach (var expression in expressions)
        {
            var named = References.ToAllOf("inputs", expression.Text)
                ? definition.Inputs.Select(input => input.Name)
                : References.To("inputs", expression.Text);
            foreach (var name in named.Where(name => missing.Contains(unit.Frame.Prefix + name)))
                yield return "inputs." + name;
            if (state.Alert is null && expression.Contexts.Contains("alert"))
                yield return "the alert";
            if (state.Incident is null && expression.Contexts.Contains("incident"))
                yield return "the incident";
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
                ? [.. needs.Union(DependsOn(unit, [condition]))]
                : needs
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
