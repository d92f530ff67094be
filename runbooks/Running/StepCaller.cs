using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>Makes one attempt: resolves its inputs with secrets in clear, and calls the action or script.</summary>
internal sealed class StepCaller(IScriptRunner scripts, IOutputSink output, SecretReader reader, TimeProvider time)
{
    /// <returns>The result as it came, and the mask that everything kept or shown of it must pass.</returns>
    public async Task<(ActionResult Result, SecretMask Mask)> CallAsync(
        PlanView view,
        StepCall call,
        Func<StepProcess, Task<bool>> started,
        CancellationToken cancel
    )
    {
        var (mask, called) = (new CallMask(SecretMask.None), false);
        var (unit, definition) = (call.Unit.On(view), call.Unit.Frame.Definition);
        using var limit = new CancellationTokenSource(call.Timeout, time);
        using var stops = cancel.UnsafeRegister(static both => ((CancellationTokenSource)both!).Cancel(), limit);
        ActionResult result;
        try
        {
            var secrets = await reader.ReadAsync(definition, limit.Token);
            mask = new CallMask(secrets.Mask);
            if (secrets.Missing is [var missing, ..])
                return (new ActionResult.Failed(FailureClass.NotSent, missing.Because), secrets.Mask);
            var made = Resolved(unit, call, secrets.Values);
            if (secrets.Values.Count > 0)
                mask = new CallMask(
                    reader.Masks(
                        definition,
                        DerivedSecrets.Of(Resolved(unit, call, null), made, [.. secrets.Values.Values.OfType<string>()])
                    )
                );
            called = true;
            result = call.Uses is not null
                ? await ActAsync(view, call, made, mask, limit.Token)
                : await scripts.RunAsync(Script(view, call, made, mask.Now), started, limit.Token);
        }
        catch (OperationCanceledException)
        {
            result = new ActionResult.Failed(
                called ? FailureClass.Unknown : FailureClass.NotSent,
                limit.IsCancellationRequested && !cancel.IsCancellationRequested
                    ? $"no answer within {Duration.Write(call.Timeout)}"
                    : "it was stopped before it answered"
            );
        }
        catch (ExpressionException fault)
        {
            result = new ActionResult.Failed(FailureClass.NotSent, fault.Message);
        }
        catch (Exception fault)
        {
            // An action that throws has broken its contract; what it did before that is not known.
            result = new ActionResult.Failed(
                called ? FailureClass.Unknown : FailureClass.NotSent,
                $"{fault.GetType().Name}: {fault.Message}"
            );
        }

        return (result, mask.Now);
    }

    private async Task<ActionResult> ActAsync(PlanView view, StepCall call, JsonElement with, CallMask mask, CancellationToken cancel)
    {
        var action = view.Actions[call.Uses!.Action];
        if (Misfit(action, with) is { } misfit)
            return new ActionResult.Failed(FailureClass.NotSent, misfit);
        var shown = Output(view, call, mask.Now);
        var made = new ActionCall(
            view.State.Id,
            call.Started.Step,
            call.Started.Number,
            view.State.Incident,
            action.ShowsArguments ? mask.Now.Apply(with) : with,
            call.Started.Effect,
            call.Started.IdempotencyKey,
            view.State.Epoch,
            line => shown.Line(mask.Besides.Apply(line))
        )
        {
            Deadline = call.Started.Deadline,
            Secrets = mask,
        };
        try
        {
            return await action.RunAsync(made, cancel);
        }
        finally
        {
            shown.End();
        }
    }

    // Before the action has them: what it throws later, also about somebody's answer, says nothing of how far it got.
    private static string? Misfit(IStepAction action, JsonElement with)
    {
        try
        {
            _ = with.Deserialize(action.Arguments, ActionJson.Options);
            return ArgumentSchema.Misfit(action, with);
        }
        catch (JsonException fault)
        {
            return $"the arguments do not fit: {fault.Message}";
        }
    }

    private ScriptCall Script(PlanView view, StepCall call, JsonElement environment, SecretMask mask)
    {
        var script = call.Step.Script ?? throw new InvalidOperationException($"The step {call.Started.Step} has nothing to call.");
        return new ScriptCall(
            view.State.Id,
            call.Started.Step,
            call.Started.Number,
            script.Shell,
            script.Body,
            environment.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!, StringComparer.Ordinal),
            script.Cwd,
            call.Started.Effect,
            call.Step.FailsWith,
            Output(view, call, mask),
            call.Started.IdempotencyKey
        );
    }

    private StepOutput Output(PlanView view, StepCall call, SecretMask mask) =>
        new(view.State.Id, call.Started.Step, call.Step.LogLimit, mask, output);

    // The arguments of an action, or a script's environment.
    private static JsonElement Resolved(Unit unit, StepCall call, IReadOnlyDictionary<string, string?>? secrets) =>
        call.Uses is { } uses ? StepInputs.Arguments(unit, uses, secrets).Json : StepInputs.Environment(unit, secrets);
}
