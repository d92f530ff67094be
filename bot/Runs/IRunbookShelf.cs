using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>The runbooks of this node, read from <c>Runbooks:Paths</c> and again when files change.</summary>
internal interface IRunbookShelf
{
    /// <summary>
    /// All files that count, in the order of their paths, the faulty ones with their problems. Of two folders' files with one name that of the
    /// folder which stands before counts, and tells what it replaces.
    /// </summary>
    IReadOnlyList<ShelvedRunbook> All { get; }

    /// <summary>Those that begin with an alert.</summary>
    IReadOnlyList<RunbookDefinition> ByAlert { get; }

    RunbookDefinition? Find(string name);

    /// <summary>A runbook with all that it calls, as they are now.</summary>
    RunbookSet? FindSet(string name);

    /// <summary>Why a runbook that has a file cannot be run, and how to see all of it; null: there is no file of that name.</summary>
    string? Broken(string name);
}

/// <param name="Definition">Null if the file has problems.</param>
internal sealed record ShelvedRunbook(string Path, RunbookDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems)
{
    /// <summary>Files of other folders with the same name, which are not used: as a shipped runbook that somebody has made their own.</summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];
}
