using Bot.Alerts;
using Bot.Parts;
using Bot.Runs;
using Runbooks.Definition;
using Runbooks.Secrets;

namespace Bot.Intake;

/// <summary>What the files under <c>Config:Path</c> say about alerts.</summary>
internal sealed record AlertConfig(RouteBook Routes, ServiceTree Services, IReadOnlyList<Probe> Probes)
{
    public static AlertConfig Default { get; } = new(new RouteBook([RouteBook.Default]), ServiceTree.Empty, []);

    /// <summary>Reads a folder; a file that is not there says nothing.</summary>
    /// <param name="reader">Knows the actions that probes may use; null: probes are not looked at.</param>
    /// <param name="secrets">Knows the stores that their secrets may lie in; null: as well.</param>
    /// <exception cref="IOException">A file cannot be read just now.</exception>
    public static (AlertConfig Config, IReadOnlyList<ConfigProblem> Problems) Read(
        string folder,
        RunbookReader? reader,
        SecretReader? secrets
    )
    {
        var config = Default;
        var problems = new List<ConfigProblem>();
        if (Text(folder, "routes.yaml") is { } routes)
        {
            var (book, wrong) = RouteFile.Read("routes.yaml", routes);
            config = config with { Routes = book };
            problems.AddRange(wrong);
        }

        if (Text(folder, "services.yaml") is { } services)
        {
            var (tree, wrong) = ServiceFile.Read("services.yaml", services);
            config = config with { Services = tree };
            problems.AddRange(wrong);
        }

        if (reader is not null && secrets is not null && Text(folder, "probes.yaml") is { } text)
        {
            var (probes, wrong) = ProbeFile.Read("probes.yaml", text, reader, secrets);
            config = config with { Probes = probes };
            problems.AddRange(wrong);
        }

        return (config, problems);
    }

    private static string? Text(string folder, string name)
    {
        var file = Path.Combine(folder, name);
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }
}

/// <summary>
/// The configuration in force: read at start, and again when a file has changed. New files with problems change nothing; what
/// was in force stays so, and the problems are on the log and on the health page until they are gone.
/// </summary>
internal sealed partial class ConfigShelf : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly string folder;
    private readonly RunbookReader reader;
    private readonly SecretReader secrets;
    private readonly TimeProvider time;
    private readonly ILogger<ConfigShelf> logger;
    private string stamp;
    private AlertConfig current;
    private IReadOnlyList<ConfigProblem> problems = [];

    /// <exception cref="StartException">The files have problems; the message lists them all. There is nothing in force to keep.</exception>
    public ConfigShelf(
        IConfiguration configuration,
        Definitions definitions,
        SecretReader secrets,
        TimeProvider time,
        ILogger<ConfigShelf> logger
    )
    {
        reader = definitions.Reader;
        folder = configuration["Config:Path"] ?? "config";
        this.secrets = secrets;
        this.time = time;
        this.logger = logger;
        stamp = Stamp();
        (current, var wrong) = AlertConfig.Read(folder, reader, secrets);
        if (wrong.Count > 0)
            throw new StartException([$"{folder} has problems:", .. wrong.Select(problem => problem.ToString())]);
    }

    public AlertConfig Current => Volatile.Read(ref current);

    /// <summary>What is wrong with the files as they lie there now; empty while they are in force.</summary>
    public IReadOnlyList<ConfigProblem> Problems => Volatile.Read(ref problems);

    /// <summary>Reads the files if one of them has changed since the last time.</summary>
    public void Reload()
    {
        var seen = Stamp();
        if (seen == stamp)
            return;
        var (read, wrong) = AlertConfig.Read(folder, reader, secrets);
        if (wrong.Count == 0)
        {
            Volatile.Write(ref current, read);
            Log.Reloaded(logger, folder, read.Routes.Routes.Count);
        }

        foreach (var problem in wrong)
            Log.Problem(logger, problem.ToString());
        Volatile.Write(ref problems, wrong);
        // Last, so that a read which failed half-way is tried again.
        stamp = seen;
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
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.NotRead(logger, folder, e.Message);
            }
        }
    }

    private string Stamp() =>
        Directory.Exists(folder)
            ? string.Join(
                '\n',
                new DirectoryInfo(folder)
                    .EnumerateFiles("*.yaml")
                    .OrderBy(file => file.Name, StringComparer.Ordinal)
                    .Select(file => $"{file.Name} {file.LastWriteTimeUtc.Ticks} {file.Length}")
            )
            : "";

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Information, "{Folder} was read again: {Routes} routes are in force")]
        public static partial void Reloaded(ILogger logger, string folder, int routes);

        [LoggerMessage(111, LogLevel.Error, "The configuration is not taken over, what was in force stays so: {Problem}")]
        public static partial void Problem(ILogger logger, string problem);

        [LoggerMessage(112, LogLevel.Warning, "{Folder} could not be read again: {Error}")]
        public static partial void NotRead(ILogger logger, string folder, string error);
    }
}
