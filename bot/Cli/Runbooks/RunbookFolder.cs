using Runbooks.Definition;
using Runbooks.Expressions;
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

    public static async Task<RunbookFolder> ReadAsync(IReadOnlyList<string> files, Workbench workbench, CancellationToken cancel)
    {
        var folder = new RunbookFolder { Files = files.Count };
        foreach (var path in files.Where(path => !RunbookFiles.IsTest(path)))
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
        folder.Calls();
        foreach (var path in files.Where(RunbookFiles.IsTest))
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

    // Where one file is checked alone, the runbooks that it calls are somewhere else.
    private void Calls()
    {
        if (byPath.Count < 2)
            return;
        var names = byPath.Values.Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, definition) in byPath)
        {
            foreach (var step in definition.ById.Values.Where(step => step.Runbook is { } call && !names.Contains(call.Name)))
            {
                var name = step.Runbook!.Name;
                Add(
                    path,
                    [
                        new DefinitionProblem(
                            step.Line,
                            step.Column,
                            $"There is no runbook '{name}' among these.{Suggestion.For(name, names)}"
                        ),
                    ]
                );
            }

            foreach (var step in definition.ById.Values)
            {
                if (step.Runbook is { } call && byPath.Values.FirstOrDefault(one => one.Name == call.Name) is { } called)
                    Add(path, Given(call, called).Select(message => new DefinitionProblem(step.Line, step.Column, message)));
            }
        }
    }

    private static IEnumerable<string> Given(CallDefinition call, RunbookDefinition called)
    {
        var given = call.With switch
        {
            Template.Constant { Value: MapValue map } => [.. map.Entries.Select(entry => entry.Key)],
            Template.Mapping map => [.. map.Entries.Select(entry => entry.Key)],
            _ => Array.Empty<string>(),
        };
        var inputs = called.Inputs.Select(input => input.Name).ToList();
        foreach (var name in given.Except(inputs, StringComparer.Ordinal))
            yield return $"The runbook '{called.Name}' has no input '{name}'.{Suggestion.For(name, inputs)}";
        foreach (var input in called.Inputs.Where(input => input is { Required: true, Default: null, Type: not InputType.Secret }))
        {
            if (!given.Contains(input.Name))
                yield return $"The runbook '{called.Name}' needs the input '{input.Name}': give it in 'with'.";
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
