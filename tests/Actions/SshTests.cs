using System.Collections.Concurrent;
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
}
