using System.Globalization;
using System.Text;
using Runbooks.Definition;
using Runbooks.Testing;

namespace Bot.Cli.Runbooks;

/// <summary>What came of tests, for people and for machines.</summary>
internal static class TestReport
{
    public static string ForPeople(IReadOnlyList<PlayedFile> files, bool verbose)
    {
        var text = new StringBuilder();
        foreach (var file in files)
        {
            text.AppendLine(file.Path);
            foreach (var problem in file.Problems)
                text.AppendLine(CultureInfo.InvariantCulture, $"  {file.Where}:{problem}");
            foreach (var (result, _) in file.Cases)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {(result.Passed ? "passed" : "FAILED")}  {result.Case.Name}");
                foreach (var problem in result.Problems)
                    text.AppendLine(CultureInfo.InvariantCulture, $"    {file.Path}:{problem.Line}:{problem.Column}: {problem.Message}");
                if (verbose || !result.Passed)
                    text.AppendLine(Indented(Story(result)));
            }
        }

        var cases = files.SelectMany(file => file.Cases).ToList();
        var failed = cases.Count(one => !one.Result.Passed);
        var broken = files.Count(file => file.Problems.Count > 0);
        text.Append(CultureInfo.InvariantCulture, $"{cases.Count - failed} passed, {failed} failed");
        if (broken > 0)
            text.Append(CultureInfo.InvariantCulture, $", {broken} of {files.Count} files could not be played");
        return text.ToString();
    }

    public static object ForMachine(IReadOnlyList<PlayedFile> files) =>
        new
        {
            passed = files.Sum(file => file.Cases.Count(one => one.Result.Passed)),
            failed = files.Sum(file => file.Cases.Count(one => !one.Result.Passed)),
            files = files.Select(file => new
            {
                path = file.Path,
                problems = file.Problems.Select(problem => new
                {
                    path = file.Where,
                    problem.Line,
                    problem.Column,
                    problem.Message,
                }),
                cases = file.Cases.Select(one => ForMachine(one.Result)),
            }),
        };

    private static object ForMachine(CaseResult result) =>
        new
        {
            name = result.Case.Name,
            line = result.Case.Line,
            passed = result.Passed,
            problems = result.Problems,
            run = result.Run is { } run ? Words.Of(run.Phase) : null,
            steps = result.Run?.Steps.ToDictionary(step => step.Key, step => Words.Of(step.Value.Outcome), StringComparer.Ordinal),
            effects = result.Effects,
            events = result.Events.Select(one => new
            {
                seconds = one.At.TotalSeconds,
                kind = Words.Of(one.Kind),
                one.Text,
            }),
        };

    /// <summary>Everything that happened in a case, and how often each target was reached.</summary>
    public static string Story(CaseResult result)
    {
        var events = Terminal.Table(
            ["AT", "", "WHAT HAPPENED"],
            result.Events.Select(one => (IReadOnlyList<string>)[At(one.At), Sign(one.Kind), one.Text])
        );
        if (result.Effects.Count == 0)
            return events;
        var effects = Terminal.Table(
            ["TARGET OF", "REACHED"],
            result
                .Effects.OrderBy(effect => effect.Key, StringComparer.Ordinal)
                .Select(effect => (IReadOnlyList<string>)[effect.Key, effect.Value.ToString(CultureInfo.InvariantCulture)])
        );
        return events + Environment.NewLine + effects;
    }

    private static string At(TimeSpan at) => string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds:0.###} s");

    private static string Sign(CaseEventKind kind) =>
        kind switch
        {
            CaseEventKind.Call => "call",
            CaseEventKind.Click => "click",
            CaseEventKind.Crash => "crash",
            _ => "",
        };

    private static string Indented(string text) =>
        string.Join(Environment.NewLine, text.Split(Environment.NewLine).Select(line => "      " + line));
}
