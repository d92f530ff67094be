using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Planning;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>Makes one attempt: resolves its inputs with secrets in clear, and calls the action or script.</summary>
internal sealed class StepCaller(
    IScriptRunner scripts,
    IOutputSink output,
    SecretReader reader,
    IArtifactStore? artifacts,
    TimeProvider time
)
{
    // To reach a host that may not be there any more, and to end what runs on it.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);

    /// <param name="cancel">Ends the call: somebody's stop, or our own end.</param>
    /// <param name="end">Our own end alone.</param>
    public async Task<StepAnswer> CallAsync(
        PlanView view,
        StepCall call,
        Func<StepProcess, Task<bool>> started,
        CancellationToken cancel,
        CancellationToken end = default
    )
    {
        var (mask, reach, called, left) = (new CallMask(SecretMask.None), new CallReach(), false, (StepArtifacts?)null);
        var (held, alive, waits) = (new List<IDisposable>(), new CallLeft(), new CallWait());
        var (unit, definition) = (call.Unit.On(view), call.Unit.Frame.Definition);
        using var limit = new CancellationTokenSource(call.Timeout, time);
        using var stops = cancel.UnsafeRegister(static both => ((CancellationTokenSource)both!).Cancel(), limit);
        ActionResult result;
        try
        {
            var secrets = await reader.ReadAsync(definition, limit.Token);
            mask = new CallMask(secrets.Mask);
            if (secrets.Missing is [var missing, ..])
                return new StepAnswer(new ActionResult.Failed(FailureClass.NotSent, missing.Because), secrets.Mask, null, held);
            var (made, masks) = Resolved(unit, call.Uses, secrets);
            mask = new CallMask(masks);
            if (call.Uses is null)
                left = Artifacts(view, call.Step, call.Started.Step, call.Started.Number, masks);
            called = true;
            result = call.Uses is not null
                ? await ActAsync(view, call, made, mask, reach, alive, waits, started, held.Add, limit.Token)
                : await scripts.RunAsync(Script(view, call, made, masks, left, alive), started, limit.Token);
        }
        catch (OperationCanceledException)
        {
            var over = limit.IsCancellationRequested && !cancel.IsCancellationRequested;
            result =
                (over ? waits.Over(call.Started.Effect, call.Timeout) : null)
                ?? new ActionResult.Failed(
                    called ? FailureClass.Unknown : FailureClass.NotSent,
                    over ? $"no answer within {Duration.Write(call.Timeout)}" : "it was stopped before it answered"
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

        result = Beside(view, call, alive.On(result));
        // One that our own end cut off is left open, for whoever takes the run over.
        return new StepAnswer(end.IsCancellationRequested ? result : reach.Judge(result, call.Started.Effect), mask.Now, left?.Fact, held)
        {
            Left = alive,
        };
    }

    /// <summary>Takes the files that the script of a process which is gone has left; null: none are wanted, or they cannot be masked.</summary>
    public async Task<StepArtifacts?> LeftByAsync(PlanView view, string path, StepAttempt attempt, CancellationToken cancel)
    {
        if (artifacts is null || Units.At(view, path) is not { Step: { Script: not null, Artifacts.Count: > 0 } step } unit)
            return null;
        // A process that was stopped, not killed, has taken them along.
        if (view.State.Artifacts.Exists(known => known.Step == path && known.Attempt == attempt.Number))
            return null;
        try
        {
            var secrets = await reader.ReadAsync(unit.Frame.Definition, cancel);
            if (secrets.Missing is not [var missing, ..])
                return Artifacts(view, step, path, attempt.Number, Resolved(unit.As(attempt), null, secrets).Mask);
            Tell(missing.Because);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The run goes on without the files; what stands in this fault's words may be a secret itself.
            Tell($"{fault.GetType().Name}.");
        }

        return null;

        void Tell(string because) =>
            output.Write(view.State.Id, path, StepOutput.Info, $"artifacts: not kept, since nobody can mask them: {because}");
    }

    /// <summary>Ends what an attempt whose process is gone has begun elsewhere.</summary>
    /// <returns>Who of it lives on; null: its step has no action that leaves anything.</returns>
    public async Task<CallLeft?> EndLeftByAsync(PlanView view, string path, StepAttempt attempt, CancellationToken cancel)
    {
        if (
            attempt.Process is not { } process
            || Units.At(view, path) is not { Step: { Uses: { } uses } } unit
            // What only looked is left to whoever looks again.
            || unit.Path != path
            || view.Actions.GetValueOrDefault(uses.Action) is not ILeavesRunning action
        )
            return null;
        var left = new CallLeft();
        using var limit = new CancellationTokenSource(LongestEnd, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            var secrets = await reader.ReadAsync(unit.Frame.Definition, either.Token);
            var (made, masks) = Resolved(unit.As(attempt), uses, secrets);
            var mask = new CallMask(masks);
            var call = new ActionCall(
                view.State.Id,
                path,
                StepState.Round(view.State.Id, path, unit.BeforeRound(view.Of(path), attempt.InputsHash, attempt)),
                view.State.Incident,
                made,
                attempt.Effect,
                attempt.IdempotencyKey,
                view.State.Epoch,
                line => output.Write(view.State.Id, path, StepOutput.Info, mask.Now.Apply(line))
            )
            {
                Attempt = attempt.Number,
                Deadline = time.GetUtcNow() + LongestEnd,
                Secrets = mask,
                Left = left,
                Earlier = [process],
            };
            await action.EndLeftAsync(call, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Unsure("no answer in time");
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // What stands in this fault's words may be a secret.
            Unsure(fault.GetType().Name);
        }

        return left;

        void Unsure(string because)
        {
            left.Runs($"whether session {process.Pid} on {process.Host} has ended is not known: {because}");
            output.Write(view.State.Id, path, StepOutput.Info, left.Running!);
        }
    }

    private async Task<ActionResult> ActAsync(
        PlanView view,
        StepCall call,
        JsonElement with,
        CallMask mask,
        CallReach reach,
        CallLeft alive,
        CallWait waits,
        Func<StepProcess, Task<bool>> started,
        Action<IDisposable> untilRead,
        CancellationToken cancel
    )
    {
        var action = view.Actions[call.Uses!.Action];
        if (Misfit(action, with) is { } misfit)
            return new ActionResult.Failed(FailureClass.NotSent, misfit);
        var shown = Output(view, call, mask.Now);
        var step = view.Of(call.Started.Step);
        var before = call
            .Unit.On(view)
            .BeforeRound(step, call.Started.InputsHash, step.Attempts.Find(attempt => attempt.Number == call.Started.Number));
        var made = new ActionCall(
            view.State.Id,
            call.Started.Step,
            StepState.Round(view.State.Id, call.Started.Step, before),
            view.State.Incident,
            action.ShowsArguments ? mask.Now.Apply(with) : with,
            call.Started.Effect,
            call.Started.IdempotencyKey,
            view.State.Epoch,
            line => shown.Line(mask.Besides.Apply(line))
        )
        {
            Errors = line => shown.Line(mask.Besides.Apply(line), StepOutput.Error),
            Attempt = call.Started.Number,
            LostSince = step.LostAfter(before),
            Deadline = call.Started.Deadline,
            Secrets = mask,
            Reach = reach,
            Left = alive,
            Waits = waits,
            Began = started,
            Earlier = [.. step.Attempts.Where(one => one.Number < call.Started.Number).Select(one => one.Process).OfType<StepProcess>()],
            UntilRead = untilRead,
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

    // Who could not look for those before it must not be read as if there were none.
    private static ActionResult Beside(PlanView view, StepCall call, ActionResult result) =>
        result is ActionResult.Failed { Class: FailureClass.NotSent } failed
        && view.Of(call.Started.Step).Attempts.FindLast(one => one.MayAct) is { LivesOn: { } living } earlier
            ? failed with
            {
                Because = $"{failed.Because.TrimEnd('.')}; of attempt {earlier.Number}: {living}",
            }
            : result;

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

    private StepArtifacts? Artifacts(PlanView view, StepDefinition step, string path, int attempt, SecretMask mask) =>
        artifacts is null || step.Artifacts.Count == 0
            ? null
            : new StepArtifacts(
                artifacts,
                view.State.Id,
                path,
                attempt,
                step.Artifacts,
                step.Script!.Cwd,
                view.State.Artifacts.Count,
                mask,
                output
            );

    private ScriptCall Script(PlanView view, StepCall call, JsonElement environment, SecretMask mask, StepArtifacts? left, CallLeft alive)
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
        )
        {
            Deadline = call.Started.Deadline,
            Artifacts = left,
            Left = alive,
        };
    }

    private StepOutput Output(PlanView view, StepCall call, SecretMask mask) =>
        new(view.State.Id, call.Started.Step, call.Step.LogLimit, mask, output, time);

    // The arguments of an action, or a script's environment; and the mask that knows what expressions made of the secrets.
    private (JsonElement Made, SecretMask Mask) Resolved(Unit unit, UseDefinition? uses, SecretValues secrets)
    {
        var made = With(secrets.Values);
        return secrets.Values.Count == 0
            ? (made, secrets.Mask)
            : (made, reader.Masks(unit.Frame.Definition, DerivedSecrets.Of(With(null), made, [.. secrets.Values.Values.OfType<string>()])));

        JsonElement With(IReadOnlyDictionary<string, string?>? values) =>
            uses is not null ? StepInputs.Arguments(unit, uses, values).Json : StepInputs.Environment(unit, values);
    }
}

/// <summary>What came of a call.</summary>
/// <param name="Result">As it came.</param>
/// <param name="Mask">Everything kept or shown of it must pass it.</param>
/// <param name="Kept">Files that it has left; masked already.</param>
/// <param name="Held">To be let go when the result was read.</param>
internal readonly record struct StepAnswer(
    ActionResult Result,
    SecretMask Mask,
    RunFact.ArtifactsKept? Kept,
    IReadOnlyList<IDisposable> Held
) : IDisposable
{
    public CallLeft? Left { get; init; }

    public void Dispose()
    {
        foreach (var one in Held)
            one.Dispose();
    }
}
