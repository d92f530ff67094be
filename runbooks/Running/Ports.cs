using Runbooks.Actions;

namespace Runbooks.Running;

/// <summary>Runs scripts as child processes, each with a session of its own. Implemented by an integration.</summary>
public interface IScriptRunner
{
    /// <param name="started">Called with the group before the script's body begins; false ends it at once, unrun.</param>
    Task<ActionResult> RunAsync(ScriptCall call, Func<StepProcess, Task<bool>> started, CancellationToken cancel);

    /// <summary>Ends what an earlier process left behind, and comes back once it has ended.</summary>
    /// <returns>False if it runs on another host, so that nothing is known of it.</returns>
    Task<bool> EndLeftoverAsync(ScriptLeftover left, CancellationToken cancel);
}

/// <summary>What is known of a script whose bot is gone.</summary>
/// <param name="Process">The leader of its session.</param>
/// <param name="Artifacts">Takes the files that it has left; null: none are wanted.</param>
/// <param name="LivesOn">Told who of it lives on, and whether they may still do the attempt's work: those that could not be ended.</param>
public sealed record ScriptLeftover(string Run, string Step, StepProcess Process, StepArtifacts? Artifacts, Action<string, bool> LivesOn);

/// <param name="Output">Takes what the script writes; the runner ends it.</param>
/// <param name="IdempotencyKey">For keyed effects: the runbook's own, or one for each round; the script sees it as <c>INCIDENT_KEY</c>.</param>
public sealed record ScriptCall(
    string Run,
    string Step,
    int Attempt,
    string Shell,
    string Body,
    IReadOnlyDictionary<string, string> Env,
    string? Cwd,
    StepEffect Effect,
    IReadOnlyList<int> FailsWith,
    StepOutput Output,
    string? IdempotencyKey = null
)
{
    /// <inheritdoc cref="Runbooks.Actions.ActionCall.Deadline"/>
    public DateTimeOffset Deadline { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Takes the files that the script leaves, however it ends; null: none are wanted.</summary>
    public StepArtifacts? Artifacts { get; init; }

    /// <inheritdoc cref="Runbooks.Actions.ActionCall.Left"/>
    public CallLeft Left { get; init; } = new();

    /// <summary>What an exit code means for the step.</summary>
    public ActionResult Ended(int code, System.Text.Json.JsonElement result)
    {
        if (code == 0)
            return new ActionResult.Succeeded(result);
        // A script that acts and fails in the middle has done who knows what, unless the runbook says what the code means.
        var definite = Effect is StepEffect.Read or StepEffect.Idempotent || FailsWith.Contains(code);
        return new ActionResult.Failed(definite ? FailureClass.Refused : FailureClass.Unknown, Output.ExitReason(code), result);
    }
}

/// <summary>Where live lines go. Never throws.</summary>
public interface IOutputSink
{
    /// <summary>Never blocks.</summary>
    /// <param name="at">When it came; null: now.</param>
    void Write(string run, string step, string stream, string text, DateTimeOffset? at = null);

    /// <summary>
    /// Comes back once everybody can read what a run has written so far, or after a while in which that could not be brought about: a step's end
    /// is not known before its last lines. By itself at once: for a sink that shows each line as it comes.
    /// </summary>
    Task WrittenAsync(string run) => Task.CompletedTask;
}

/// <summary>What the engine asks of its surroundings while it drives runs.</summary>
public interface IRunSurroundings
{
    /// <summary>False once this process may no longer act for its runs.</summary>
    bool MayAct { get; }

    /// <summary>Whether the alert of a run fires now: <c>firing</c>, <c>resolved</c>, or null if it is not known.</summary>
    Task<string?> AlertStateAsync(System.Text.Json.JsonElement alert, CancellationToken cancel);

    /// <summary>Whether a node's process is proven dead, not only silent.</summary>
    bool IsGone(string node);
}
