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
    private Shelf shelf = new([], FrozenDictionary<string, RunbookDefinition>.Empty, "");

    public IReadOnlyList<ShelvedRunbook> All => Volatile.Read(ref shelf).All;

    public RunbookDefinition? Find(string name) => Volatile.Read(ref shelf).ByName.GetValueOrDefault(name);

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

            foreach (var problem in problems)
                Log.Problem(logger, file.FullName, problem.ToString());
            all.Add(new ShelvedRunbook(file.FullName, definition, problems));
        }

        Volatile.Write(ref shelf, new Shelf(all, byName.ToFrozenDictionary(StringComparer.Ordinal), stamp));
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
                .SelectMany(path => new DirectoryInfo(path!).EnumerateFiles("*.yaml", SearchOption.AllDirectories))
                .Where(file => !file.Name.EndsWith(".test.yaml", StringComparison.Ordinal))
                .OrderBy(file => file.FullName, StringComparer.Ordinal),
        ];

    private sealed record Shelf(IReadOnlyList<ShelvedRunbook> All, FrozenDictionary<string, RunbookDefinition> ByName, string Stamp);

    private static partial class Log
    {
        [LoggerMessage(430, LogLevel.Error, "Runbook {Path}: {Problem}")]
        public static partial void Problem(ILogger logger, string path, string problem);

        [LoggerMessage(431, LogLevel.Warning, "The runbooks could not be read again: {Error}")]
        public static partial void NotRead(ILogger logger, string error);
    }
}
