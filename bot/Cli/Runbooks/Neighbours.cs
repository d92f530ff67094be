using Bot.Runs;
using Runbooks.Definition;

namespace Bot.Cli.Runbooks;

/// <summary>
/// What a runbook in a file may mean by the name of another: those that are read with it, those that lie in their folders, and
/// those of <c>Runbooks:Paths</c>; of two with one name the first of these.
/// </summary>
internal sealed class Neighbours(Workbench workbench, IConfiguration configuration)
{
    private readonly Dictionary<string, RunbookDefinition> known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> broken = new(StringComparer.Ordinal);
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    /// <summary>Gathers each with what it calls.</summary>
    /// <param name="read">By path, those that were read already.</param>
    public IEnumerable<(string Path, RunbookSet? Set, IReadOnlyList<DefinitionProblem> Problems)> Gather(
        IReadOnlyDictionary<string, RunbookDefinition> read
    )
    {
        foreach (var (path, definition) in read)
        {
            seen.Add(Path.GetFullPath(path));
            known.TryAdd(definition.Name, definition);
        }

        if (read.Values.SelectMany(one => one.Calls).Except(known.Keys, StringComparer.Ordinal).Any())
            Look(read.Keys);
        foreach (var (path, definition) in read)
        {
            var (set, problems) = RunbookSet.Gather(definition, known, Broken);
            yield return (path, set, problems);
        }
    }

    private void Look(IEnumerable<string> paths)
    {
        var folders = paths.Select(path => Path.GetDirectoryName(Path.GetFullPath(path))!).Distinct(StringComparer.Ordinal);
        foreach (var file in folders.Concat(RunbookFiles.Configured(configuration)).SelectMany(RunbookTree.Under))
        {
            if (RunbookTree.IsTest(file) || !seen.Add(Path.GetFullPath(file)))
                continue;
            var text = File.ReadAllText(file);
            if (workbench.Reader.Read(text).Definition is { } definition)
                known.TryAdd(definition.Name, definition);
            else if (RunbookNames.In(text) is { } name)
                broken.TryAdd(name, file);
        }
    }

    private string? Broken(string name) =>
        broken.TryGetValue(name, out var file)
            ? $"The runbook '{name}' has problems of its own: incident runbook check {Path.GetRelativePath(Directory.GetCurrentDirectory(), file)}"
            : null;
}
