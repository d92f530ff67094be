using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>
/// One process that carries the run on, until it dies. A dead one never hears of anything again: its calls and writes stay
/// unanswered, as those of a killed process do.
/// </summary>
internal sealed class SimulatedProcess(SimulatedLog log, SimulatedTarget target, TestCase test, string node)
    : IRunJournal,
        IScriptRunner,
        IOutputSink,
        IRunSurroundings
{
    private readonly HashSet<(string Path, int Attempt)> lastWords = [];

    public string Node => node;

    public bool Alive { get; private set; } = true;

    public bool MayAct => Alive;

    public void Die(string when)
    {
        Alive = false;
        log.Tell(CaseEventKind.Crash, $"The process {node} dies {when}");
    }

    /// <summary>It dies as soon as the end of this attempt is on disk.</summary>
    public void DieOnResult(string path, int attempt) => lastWords.Add((path, attempt));

    public static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;

    public Task<JournalAnswer> AppendAsync(RunState seen, IReadOnlyList<RunFact> facts, DateTimeOffset? wake, CancellationToken cancel)
    {
        if (!Alive)
            return Never<JournalAnswer>();
        if (log.State.Epoch != seen.Epoch || log.State.IsOver)
            return Task.FromResult<JournalAnswer>(new JournalAnswer.StaleEpoch());
        if (log.State.Interventions != seen.Interventions)
            return Task.FromResult<JournalAnswer>(new JournalAnswer.Changed(log.State));
        foreach (var fact in facts)
        {
            log.Append(seen.Id, fact);
            // A test has one run: nobody else has its locks.
            if (fact is RunFact.LocksWanted wanted)
                log.Append(seen.Id, new RunFact.LocksGranted(wanted.Scope));
        }

        log.Wake = wake ?? log.Wake;
        if (facts.OfType<RunFact.StepEnded>().FirstOrDefault(ended => lastWords.Contains((ended.Step, ended.Number))) is { } last)
        {
            Die($"after the answer to {last.Step} is on disk");
            return Never<JournalAnswer>();
        }

        return Task.FromResult<JournalAnswer>(new JournalAnswer.Appended(log.State));
    }

    public async Task<ActionResult> RunAsync(ScriptCall call, Func<StepProcess, Task<bool>> started, CancellationToken cancel)
    {
        if (!await started(new StepProcess(node, 1, 1)))
            return new ActionResult.Failed(FailureClass.NotSent, "another process carries the run on");
        return await target.CallAsync(this, call.Step, call.Attempt, call, cancel);
    }

    public Task<bool> EndLeftoverAsync(ScriptLeftover left, CancellationToken cancel) => Task.FromResult(true);

    public void Write(string run, string step, string stream, string text, DateTimeOffset? at = null) { }

    public Task<string?> AlertStateAsync(JsonElement alert, CancellationToken cancel) =>
        Task.FromResult(test.Resolves is { } after && log.Elapsed >= after ? "resolved" : alert.GetProperty("state").GetString());

    /// <summary>A test has one process at a time: any other is dead.</summary>
    public bool IsGone(string other) => other != node;
}
