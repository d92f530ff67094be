using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>
/// An honest plan: goes through a runbook as a run would, makes the steps that only read for real, and says of all others
/// exactly what they would do, or what that depends on. Changes nothing, waits for nobody, writes no log.
/// </summary>
public sealed class PlanWalk(RunDriver driver, RunbookSet books, RunState start)
{
    // Of a long list the first targets stand for all.
    private const int ShownTargets = 20;

    private readonly StepCaller caller = new(driver.Scripts, new Nowhere(), driver.Secrets, driver.Time);
    private readonly List<PlannedStep> lines = [];
    private readonly HashSet<string> assumed = new(StringComparer.OrdinalIgnoreCase);
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

    private void Waits(Unit unit)
    {
        var step = unit.Step;
        var words =
            step.Wait is { For: { } length } ? $"wait {Duration.Write(length)}"
            : step.Wait is { Until: { } until } ? $"wait until {until.Text.Trim()}"
            : step.Ask is { } ask ? $"ask for {string.Join(", ", ask.Inputs.Select(input => input.Name))}"
            : "wait for an approval";
        if (step.Ask is not null)
            assumed.Add(unit.Path);
        lines.Add(Line(unit, words, []));
    }

    private async Task<bool> ActAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        if (needs.Count > 0)
        {
            assumed.Add(unit.Path);
            lines.Add(Line(unit, NotKnown(unit), needs));
            return false;
        }

        try
        {
            var with = StepInputs.Of(unit);
            var effect = StepPlanner.EffectOf(unit, with);
            var line = Line(unit, StepPlanner.Describe(unit, with), []) with { Effect = effect };
            if (effect is StepEffect.Read)
                return await ReadAsync(unit, with, line, cancel);
            assumed.Add(unit.Path);
            lines.Add(line);
        }
        catch (ExpressionException fault)
        {
            assumed.Add(unit.Path);
            lines.Add(Line(unit, NotKnown(unit), []) with { Known = false, Because = fault.Message });
        }

        return false;
    }

    private async Task<bool> ReadAsync(Unit unit, Resolved with, PlannedStep line, CancellationToken cancel)
    {
        var view = View();
        var started = new RunFact.StepStarted(unit.Path, 1, StepEffect.Read, with.Hash, null, StepPlanner.Deadline(unit), null);
        Record(started);
        var call = new StepCall(unit, CallPart.Main, started);
        var (result, mask) = await caller.CallAsync(view, call, _ => Task.FromResult(true), cancel);
        cancel.ThrowIfCancellationRequested();
        var ended = Shown.Of(Outcomes.Of(View(), call, result), mask) with { Retry = null };
        Record(ended);
        if (ended.Outcome is not StepOutcome.Success)
            assumed.Add(unit.Path);
        lines.Add(line with { Outcome = ended.Outcome, Because = ended.Because, Result = ended.Outputs });
        return ended is { EndsRun: true, Outcome: StepOutcome.Success };
    }

    private async Task TargetsAsync(Unit unit, List<string> needs, CancellationToken cancel)
    {
        var list = needs.Count == 0 || DependsOn(unit, TemplateExpressions.In(unit.Step.ForEach)).Count == 0 ? List(unit) : null;
        if (list is null)
        {
            assumed.Add(unit.Path);
            lines.Add(Line(unit, $"for each of a list that is not known: {NotKnown(unit)}", needs) with { Known = false });
            return;
        }

        lines.Add(Line(unit, $"{list.Items.Count} targets", []) with { Targets = list.Items.Count });
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
            lines.Add(Line(unit, $"runbook {called.Name}", needs));
            return;
        }

        var (inputs, problems) = InputResolver.Resolve(
            called,
            unit.Step.Runbook.With.ToJson(unit.Scope()).Json,
            state.Alert,
            state.Incident
        );
        if (inputs is not { } given)
        {
            var why = string.Join(" ", problems.Select(problem => $"{problem.Field}: {problem.Fix}"));
            lines.Add(Line(unit, $"runbook {called.Name}", []) with { Known = false, Because = why });
            return;
        }

        lines.Add(Line(unit, $"runbook {called.Name} {given.GetRawText()}", []));
        Record(new RunFact.CallStarted(unit.Path, given));
        await StepsAsync(view => CallPlanner.FrameOf(unit.On(view))!, cancel);
    }

    private static string NotKnown(Unit unit) =>
        unit.Step.Uses is { } uses ? uses.Action
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
            ]
        );

    private List<string> DependsOn(Unit unit, IEnumerable<Expression> expressions)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var expression in expressions.Where(one => one.Contexts.Contains("steps")))
        {
            var named = References.ToAllOf("steps", expression.Text)
                ? unit.Frame.Definition.Ids.Values
                : References.To("steps", expression.Text);
            found.UnionWith(named.Where(id => assumed.Contains(unit.Prefix + id) || assumed.Contains(unit.Frame.Prefix + id)));
        }

        return [.. found];
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
