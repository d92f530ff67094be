using System.Text.Json;
using Integrations;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Tests.Actions;

/// <summary>One call of an action, as the engine makes it: with a time limit, whose end is unknown if the action did not say more, and no secret in what comes back.</summary>
internal static class Called
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>May call this machine, by its address and by a name that nobody knows.</summary>
    public static Outward Outward { get; } =
        new(new AllowedHosts(["127.0.0.1", "localhost", "nowhere.invalid"]), TimeProvider.System)
        {
            // Tests that flood a client at the same time have nothing to do with each other.
            Room = new AnswerRoom(10_000_000_000),
        };

    public static async Task<ActionResult> RunAsync(
        IStepAction action,
        object with,
        TimeSpan? limit = null,
        DateTimeOffset? deadline = null,
        Action<string>? output = null,
        Action<string>? errors = null,
        SecretMask? mask = null,
        string round = "run-1/step",
        DateTimeOffset? lostSince = null,
        StepEffect? effect = null,
        string key = "the-key",
        string run = "run-1",
        string step = "step",
        int attempt = 1,
        Func<StepProcess, Task<bool>>? began = null,
        IReadOnlyList<StepProcess>? earlier = null,
        CancellationToken stop = default,
        CancellationToken timeOver = default
    )
    {
        var arguments = JsonSerializer.SerializeToElement(with, ActionJson.Options);
        var call = new ActionCall(run, step, round, null, arguments, effect ?? action.EffectOf(arguments), key, 1, output ?? (_ => { }))
        {
            Errors = errors ?? output ?? (_ => { }),
            Attempt = attempt,
            Began = began ?? (_ => Task.FromResult(true)),
            Earlier = earlier ?? [],
            LostSince = lostSince,
            Deadline = deadline ?? DateTimeOffset.MaxValue,
            Secrets = new CallMask(mask ?? SecretMask.None),
        };
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop, timeOver);
        cancel.CancelAfter(limit ?? Patience);
        try
        {
            return Masked(call.Reach.Judge(call.Left.On(await action.RunAsync(call, cancel.Token)), call.Effect), call.Mask);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            var over =
                (stop.IsCancellationRequested ? null : call.Waits.Over(call.Effect, limit ?? Patience))
                ?? new ActionResult.Failed(FailureClass.Unknown, "no answer in time");
            return Masked(call.Reach.Judge(call.Left.On(over), call.Effect), call.Mask);
        }
    }

    /// <summary>Why the engine does not make the call: an argument breaks a rule.</summary>
    public static string Misfit(IStepAction action, object with) =>
        ArgumentSchema.Misfit(action, JsonSerializer.SerializeToElement(with, ActionJson.Options)).ShouldNotBeNull();

    private static ActionResult Masked(ActionResult result, SecretMask mask) =>
        result switch
        {
            ActionResult.Failed failed => failed with
            {
                Because = mask.Apply(failed.Because),
                Result = failed.Result is { } found ? mask.Apply(found) : null,
            },
            ActionResult.Succeeded done => done with { Result = mask.Apply(done.Result) },
            _ => result,
        };

    /// <returns>The result, as <c>expect</c> and <c>outputs</c> see it.</returns>
    public static async Task<JsonElement> SucceedsAsync(IStepAction action, object with, DateTimeOffset? lostSince = null)
    {
        var result = await RunAsync(action, with, lostSince: lostSince);
        return result.ShouldBeOfType<ActionResult.Succeeded>((result as ActionResult.Failed)?.Because).Result;
    }

    public static async Task<ActionResult.Failed> FailsAsync(
        IStepAction action,
        object with,
        FailureClass expected,
        TimeSpan? limit = null,
        DateTimeOffset? deadline = null
    )
    {
        var failed = (await RunAsync(action, with, limit, deadline)).ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(expected, failed.Because);
        failed.Because.ShouldNotBeNullOrWhiteSpace();
        return failed;
    }
}
