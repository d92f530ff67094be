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
    private Shelf shelf = new([], [], FrozenDictionary<string, RunbookSet>.Empty, "");

    public IReadOnlyList<ShelvedRunbook> All => Volatile.Read(ref shelf).All;

    public IReadOnlyList<RunbookDefinition> ByAlert => Volatile.Read(ref shelf).ByAlert;

    public RunbookDefinition? Find(string name) => FindSet(name)?.Root;

    public RunbookSet? FindSet(string name) => Volatile.Read(ref shelf).ByName.GetValueOrDefault(name);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Reload();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Reads what has changed since the last time.</summary>
    public void Reload()
    {
        var files = Files();
        var stamp = string.Join('\n', files.Select(file => $"{file.FullName} {file.LastWriteTimeUtc.Ticks} {file.Length}"));
        if (stamp == shelf.Stamp)
            return;
        var all = new List<ShelvedRunbook>();
        var byName = new Dictionary<string, RunbookDefinition>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var (definition, problems) = definitions.Read(File.ReadAllText(file.FullName));
            if (definition is not null && !byName.TryAdd(definition.Name, definition))
            {
                var other = all.First(one => one.Definition?.Name == definition.Name).Path;
                problems = [new DefinitionProblem(1, 1, $"The runbook '{definition.Name}' is also in {other}. Names are unique.")];
                definition = null;
            }

            all.Add(new ShelvedRunbook(file.FullName, definition, problems));
        }

        Volatile.Write(ref shelf, Shelved(all, byName, stamp));
    }

    // What a runbook calls is known once all are read.
    private Shelf Shelved(List<ShelvedRunbook> all, Dictionary<string, RunbookDefinition> byName, string stamp)
    {
        var sets = new Dictionary<string, RunbookSet>(StringComparer.Ordinal);
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Definition is { } definition)
            {
                var (set, problems) = RunbookSet.Gather(definition, byName);
                if (set is null || problems.Count > 0)
                    all[i] = all[i] with { Definition = null, Problems = problems };
                else
                    sets[definition.Name] = set;
            }

            if (all[i].Problems is [var first, ..])
                Log.Problem(logger, all[i].Path, first.ToString(), all[i].Problems.Count - 1);
        }

        var byAlert = all.Select(one => one.Definition).OfType<RunbookDefinition>().Where(one => one.Alerts.Count > 0);
        return new Shelf(all, [.. byAlert], sets.ToFrozenDictionary(StringComparer.Ordinal), stamp);
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

    private List<FileInfo> Files() =>
        [
            .. configuration
                .GetSection("Runbooks:Paths")
                .GetChildren()
                .Select(path => path.Value)
                .Where(path => path is not null && Directory.Exists(path))
                // Of two with one name the first counts: in the order of the folders as they are configured.
                .SelectMany(path => RunbookTree.Under(Path.GetFullPath(path!)))
                .Where(path => !RunbookTree.IsTest(path))
                .Distinct(StringComparer.Ordinal)
                .Select(path => new FileInfo(path)),
        ];

    private sealed record Shelf(
        IReadOnlyList<ShelvedRunbook> All,
        IReadOnlyList<RunbookDefinition> ByAlert,
        FrozenDictionary<string, RunbookSet> ByName,
        string Stamp
    );

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
    }
}
