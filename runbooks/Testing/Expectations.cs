using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Testing;

/// <summary>Holds what came of a case against what was expected of it.</summary>
internal static class Expectations
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(5);

    public static IEnumerable<CaseProblem> Compare(TestCase test, SimulatedLog log, IReadOnlyDictionary<string, int> reached)
    {
        var (expect, run) = (test.Expect, log.State);
        if (expect.Run is { } phase && phase.Value != run.Phase)
            yield return Wrong(phase, $"the run is {Words.Of(run.Phase)}{Because(run.Because)}, not {Words.Of(phase.Value)}");
        foreach (var (step, outcome) in expect.Steps)
        {
            var known = run.Steps.GetValueOrDefault(step) ?? StepState.Fresh;
            if (known.Outcome != outcome.Value)
                yield return Wrong(outcome, $"{step} is {Words.Of(known.Outcome)}{Because(known.Because)}, not {Words.Of(outcome.Value)}");
        }

        foreach (var (path, count) in expect.Effects)
        {
            var seen = Sum(path, reached);
            if (seen != count.Value)
                yield return Wrong(count, $"the target of {path} was reached {Times(seen)}, not {Times(count.Value)}");
        }

        foreach (var (path, count) in expect.Attempts)
        {
            var seen = Sum(path, run.Steps.ToDictionary(step => step.Key, step => step.Value.Attempts.Count, StringComparer.Ordinal));
            if (seen != count.Value)
                yield return Wrong(count, $"{path} was tried {Times(seen)}, not {Times(count.Value)}");
        }

        foreach (var (step, kind) in expect.Waiting)
        {
            var wait = run.Steps.GetValueOrDefault(step)?.Wait;
            if (wait?.Kind != kind.Value)
                yield return Wrong(
                    kind,
                    $"{step} waits for {(wait is null ? "nothing" : Words.Of(wait.Kind))}, not for {Words.Of(kind.Value)}"
                );
        }

        foreach (var problem in Timeline(expect.Timeline, log.Events).Concat(Outputs(expect.Outputs, run.Outputs)))
            yield return problem;
    }

    private static IEnumerable<CaseProblem> Timeline(IEnumerable<Expected<string>> globs, IReadOnlyList<CaseEvent> events)
    {
        foreach (var glob in globs)
        {
            var never = glob.Value.StartsWith('!');
            var pattern = never ? glob.Value[1..] : glob.Value;
            var seen = events.FirstOrDefault(one => one.Kind is CaseEventKind.Fact && Matches(pattern, one.Text));
            if (never && seen is not null)
                yield return Wrong(glob, $"the timeline has '{seen.Text}', which matches '{pattern}'");
            else if (!never && seen is null)
                yield return Wrong(glob, $"no line of the timeline matches '{pattern}'");
        }
    }

    private static IEnumerable<CaseProblem> Outputs(IReadOnlyDictionary<string, Expected<JsonElement>> expected, JsonElement? outputs)
    {
        foreach (var (name, value) in expected)
        {
            if (outputs is not { ValueKind: JsonValueKind.Object } given || !given.TryGetProperty(name, out var seen))
                yield return Wrong(value, $"the run has no output '{name}'");
            else if (!JsonElement.DeepEquals(Values.ToJson(Values.From(seen)), value.Value))
                yield return Wrong(value, $"the output '{name}' is {seen.GetRawText()}, not {value.Value.GetRawText()}");
        }
    }

    /// <summary>Of a step with items it is the sum over them, unless one of them is named.</summary>
    private static int Sum(string path, IReadOnlyDictionary<string, int> counts) =>
        counts.Where(count => count.Key == path || TestPaths.Plain(count.Key) == path).Sum(count => count.Value);

    private static bool Matches(string glob, string text) =>
        Regex.IsMatch(
            text,
            @"\A" + Regex.Escape(glob).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal) + @"\z",
            RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant,
            MatchLimit
        );

    private static string Times(int count) =>
        count switch
        {
            0 => "never",
            1 => "once",
            2 => "twice",
            _ => count.ToString(CultureInfo.InvariantCulture) + " times",
        };

    private static string Because(string? reason) => reason is null ? "" : $" ({reason})";

    private static CaseProblem Wrong<T>(Expected<T> at, string sentence) => new(at.Line, at.Column, sentence);
}
