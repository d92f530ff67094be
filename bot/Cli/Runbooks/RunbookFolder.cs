using Bot.Runs;
using Runbooks.Definition;
using Runbooks.Testing;

namespace Bot.Cli.Runbooks;

/// <summary>Runbooks and tests that were read together, with all that is wrong with them and between them.</summary>
internal sealed class RunbookFolder
{
    private readonly List<Finding> findings = [];
    private readonly SortedDictionary<string, RunbookDefinition> byPath = new(StringComparer.Ordinal);

    private RunbookFolder() { }

    public IReadOnlyDictionary<string, RunbookDefinition> ByPath => byPath;

    public IReadOnlyList<Finding> Findings =>
        [.. findings.OrderBy(one => one.Path, StringComparer.Ordinal).ThenBy(one => one.Line).ThenBy(one => one.Column)];

    /// <summary>Files that were read, runbooks and tests.</summary>
    public int Files { get; private set; }

    public static async Task<RunbookFolder> ReadAsync(
        IReadOnlyList<string> files,
        Workbench workbench,
        IConfiguration configuration,
        CancellationToken cancel
    )
    {
        var folder = new RunbookFolder { Files = files.Count };
        foreach (var path in files.Where(path => !RunbookTree.IsTest(path)))
        {
            var (definition, problems) = workbench.Reader.Read(await File.ReadAllTextAsync(path, cancel));
            folder.Add(path, problems);
            if (definition is null)
                continue;
            folder.byPath[path] = definition;
            folder.findings.AddRange(
                RunbookAdvice
                    .Of(definition, workbench.Actions)
                    .Select(advice => new Finding(path, advice.Line, advice.Column, advice.Rule, advice.Message))
            );
        }

        folder.Names();
        foreach (var (path, _, problems) in new Neighbours(workbench, configuration).Gather(folder.byPath))
            folder.Add(path, problems);
        foreach (var path in files.Where(RunbookTree.IsTest))
            await folder.TestAsync(path, workbench, cancel);
        return folder;
    }

    private async Task TestAsync(string path, Workbench workbench, CancellationToken cancel)
    {
        var runbook = RunbookFiles.RunbookOf(path);
        if (!byPath.TryGetValue(runbook, out var definition))
        {
            if (!File.Exists(runbook))
                Add(path, [new DefinitionProblem(1, 1, $"There is no runbook {runbook} beside it.")]);
            else
                definition = workbench.Reader.Read(await File.ReadAllTextAsync(runbook, cancel)).Definition;
        }

        // What is wrong with the runbook is said of the runbook.
        if (definition is not null)
            Add(path, TestReader.Read(await File.ReadAllTextAsync(path, cancel), definition).Problems);
    }

    private void Names()
    {
        foreach (var same in byPath.GroupBy(one => one.Value.Name, StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            var first = same.First().Key;
            foreach (var (path, definition) in same.Skip(1))
                Add(path, [new DefinitionProblem(1, 1, $"The runbook '{definition.Name}' is also in {first}. Names are unique.")]);
        }
    }

    private void Add(string path, IEnumerable<DefinitionProblem> problems) =>
        findings.AddRange(problems.Select(problem => new Finding(path, problem.Line, problem.Column, null, problem.Message)));
}

/// <param name="Rule">Of advice; null: it is an error.</param>
internal sealed record Finding(string Path, int Line, int Column, string? Rule, string Message)
{
    public bool IsError => Rule is null;

    public override string ToString() =>
        $"{Path}:{Line}:{Column}: {(IsError ? "error" : "warning")}: {Message}" + (Rule is null ? "" : $" [{Rule}]");
}
