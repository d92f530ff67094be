using Bot.Parts;
using Bot.Storage;

namespace Bot;

/// <summary>Where the settings come from: <c>appsettings.json</c> of the root folder, then the environment, then what the caller overrides.</summary>
internal static class BotSettings
{
    private const string FileName = "appsettings.json";

    /// <summary>
    /// The nearest folder that holds <c>appsettings.json</c>: upwards from where the command is called, else from where the
    /// program lies. Relative paths in the settings start there.
    /// </summary>
    public static string FindRoot() =>
        NearestWithSettings(Directory.GetCurrentDirectory())
        ?? NearestWithSettings(AppContext.BaseDirectory)
        ?? Directory.GetCurrentDirectory();

    /// <summary>Reads everything and makes its paths absolute, so that nobody after this has to know the root.</summary>
    /// <exception cref="StartException">Settings make no sense; it says all of them.</exception>
    public static void Load(IConfigurationManager configuration, string root, IEnumerable<KeyValuePair<string, string?>>? overrides)
    {
        Gather(configuration, root, overrides);
        if (SettingsCheck.Problems(configuration).ToList() is { Count: > 0 } problems)
            throw new StartException(problems);
    }

    /// <summary>The same for whoever wants to know all that is wrong: nothing is thrown, and what makes no sense stays as it is.</summary>
    public static IConfigurationRoot ReadUnchecked(string root)
    {
        var configuration = new ConfigurationManager();
        Gather(configuration, root, null);
        return configuration;
    }

    public static IConfigurationRoot Read(string root, IEnumerable<KeyValuePair<string, string?>>? overrides = null)
    {
        var configuration = new ConfigurationManager();
        Load(configuration, root, overrides);
        return configuration;
    }

    public static string ConnectionString(this IConfiguration configuration) =>
        configuration["Storage:ConnectionString"] is { Length: > 0 } text ? text : "Data Source=data/incident.db";

    /// <summary>The database file, or null for PostgreSQL.</summary>
    public static string? SqliteFile(this IConfiguration configuration) => StorageSetup.FileOf(configuration.ConnectionString());

    private static void Gather(IConfigurationManager configuration, string root, IEnumerable<KeyValuePair<string, string?>>? overrides)
    {
        configuration.SetBasePath(root);
        configuration.AddJsonFile(FileName, optional: true, reloadOnChange: false);
        configuration.AddEnvironmentVariables();
        if (overrides is not null)
            configuration.AddInMemoryCollection(overrides);
        configuration.AddInMemoryCollection(AbsolutePaths(configuration, root).ToList());
    }

    private static IEnumerable<KeyValuePair<string, string?>> AbsolutePaths(IConfiguration configuration, string root)
    {
        if (StorageSetup.ProblemOf(configuration.ConnectionString()) is null)
            yield return new("Storage:ConnectionString", StorageSetup.WithFileUnder(configuration.ConnectionString(), root));
        yield return new("Config:Path", Path.GetFullPath(configuration["Config:Path"] is { Length: > 0 } path ? path : "config", root));
        foreach (var other in configuration.GetSection("Runbooks:Paths").GetChildren().Append(configuration.GetSection("Ssh:KnownHosts")))
        {
            if (other.Value is { Length: > 0 } value)
                yield return new(other.Path, Path.GetFullPath(value, root));
        }
    }

    private static string? NearestWithSettings(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, FileName)))
                return at.FullName;
        }

        return null;
    }
}
