using Integrations.Ssh;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>A real sshd that lets us in and then runs something else than the shell that it was asked for.</summary>
public sealed class HostileSshTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-ssh-");
    private readonly SshConnections connections = new(Called.Outward);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await connections.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("exec sleep 1000", "could not be reached in time")]
    [InlineData("while :; do printf x >&2; sleep 1; done", "could not be reached in time")]
    [InlineData("exec cat /dev/zero >&2", "could not be reached in time")]
    [InlineData("echo incident-group 1 >&2; exec sleep 1000", "could not be reached in time")]
    [InlineData("echo This account is not available. >&2; exit 1", "the shell did not start: This account is not available.")]
    [InlineData("kill -9 $PPID", "")]
    public async Task What_never_begins_was_not_sent(string instead, string said)
    {
        using var server = new SshServer(folder.FullName, instead: instead);
        await server.UntilReadyAsync();
        var action = new SshRunAction(connections, new SshKnownHosts(folder.FullName + "/none"), Called.Outward);
        var begun = TimeProvider.System.GetTimestamp();

        var failed = await Called.FailsAsync(
            action,
            new
            {
                host = "127.0.0.1",
                port = server.Port,
                user = server.User,
                key = server.ClientKey,
                hostKeys = new[] { server.HostKey },
                command = "touch " + folder.FullName + "/done",
            },
            FailureClass.NotSent,
            TimeSpan.FromSeconds(3)
        );

        failed.Because.ShouldContain(said);
        failed.Because.ShouldNotContain("Exception");
        TimeProvider.System.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromSeconds(13));
        File.Exists(folder.FullName + "/done").ShouldBeFalse();
    }
}
