using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>The world that the steps act on: answers as the case says, and counts how often it was reached.</summary>
internal sealed partial class SimulatedTarget(TestCase test, VirtualTime clock, SimulatedLog log)
{
    private readonly Dictionary<string, int> reached = new(StringComparer.Ordinal);
    private readonly HashSet<(string Key, int Index)> crashed = [];

    public IReadOnlyDictionary<string, int> Reached => reached;

    /// <param name="script">Null for an action.</param>
    public async Task<ActionResult> CallAsync(
        SimulatedProcess process,
        string path,
        int attempt,
        ScriptCall? script,
        CancellationToken cancel
    )
    {
        if (!process.Alive)
            return await SimulatedProcess.Never<ActionResult>();
        var answer = AnswerTo(path, attempt);
        log.Tell(CaseEventKind.Call, $"{path}, attempt {attempt.ToString(CultureInfo.InvariantCulture)}: {Said(answer)}");
        switch (answer.Fault)
        {
            case TestFault.NotSent:
                return new ActionResult.Failed(FailureClass.NotSent, answer.Because ?? "it could not be connected");
            case TestFault.CrashBeforeCall:
                process.Die($"before the call of {path}");
                return await SimulatedProcess.Never<ActionResult>();
        }

        reached[path] = reached.GetValueOrDefault(path) + 1;
        if (answer.Slow > TimeSpan.Zero)
            await PassAsync(answer.Slow, cancel);
        switch (answer.Fault)
        {
            case TestFault.Refused:
                // Who says no tells nothing of what was asked about, unless the test says what.
                var found = script is null && answer is { Result: null, Outputs: null } ? (JsonElement?)null : Result(answer, script);
                return new ActionResult.Failed(FailureClass.Refused, answer.Because ?? "the target refused it", found);
            case TestFault.ResetAfterSend:
                return new ActionResult.Failed(
                    FailureClass.Unknown,
                    answer.Because ?? "the connection was reset after the request was sent"
                );
            case TestFault.TimeoutAfterEffect:
                await PassAsync(Timeout.InfiniteTimeSpan, cancel);
                break;
            case TestFault.CrashAfterCall:
                process.Die($"after the call of {path}");
                return await SimulatedProcess.Never<ActionResult>();
            case TestFault.CrashAfterResult:
                process.DieOnResult(path, attempt);
                break;
        }

        var result = Result(answer, script);
        return script is null ? new ActionResult.Succeeded(result) : script.Ended(answer.ExitCode ?? 0, result);
    }

    // Task.Delay leaves the clock's thread when it is cancelled, and what follows would come when nobody looks any more.
    private async Task PassAsync(TimeSpan time, CancellationToken cancel)
    {
        var over = new TaskCompletionSource();
        await using var timer = clock.CreateTimer(_ => over.TrySetResult(), null, time, Timeout.InfiniteTimeSpan);
        await using var stopped = cancel.UnsafeRegister(_ => over.TrySetCanceled(cancel), null);
        await over.Task;
    }

    private TestAnswer AnswerTo(string path, int attempt)
    {
        var (key, answers) = Answers(path);
        if (answers is null)
            return TestAnswer.Nothing;
        var index = Math.Min(attempt, answers.Count) - 1;
        var answer = answers[index];
        if (answer.Items.Count > 0 && Item(path) is { } item)
            answer = item < answer.Items.Count ? answer.Items[item] : TestAnswer.Nothing;
        return answer.Crashes && !crashed.Add((path + "\n" + key, index)) ? answer with { Fault = null } : answer;
    }

    private (string Key, IReadOnlyList<TestAnswer>? Answers) Answers(string path)
    {
        if (test.Answers.TryGetValue(path, out var exact))
            return (path, exact);
        var plain = TestPaths.Plain(path);
        return (plain, test.Answers.GetValueOrDefault(plain));
    }

    private static int? Item(string path) =>
        Index().Match(path) is { Success: true } match ? int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture) : null;

    private static JsonElement Result(TestAnswer answer, ScriptCall? script)
    {
        if (answer.Result is { } whole)
            return whole;
        if (script is null)
            return answer.Outputs ?? Values.ToJson(MapValue.Empty);
        return Values.ToJson(
            new MapValue([
                KeyValuePair.Create("exit-code", (object?)(double)(answer.ExitCode ?? 0)),
                KeyValuePair.Create("stdout", (object?)""),
                KeyValuePair.Create("stderr", (object?)""),
                KeyValuePair.Create("outputs", (object?)(Values.From(answer.Outputs) ?? MapValue.Empty)),
            ])
        );
    }

    private static string Said(TestAnswer answer)
    {
        var slow = answer.Slow > TimeSpan.Zero ? $" after {Duration.Write(answer.Slow)}" : "";
        if (answer.Fault is { } fault)
            return Definition.Words.Of(fault) + slow;
        if (answer.ExitCode is > 0 and var code)
            return $"exit code {code.ToString(CultureInfo.InvariantCulture)}{slow}";
        return (answer.Result ?? answer.Outputs) is { } brings ? $"answers {Short(brings.GetRawText())}{slow}" : $"succeeds{slow}";
    }

    private static string Short(string text) => text.Length > 120 ? text[..120] + "…" : text;

    [GeneratedRegex(@"\[(?<n>[0-9]{1,9})\](\.[a-z]+)?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Index();
}
