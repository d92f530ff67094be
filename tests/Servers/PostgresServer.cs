using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Tests.Servers;

/// <summary>
/// A real PostgreSQL from the Debian package, started once for the test run on a free loopback port, with the durability it
/// ships with. It dies with the test process (parent-death signal), whatever kills that.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private static readonly Lazy<PostgresServer> Started = new(() => new PostgresServer());
    private readonly string folder = Directory.CreateTempSubdirectory("incident-pg-").FullName;
    private readonly Process process;
    private int databases;

    private PostgresServer()
    {
        var bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Order(StringComparer.Ordinal)
                .Select(version => version + "/bin")
                .LastOrDefault()
            : null;
        if (bin is null || !File.Exists(bin + "/postgres"))
            throw new InvalidOperationException("PostgreSQL's server is missing. Install it: apt-get install postgresql (./test.sh does).");
        Port = FreePort();
        Run("chown", "postgres", folder);
        Run(
            "setpriv",
            [.. AsPostgres, bin + "/initdb", "-D", folder + "/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
        );
        process = Start(
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
                "max_connections=300",
            ]
        );
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        WaitUntilReady();
    }

    public static PostgresServer Shared => Started.Value;

    public int Port { get; }

    /// <summary>An empty database of its own for one test.</summary>
    public string NewDatabase()
    {
        var name = $"test_{Interlocked.Increment(ref databases)}";
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using var command = new NpgsqlCommand($"create database {name}", connection);
        command.ExecuteNonQuery();
        return ConnectionString(name);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string[] AsPostgres =>
        Environment.UserName is "root" ? ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"] : [];

    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Maximum Pool Size=20";

    private void WaitUntilReady()
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString("postgres"));
                connection.Open();
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
        Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, WorkingDirectory = "/tmp" })!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
