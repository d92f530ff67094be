using Bot.Runs;
using Runbooks.Definition;
using Runbooks.Testing;

namespace Bot.Cli.Runbooks;

/// <summary>Runbooks and tests that were read together, with all that is wrong with them and between them.</summary>
internal sealed class RunbookFolder
{
    private readonly List<Finding> findings = [];
    private readonly List<ReplacedRunbook> replaced = [];
    private readonly OrderedDictionary<string, RunbookDefinition> byPath = new(StringComparer.Ordinal);

    private RunbookFolder() { }

    public IReadOnlyDictionary<string, RunbookDefinition> ByPath => byPath;

    public IReadOnlyList<Finding> Findings =>
        [.. findings.OrderBy(one => one.Path, StringComparer.Ordinal).ThenBy(one => one.Line).ThenBy(one => one.Column)];

    /// <summary>Runbooks that are not used where another folder's of the same name stands before them: as shipped ones that somebody has made their own.</summary>
    public IReadOnlyList<ReplacedRunbook> Replaced => replaced;

    /// <summary>Files that were read, runbooks and tests.</summary>
    public int Files { get; private set; }

    public static async Task<RunbookFolder> ReadAsync(
        IReadOnlyList<RunbookFile> files,
        Workbench workbench,
        IConfiguration configuration,
        CancellationToken cancel
    )
    {
        var folder = new RunbookFolder { Files = files.Count };
        foreach (var (path, _) in files.Where(file => !RunbookTree.IsTest(file.Path)))
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

        folder.Names(files);
        foreach (var (path, _, problems) in new Neighbours(workbench, configuration).Gather(folder.byPath))
            folder.Add(path, problems);
        foreach (var path in files.Select(file => file.Path).Where(RunbookTree.IsTest))
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

    // Below one folder names are unique; of two folders' the first counts.
    private void Names(IReadOnlyList<RunbookFile> files)
    {
        foreach (
            var same in files.Where(file => byPath.ContainsKey(file.Path)).GroupBy(file => byPath[file.Path].Name, StringComparer.Ordinal)
        )
        {
            var first = same.First();
            foreach (var (path, folder) in same.Skip(1))
            {
                if (folder is not null && first.Folder is not null && folder != first.Folder)
                    replaced.Add(new ReplacedRunbook(path, first.Path));
                else
                    Add(path, [new DefinitionProblem(1, 1, $"The runbook '{same.Key}' is also in {first.Path}. Names are unique.")]);
            }
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

/// <param name="By">The file that is used instead.</param>
internal sealed record ReplacedRunbook(string Path, string By)
{
    public override string ToString() => $"{Path}: note: not used, since {By} has the same name and its folder stands before";
}
