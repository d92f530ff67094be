using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// A real PostgreSQL from the Debian package, started once for the test run on a free loopback port, with the durability it
/// ships with. It dies with the test process (parent-death signal), whatever kills that.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const int UsualConnections = 300;
    private static readonly Lazy<PostgresServer> Started = new(() => new PostgresServer());
    private readonly string folder = Directory.CreateTempSubdirectory("incident-pg-").FullName;
    private readonly string bin;
    private readonly int maxConnections;
    private Process process;
    private int databases;

    /// <summary>A server of its own, for tests that break it; the others share one.</summary>
    public PostgresServer(int maxConnections = UsualConnections)
        : this(null, maxConnections) { }

    private PostgresServer(PostgresServer? primary, int maxConnections)
    {
        this.maxConnections = maxConnections;
        bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Order(StringComparer.Ordinal)
                .Select(version => version + "/bin")
                .LastOrDefault("")
            : "";
        if (!File.Exists(bin + "/postgres"))
            throw new InvalidOperationException("PostgreSQL's server is missing. Install it: apt-get install postgresql (./test.sh does).");
        Port = Loopback.FreePort();
        Run("chown", "postgres", folder);
        string[] make = primary is null
            ? ["initdb", "-D", folder + "/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
            :
            [
                "pg_basebackup",
                "-D",
                folder + "/data",
                "-h",
                "127.0.0.1",
                "-p",
                $"{primary.Port}",
                "-U",
                "postgres",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
            ];
        Run("setpriv", [.. AsPostgres, $"{bin}/{make[0]}", .. make[1..]]);
        process = StartServer();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        WaitUntilReady();
    }

    public static PostgresServer Shared => Started.Value;

    public int Port { get; }

    /// <summary>Another server that follows this one.</summary>
    public PostgresServer NewReplica() => new(this, maxConnections);

    /// <summary>An empty database of its own for one test.</summary>
    public string NewDatabase()
    {
        var name = $"test_{Interlocked.Increment(ref databases)}";
        Execute("postgres", $"create database {name}");
        return ConnectionString(name);
    }

    /// <summary>One statement as the administrator.</summary>
    public object? Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    /// <summary>It speaks TLS from now on.</summary>
    /// <returns>The certificate that it shows, which vouches for itself.</returns>
    public string SpeakTls(string name)
    {
        var certificate = folder + "/data/server.crt";
        using (var made = TlsTarget.Certificate(name))
        using (var key = made.GetECDsaPrivateKey()!)
        {
            File.WriteAllText(certificate, made.ExportCertificatePem());
            File.WriteAllText(folder + "/data/server.key", key.ExportPkcs8PrivateKeyPem());
        }

        Run("chmod", "600", folder + "/data/server.key");
        Run("chown", "postgres", certificate, folder + "/data/server.key");
        Execute("postgres", "alter system set ssl = on");
        Execute("postgres", "select pg_reload_conf()");
        Run("cp", certificate, folder + ".crt");
        return folder + ".crt";
    }

    /// <summary>As after a power cut: every session ends at once, nothing is tidied up, the next start recovers from the log.</summary>
    public void StopImmediately()
    {
        Run("setpriv", [.. AsPostgres, bin + "/pg_ctl", "stop", "-m", "immediate", "-w", "-D", folder + "/data"]);
        process.WaitForExit();
    }

    public void StartAgain()
    {
        process = StartServer();
        WaitUntilReady();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            StopImmediately();

        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        File.Delete(folder + ".crt");
    }

    private static string[] AsPostgres =>
        Environment.UserName is "root" ? ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"] : [];

    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Maximum Pool Size=20";

    private Process StartServer() =>
        Start(
            "setpriv",
            [
                "--pdeathsig",
                "KILL",
                .. AsPostgres,
                bin + "/postgres",
                "-D",
                folder + "/data",
                "-p",
                $"{Port}",
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                $"unix_socket_directories={folder}",
                "-c",
                $"max_connections={maxConnections}",
            ]
        );

    private void WaitUntilReady()
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Execute("postgres", "select 1");
                return;
            }
            catch (NpgsqlException) when (deadline.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited)
            {
                process.WaitForExit(50);
            }
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var run = Start(program, arguments);
        run.WaitForExit();
        if (run.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {run.ExitCode}.");
    }

    private static Process Start(string program, IEnumerable<string> arguments) =>
        Children.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, WorkingDirectory = "/tmp" });
}
