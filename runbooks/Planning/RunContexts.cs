using System.Globalization;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>What expressions see of a run; each context is made when it is first named.</summary>
internal static class RunContexts
{
    public static Scope Scope(PlanView view, MapValue? extra, IReadOnlyDictionary<string, string>? secrets)
    {
        Scope? scope = null;
        scope = new Scope(
            name =>
                extra is not null && extra.TryGet(name, out var value)
                    ? value
                    : name.ToLowerInvariant() switch
                    {
                        "inputs" => Inputs(view, secrets),
                        "secrets" => Secrets(view, secrets),
                        "alert" => Alert(view),
                        "incident" => Incident(view.State),
                        "run" => Run(view),
                        "steps" => Steps(view),
                        "env" => new MapValue([
                            .. view.Definition.Env.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Resolve(scope!))),
                        ]),
                        _ => MapValue.Empty,
                    },
            StatusOf(view)
        );
        return scope;
    }

    public static RunStatus StatusOf(PlanView view)
    {
        if (view.State.CancelRequestedBy is not null)
            return RunStatus.Cancelled;
        foreach (var step in view.Definition.Steps)
        {
            if (HasFailed(step, view.Of(step.Id)))
                return RunStatus.Failure;
        }

        return RunStatus.Success;
    }

    public static bool HasFailed(StepDefinition step, StepState state) =>
        state.Outcome is StepOutcome.Unknown or StepOutcome.Cancelled
        || (state.Outcome is StepOutcome.Failure && (!step.ContinueOnError || state.EndsRun));

    private static MapValue Inputs(PlanView view, IReadOnlyDictionary<string, string>? secrets)
    {
        var inputs = Values.From(view.State.Inputs) as MapValue ?? MapValue.Empty;
        return secrets is null
            ? inputs
            : new MapValue([
                .. inputs.Entries.Select(input =>
                    secrets.TryGetValue(input.Key, out var secret) ? KeyValuePair.Create(input.Key, (object?)secret) : input
                ),
            ]);
    }

    private static MapValue Secrets(PlanView view, IReadOnlyDictionary<string, string>? secrets) =>
        new([
            .. view
                .Definition.Inputs.Where(input => input.Type is InputType.Secret)
                .Select(input => KeyValuePair.Create(input.Name, (object?)(secrets?.GetValueOrDefault(input.Name) ?? input.Ref))),
        ]);

    private static MapValue? Alert(PlanView view)
    {
        if (Values.From(view.State.Alert) is not MapValue alert)
            return null;
        return view.AlertState is not { } state
            ? alert
            : new MapValue([.. alert.Entries.Select(entry => entry.Key == "state" ? KeyValuePair.Create("state", (object?)state) : entry)]);
    }

    private static MapValue? Incident(RunState state) =>
        state.Incident is { } number
            ? new MapValue([
                KeyValuePair.Create("number", (object?)(double)number),
                KeyValuePair.Create("id", (object?)string.Create(CultureInfo.InvariantCulture, $"inc-{number}")),
            ])
            : null;

    private static MapValue Run(PlanView view) =>
        new([
            KeyValuePair.Create("id", (object?)view.State.Id),
            KeyValuePair.Create("runbook", (object?)view.State.Runbook),
            KeyValuePair.Create(
                "started",
                (object?)view.State.StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            ),
            KeyValuePair.Create("started-by", (object?)view.State.StartedBy),
            KeyValuePair.Create(
                "outcome",
                (object?)(
                    StatusOf(view) switch
                    {
                        RunStatus.Cancelled => "cancelled",
                        RunStatus.Failure => "failed",
                        _ => "succeeded",
                    }
                )
            ),
        ]);

    private static MapValue Steps(PlanView view) =>
        new([
            .. view
                .Definition.Steps.Concat(view.Definition.Finally)
                .Select(step =>
                {
                    var state = view.Of(step.Id);
                    return KeyValuePair.Create(
                        step.Id,
                        (object?)
                            new MapValue([
                                KeyValuePair.Create("outcome", (object?)Words.Of(state.Outcome)),
                                KeyValuePair.Create(
                                    "outputs",
                                    MaskedValues.Of(state.Outputs, view.ShowsMasked ? [] : state.Masked, $"steps.{step.Id}.outputs")
                                ),
                                KeyValuePair.Create("attempts", (object?)(double)state.Attempts.Count),
                            ])
                    );
                }),
        ]);
}
