using System.Collections.Frozen;
using Runbooks.Definition;

namespace Bot.Runs;

/// <summary>Reads the runbooks' folders at start, and again when a file has changed.</summary>
internal sealed partial class RunbookShelf(
    Definitions definitions,
    IConfiguration configuration,
    TimeProvider time,
    ILogger<RunbookShelf> logger
) : BackgroundService, IRunbookShelf
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private Shelf shelf = new([], [], FrozenDictionary<string, RunbookSet>.Empty, FrozenDictionary<string, string>.Empty, "");

    public IReadOnlyList<ShelvedRunbook> All => Volatile.Read(ref shelf).All;

    public IReadOnlyList<RunbookDefinition> ByAlert => Volatile.Read(ref shelf).ByAlert;

    public RunbookDefinition? Find(string name) => FindSet(name)?.Root;

    public RunbookSet? FindSet(string name) => Volatile.Read(ref shelf).ByName.GetValueOrDefault(name);

    public string? Broken(string name) => Volatile.Read(ref shelf).Broken(name);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Reload();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Reads what has changed since the last time.</summary>
    public void Reload()
    {
        var files = Files();
        var stamp = string.Join('\n', files.Select(one => $"{one.File.FullName} {one.File.LastWriteTimeUtc.Ticks} {one.File.Length}"));
        if (stamp == shelf.Stamp)
            return;
        var all = new List<ShelvedRunbook>();
        // A file with problems has its name all the same: what it was to replace does not come back because of them.
        var places = new Dictionary<string, (int Index, string Folder)>(StringComparer.Ordinal);
        foreach (var (folder, file) in files)
        {
            var text = File.ReadAllText(file.FullName);
            var (definition, problems) = definitions.Read(text);
            var name = definition?.Name ?? RunbookNames.In(text);
            if (name is not null && !places.TryAdd(name, (all.Count, folder)))
            {
                var (index, first) = places[name];
                if (first != folder)
                {
                    all[index] = all[index] with { Replaces = [.. all[index].Replaces, file.FullName] };
                    continue;
                }

                if (all[index].Definition is null)
                    places[name] = (all.Count, folder);
                else if (definition is not null)
                    (definition, problems) = (
                        null,
                        [new DefinitionProblem(1, 1, $"The runbook '{name}' is also in {all[index].Path}. Names are unique.")]
                    );
            }

            all.Add(new ShelvedRunbook(file.FullName, definition, problems));
        }

        Volatile.Write(ref shelf, Shelved(all, places.ToDictionary(one => one.Key, one => one.Value.Index), stamp));
    }

    // What a runbook calls is known once all are read.
    private Shelf Shelved(List<ShelvedRunbook> all, Dictionary<string, int> places, string stamp)
    {
        var byName = places
            .Where(place => all[place.Value].Definition is not null)
            .ToDictionary(place => place.Key, place => all[place.Value].Definition!, StringComparer.Ordinal);
        var sets = new Dictionary<string, RunbookSet>(StringComparer.Ordinal);
        var paths = places.ToFrozenDictionary(place => place.Key, place => all[place.Value].Path, StringComparer.Ordinal);
        var read = new Shelf([], [], FrozenDictionary<string, RunbookSet>.Empty, paths, stamp);
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Definition is { } definition)
            {
                var (set, problems) = RunbookSet.Gather(definition, byName, read.Broken);
                if (set is null || problems.Count > 0)
                    all[i] = all[i] with { Definition = null, Problems = problems };
                else
                    sets[definition.Name] = set;
            }
        }

        Tell(all);
        var byAlert = all.Select(one => one.Definition).OfType<RunbookDefinition>().Where(one => one.Alerts.Count > 0);
        return read with { All = all, ByAlert = [.. byAlert], ByName = sets.ToFrozenDictionary(StringComparer.Ordinal) };
    }

    // Each once: a file that somebody saves is no reason to tell again of all others.
    private void Tell(List<ShelvedRunbook> all)
    {
        foreach (var one in all)
        {
            var before = shelf.All.FirstOrDefault(other => other.Path == one.Path);
            if (one.Problems is [var first, ..] && !one.Problems.SequenceEqual(before?.Problems ?? []))
                Log.Problem(logger, one.Path, first.ToString(), one.Problems.Count - 1);
            foreach (var replaced in one.Replaces.Except(before?.Replaces ?? [], StringComparer.Ordinal))
                Log.Replaced(logger, one.Path, replaced);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Reload();
            }
            catch (IOException fault)
            {
                Log.NotRead(logger, fault.Message);
            }
        }
    }

    private List<(string Folder, FileInfo File)> Files() =>
        [
            .. configuration
                .GetSection("Runbooks:Paths")
                .GetChildren()
                .Select(path => path.Value)
                .Where(path => path is not null && Directory.Exists(path))
                // Of two with one name the first counts: in the order of the folders as they are configured.
                .Select(path => Path.GetFullPath(path!))
                .SelectMany(RunbookTree.Under, (folder, path) => (Folder: folder, Path: path))
                .Where(one => !RunbookTree.IsTest(one.Path))
                .DistinctBy(one => one.Path, StringComparer.Ordinal)
                .Select(one => (one.Folder, new FileInfo(one.Path))),
        ];

    private sealed record Shelf(
        IReadOnlyList<ShelvedRunbook> All,
        IReadOnlyList<RunbookDefinition> ByAlert,
        FrozenDictionary<string, RunbookSet> ByName,
        FrozenDictionary<string, string> Paths,
        string Stamp
    )
    {
        public string? Broken(string name) =>
            Paths.TryGetValue(name, out var path) ? $"The runbook '{name}' has problems of its own: incident runbook check {path}" : null;
    }

    private static partial class Log
    {
        [LoggerMessage(
            430,
            LogLevel.Error,
            "The runbook {Path} cannot be run: {Problem} ({More} more; all of them: incident runbook check {Path})"
        )]
        public static partial void Problem(ILogger logger, string path, string problem, int more);

        [LoggerMessage(431, LogLevel.Warning, "The runbooks could not be read again: {Error}")]
        public static partial void NotRead(ILogger logger, string error);

        [LoggerMessage(
            433,
            LogLevel.Information,
            "The runbook {Path} is used instead of {Replaced}: its folder stands before in Runbooks:Paths"
        )]
        public static partial void Replaced(ILogger logger, string path, string replaced);
    }
}
