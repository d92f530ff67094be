using System.Collections.Concurrent;
using System.Globalization;
using Integrations.Ssh;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>Steps on a real sshd of their own.</summary>
public abstract class SshTests : IAsyncLifetime
{
    private protected DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("incident-ssh-");

    private protected ConcurrentQueue<string> Shown { get; } = [];

    private protected SshConnections Pool { get; } = new(Called.Outward);

    private protected SshServer Server { get; set; } = null!;

    private protected SshRunAction Action { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Server = new SshServer(Folder.FullName);
        Action = new SshRunAction(Pool, new SshKnownHosts(Folder.FullName + "/known"), Called.Outward);
        return Server.UntilReadyAsync();
    }

    public async Task DisposeAsync()
    {
        await Pool.DisposeAsync();
        Server.Dispose();
        Folder.Delete(recursive: true);
    }

    // The processes of sshd that serve a connection: those that the listening one started, by its name for them.
    private protected static IEnumerable<int> SessionsOf(int port) =>
        from connection in Connections(port)
        from process in Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
        where Sockets(process!).Contains(connection)
        select int.Parse(process!, CultureInfo.InvariantCulture);

    // proc(5): /proc/net/tcp, established (01) with this local port.
    private static IEnumerable<string> Connections(int port) =>
        File.ReadLines("/proc/net/tcp")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[1].EndsWith(":" + port.ToString("X4"), StringComparison.Ordinal) && fields[3] is "01")
            .Select(fields => $"socket:[{fields[9]}]");

    private static IEnumerable<string> Sockets(string process)
    {
        try
        {
            return [.. Directory.GetFiles($"/proc/{process}/fd").Select(file => new FileInfo(file).LinkTarget ?? "")];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
