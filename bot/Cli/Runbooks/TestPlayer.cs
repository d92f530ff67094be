using Runbooks.Definition;
using Runbooks.Testing;

namespace Bot.Cli.Runbooks;

/// <summary>Reads a test and the runbook beside it, and plays its cases.</summary>
internal sealed class TestPlayer(Workbench workbench, IConfiguration configuration, TimeProvider time)
{
    private readonly Simulator simulator = new(workbench.Actions);

    public async Task<PlayedFile> PlayAsync(string path, CancellationToken cancel)
    {
        var runbook = RunbookFiles.RunbookOf(path);
        if (!File.Exists(runbook))
            return PlayedFile.Unreadable(path, path, [new DefinitionProblem(1, 1, $"There is no runbook {runbook} beside it.")]);
        var (definition, wrong) = workbench.Reader.Read(await File.ReadAllTextAsync(runbook, cancel));
        if (definition is null)
            return PlayedFile.Unreadable(path, runbook, wrong);
        var alone = new Dictionary<string, RunbookDefinition>(StringComparer.Ordinal) { [runbook] = definition };
        var (_, books, missing) = new Neighbours(workbench, configuration).Gather(alone).Single();
        if (books is null || missing.Count > 0)
            return PlayedFile.Unreadable(path, runbook, missing);
        var (test, problems) = TestReader.Read(await File.ReadAllTextAsync(path, cancel), definition);
        if (test is null)
            return PlayedFile.Unreadable(path, path, problems);
        return new PlayedFile(path, path, [], [.. test.Cases.Select(one => Play(books, one))]);
    }

    private PlayedCase Play(RunbookSet books, TestCase test)
    {
        var begun = time.GetTimestamp();
        return new PlayedCase(simulator.Play(books, test), time.GetElapsedTime(begun));
    }
}

/// <param name="Where">The file that has the problems: the test or its runbook.</param>
/// <param name="Problems">Why it could not be played.</param>
internal sealed record PlayedFile(string Path, string Where, IReadOnlyList<DefinitionProblem> Problems, IReadOnlyList<PlayedCase> Cases)
{
    public bool Passed => Problems.Count == 0 && Cases.All(one => one.Result.Passed);

    public static PlayedFile Unreadable(string path, string where, IReadOnlyList<DefinitionProblem> problems) =>
        new(path, where, problems, []);
}

/// <param name="Took">Of real time.</param>
internal sealed record PlayedCase(CaseResult Result, TimeSpan Took);
