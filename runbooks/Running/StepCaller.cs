using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>Makes one attempt: resolves its inputs with secrets in clear, calls the action or script, bounds and masks what comes back.</summary>
internal sealed class StepCaller(IScriptRunner scripts, IOutputSink output, TimeProvider time)
{
    // What is journaled stays small; the rest is in the output lines or with the target.
    private const int MaxResult = 64 * 1024;
    private const int MaxText = 16 * 1024;

    public async Task<ActionResult> CallAsync(PlanView view, StepCall call, Func<StepProcess, Task<bool>> started, CancellationToken cancel)
    {
        var (secrets, missing) = Secrets.Read(view.Definition);
        if (missing is not null)
            return new ActionResult.Failed(FailureClass.NotSent, missing);
        var mask = secrets.Count == 0 ? SecretMask.None : new SecretMask(secrets.Values);
        using var limit = new CancellationTokenSource(call.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        ActionResult result;
        try
        {
            var scope = view.Scope(secrets: secrets);
            result = call.Uses is { } uses
                ? await view.Actions[uses.Action].RunAsync(Action(view, call, uses.With.ToJson(scope).Json, mask), both.Token)
                : await scripts.RunAsync(Script(view, call, scope, mask), started, both.Token);
        }
        catch (OperationCanceledException)
        {
            result = new ActionResult.Failed(
                FailureClass.Unknown,
                limit.IsCancellationRequested ? $"no answer within {Duration.Write(call.Timeout)}" : "it was stopped before it answered"
            );
        }
        catch (ExpressionException fault)
        {
            result = new ActionResult.Failed(FailureClass.NotSent, fault.Message);
        }
        catch (JsonException fault)
        {
            result = new ActionResult.Failed(FailureClass.NotSent, $"the arguments do not fit: {fault.Message}");
        }
        catch (Exception fault)
        {
            // An action that throws has broken its contract; what it did before that is not known.
            result = new ActionResult.Failed(FailureClass.Unknown, $"{fault.GetType().Name}: {fault.Message}");
        }

        return Masked(result, mask);
    }

    private ActionCall Action(PlanView view, StepCall call, JsonElement with, SecretMask mask) =>
        new(
            view.State.Id,
            call.Started.Step,
            call.Started.Number,
            view.State.Incident,
            with,
            call.Started.Effect,
            call.Started.IdempotencyKey,
            view.State.Epoch,
            line => output.Write(view.State.Id, call.Started.Step, "out", mask.Apply(line))
        );

    private ScriptCall Script(PlanView view, StepCall call, Scope scope, SecretMask mask)
    {
        var script = call.Step.Script ?? throw new InvalidOperationException($"The step {call.Step.Id} has nothing to call.");
        var env = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in view.Definition.Env.Concat(script.Env))
            env[entry.Key] = Values.ToText(entry.Value.Resolve(scope));
        return new ScriptCall(
            view.State.Id,
            call.Started.Step,
            call.Started.Number,
            script.Shell,
            script.Body,
            env,
            script.Cwd,
            call.Started.Effect,
            call.Step.FailsWith,
            call.Step.LogLimit,
            (stream, line) => output.Write(view.State.Id, call.Started.Step, stream, mask.Apply(line)),
            call.Started.IdempotencyKey
        );
    }

    private static ActionResult Masked(ActionResult result, SecretMask mask) =>
        result switch
        {
            ActionResult.Succeeded succeeded => new ActionResult.Succeeded(mask.Apply(Bounded(succeeded.Result))),
            ActionResult.Failed failed => failed with
            {
                Because = mask.Apply(failed.Because),
                Result = failed.Result is { } known ? mask.Apply(Bounded(known)) : null,
            },
            _ => result,
        };

    private static JsonElement Bounded(JsonElement result) =>
        result.ValueKind is not JsonValueKind.Object || result.GetRawText().Length <= MaxResult
            ? result
            : Values.ToJson(
                new MapValue([.. result.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Cut(member.Value)))])
            );

    private static object? Cut(JsonElement value)
    {
        if (value.GetRawText().Length <= MaxText)
            return Values.From(value);
        return value.ValueKind is JsonValueKind.String ? value.GetString()![..(MaxText / 2)] + " … (cut)" : null;
    }
}
