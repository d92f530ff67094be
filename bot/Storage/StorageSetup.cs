using System.Data.Common;
using Bot.Storage.Postgres;
using Bot.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Bot.Storage;

internal static class StorageSetup
{
    /// <summary>The form of the connection string decides: <c>Host=…</c> is PostgreSQL, all else SQLite.</summary>
    public static bool IsPostgres(string connectionString) => connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with a connection string, without showing it: it may hold a password. Null: nothing.</summary>
    public static string? ProblemOf(string connectionString)
    {
        try
        {
            DbConnectionStringBuilder read = IsPostgres(connectionString)
                ? new NpgsqlConnectionStringBuilder(connectionString)
                : new SqliteConnectionStringBuilder(connectionString);
            if (read is not SqliteConnectionStringBuilder { DataSource: "" })
                return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Told below; the exception's own words may repeat the text.
        }

        return "is no connection string. Write Data Source=data/incident.db (SQLite), or Host=…;Database=…;Username=…;Password=… (PostgreSQL).";
    }

    /// <summary>The database file, or null for PostgreSQL.</summary>
    public static string? FileOf(string connectionString) =>
        IsPostgres(connectionString) ? null : new SqliteConnectionStringBuilder(connectionString).DataSource;

    /// <summary>The same connection string with the file's relative path made absolute.</summary>
    public static string WithFileUnder(string connectionString, string root) =>
        FileOf(connectionString) is { } file
            ? new SqliteConnectionStringBuilder(connectionString) { DataSource = Path.GetFullPath(file, root) }.ToString()
            : connectionString;

    /// <summary>Opens the database and brings its schema up to date.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, string connectionString)
    {
        if (IsPostgres(connectionString))
        {
            services.AddSingleton(provider =>
            {
                PostgresStart.Wait(
                    connectionString,
                    provider.GetService<IConfiguration>()?.GetValue<TimeSpan?>("Storage:WaitAtStart") ?? TimeSpan.FromMinutes(1),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<PostgresStore>>()
                );
                Migrator.Postgres(connectionString);
                return new PostgresStore(connectionString);
            });
            services.AddSingleton<IStore>(provider => provider.GetRequiredService<PostgresStore>());
            services.AddSingleton<ILogStore, PostgresLog>();
            services.AddHostedService<PostgresListener>();
        }
        else
        {
            services.AddSingleton(_ =>
            {
                // The file is ours before the schema is touched: a second process must not migrate under the first one.
                var store = new SqliteStore(connectionString);
                Migrator.Sqlite(store.Path);
                return store;
            });
            services.AddSingleton<IStore>(provider => provider.GetRequiredService<SqliteStore>());
            services.AddSingleton<ILogStore, SqliteLog>();
        }

        services.AddSingleton<LogPosition>();
        services.AddSingleton<EffectSignal>();
        services.AddSingleton<ILogSignal>(provider => provider.GetRequiredService<LogPosition>());
        services.AddSingleton<EventTable>();
        services.AddSingleton<ILogReader>(provider => provider.GetRequiredService<EventTable>());
        services.AddSingleton<IncidentTable>();
        services.AddSingleton<FileTable>();
        services.AddSingleton<ArtifactTable>();
        services.AddSingleton<ProbeTable>();
        services.AddSingleton<RunTable>();
        services.AddSingleton<DrillTable>();
        services.AddSingleton<AlertTable>();
        services.AddSingleton<DeliveryTable>();
        services.AddSingleton<LeaseTable>();
        return services;
    }

    /// <summary>This process as one node among several; taken before anything that may act.</summary>
    public static IServiceCollection AddNodeLease(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(NodeOptions.From(configuration))
            .AddSingleton<NodeLease>()
            .AddHostedService(provider => provider.GetRequiredService<NodeLease>());

    /// <summary>Forgets what is no fact when its time is over.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(configuration.GetSection("Retention").Get<RetentionOptions>() ?? new RetentionOptions())
            .AddSingleton<AnswerTable>()
            .AddSingleton<Retention>()
            .AddHostedService(provider => provider.GetRequiredService<Retention>());
}
