using System.Globalization;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What expressions see of a run at the place of a step; each context is made when it is first named.</summary>
internal static class RunContexts
{
    /// <param name="extra"><c>result</c> and <c>before</c>, where there are any.</param>
    /// <param name="secrets">Values of the secret inputs, null for one that need not be there and is not; null for all leaves their references.</param>
    /// <param name="status">Null: as its steps have gone so far.</param>
    public static Scope Scope(
        this Unit unit,
        MapValue? extra = null,
        IReadOnlyDictionary<string, string?>? secrets = null,
        RunStatus? status = null
    )
    {
        var frame = unit.Frame;
        Scope? scope = null;
        scope = new Scope(
            name =>
                extra is not null && extra.TryGet(name, out var value)
                    ? value
                    : name.ToLowerInvariant() switch
                    {
                        "inputs" => Inputs(frame, secrets),
                        "item" => unit.Target?.Item,
                        "steps" => Steps(unit),
                        "secrets" => Secrets(frame, secrets),
                        "env" => new MapValue([
                            .. frame.Definition.Env.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Resolve(scope!))),
                        ]),
                        _ => OfRun(frame, name),
                    },
            status ?? StatusOf(frame)
        );
        return scope;
    }

    /// <summary>At no step: locks, outputs, arguments of a call.</summary>
    public static Scope Scope(this Frame frame) => new Unit(frame, Nowhere, "", frame.Prefix).Scope();

    public static RunStatus StatusOf(Frame frame)
    {
        if (frame.View.State.CancelRequestedBy is not null)
            return RunStatus.Cancelled;
        foreach (var step in frame.Definition.Steps)
        {
            if (HasFailed(step, frame.View.Of(frame.Prefix + step.Id)))
                return RunStatus.Failure;
        }

        return RunStatus.Success;
    }

    public static bool HasFailed(StepDefinition step, StepState state) =>
        state.Outcome is StepOutcome.Unknown or StepOutcome.Cancelled
        || (state.Outcome is StepOutcome.Failure && (!step.ContinueOnError || state.EndsRun));

    private static readonly StepDefinition Nowhere = new() { Id = "" };

    private static MapValue? OfRun(Frame frame, string name) =>
        name.ToLowerInvariant() switch
        {
            "alert" => Alert(frame.View),
            "incident" => Incident(frame.View.State),
            "run" => Run(frame),
            _ => MapValue.Empty,
        };

    private static MapValue Inputs(Frame frame, IReadOnlyDictionary<string, string?>? secrets)
    {
        var inputs = Values.From(frame.Inputs) as MapValue ?? MapValue.Empty;
        return secrets is null or { Count: 0 }
            ? inputs
            : new MapValue([
                .. inputs.Entries.Select(input =>
                    secrets.TryGetValue(input.Key, out var secret) ? KeyValuePair.Create(input.Key, (object?)secret) : input
                ),
            ]);
    }

    private static MapValue Secrets(Frame frame, IReadOnlyDictionary<string, string?>? secrets) =>
        new([
            .. frame
                .Definition.Inputs.Where(input => input.Type is InputType.Secret)
                .Select(input =>
                    KeyValuePair.Create(
                        input.Name,
                        (object?)(secrets is not null && secrets.TryGetValue(input.Name, out var secret) ? secret : input.Ref)
                    )
                ),
        ]);

    private static MapValue? Alert(PlanView view)
    {
        if (Values.From(view.State.Alert) is not MapValue alert)
            return null;
        return view.AlertState is not { } state
            ? alert
            : new MapValue([.. alert.Entries.Select(entry => entry.Key == "state" ? KeyValuePair.Create("state", (object?)state) : entry)]);
    }

    internal static MapValue? Incident(RunState state) =>
        state.Incident is { } number
            ? new MapValue([
                KeyValuePair.Create("number", (object?)(double)number),
                KeyValuePair.Create("id", (object?)string.Create(CultureInfo.InvariantCulture, $"inc-{number}")),
            ])
            : null;

    private static MapValue Run(Frame frame) =>
        new([
            KeyValuePair.Create("id", (object?)frame.View.State.Id),
            KeyValuePair.Create("runbook", (object?)frame.Definition.Name),
            KeyValuePair.Create(
                "started",
                (object?)frame.View.State.StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            ),
            KeyValuePair.Create("started-by", (object?)frame.View.State.StartedBy),
            KeyValuePair.Create(
                "outcome",
                (object?)(
                    StatusOf(frame) switch
                    {
                        RunStatus.Cancelled => "cancelled",
                        RunStatus.Failure => "failed",
                        _ => "succeeded",
                    }
                )
            ),
        ]);

    private static MapValue Steps(Unit unit) =>
        new(
            unit.Frame.Definition.Ids,
            id =>
            {
                var (view, frame) = (unit.View, unit.Frame);
                var beside = unit.Prefix + id;
                var path = view.State.Steps.ContainsKey(beside) ? beside : frame.Prefix + id;
                return OfStep(view, path);
            }
        );

    private static MapValue OfStep(PlanView view, string path)
    {
        var state = view.Of(path);
        var known = new List<KeyValuePair<string, object?>>(4)
        {
            KeyValuePair.Create("outcome", (object?)Words.Of(state.Outcome)),
            KeyValuePair.Create("outputs", Outputs(view, state, $"steps.{path}.outputs")),
            KeyValuePair.Create("attempts", (object?)(double)state.Attempts.Count),
        };
        if (state.Targets is { } targets)
            known.Add(KeyValuePair.Create("items", (object?)Items(view, path, targets)));
        return new MapValue(known);
    }

    private static ListValue Items(PlanView view, string path, StepTargets targets)
    {
        var items = new List<object?>(targets.Count);
        var index = 0;
        foreach (var item in targets.Items.EnumerateArray())
        {
            var at = StepPath.Target(path, index++);
            var state = view.Of(at);
            items.Add(
                new MapValue([
                    KeyValuePair.Create("item", Values.From(item)),
                    KeyValuePair.Create("outcome", (object?)Words.Of(state.Outcome)),
                    KeyValuePair.Create("outputs", Outputs(view, state, $"steps.{at}.outputs")),
                    KeyValuePair.Create("attempts", (object?)(double)state.Attempts.Count),
                ])
            );
        }

        return new ListValue(items);
    }

    private static object? Outputs(PlanView view, StepState state, string name) =>
        KeptValues.Of(state.Outputs, state.Masked, state.Cut, name, view.ShowsWithheld);
}
