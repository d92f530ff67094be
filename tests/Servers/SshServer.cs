using System.Diagnostics;
using System.Net.Sockets;
using Tests.Support;

namespace Tests.Servers;

/// <summary>A real sshd on a free loopback port, which lets this account in with one key.</summary>
internal sealed class SshServer : IDisposable
{
    private readonly string folder;
    private readonly string? mounts;
    private ServerProcess process;

    /// <param name="bin">A folder whose programs stand for those of the machine; null: none.</param>
    /// <param name="mounts">Shell that lays file systems over those of this machine, for its sessions alone (mount_namespaces(7)); needs root.</param>
    /// <param name="instead">What runs in place of any command; null: the command.</param>
    /// <param name="settings">More lines of its configuration: sshd_config(5).</param>
    public SshServer(string folder, string? bin = null, string? mounts = null, string? instead = null, string settings = "")
    {
        this.folder = folder;
        this.mounts = mounts;
        Port = Loopback.FreePort();
        Keygen("client");
        Keygen("host");
        File.Copy(folder + "/client.pub", folder + "/authorized");
        // An empty one: a bash reads its .bashrc at each command that sshd gives it, and the account's own may take a second for that.
        var home = Directory.CreateDirectory(folder + "/home").FullName;
        var path = bin is null ? "" : $" PATH={bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
        File.WriteAllText(
            folder + "/sshd.conf",
            $"""
            Port {Port}
            ListenAddress 127.0.0.1
            HostKey {folder}/host
            AuthorizedKeysFile {folder}/authorized
            PidFile none
            UsePAM no
            StrictModes no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            {settings}
            {(instead is null ? "" : "ForceCommand " + instead)}
            SetEnv HOME={home}{path}

            """
        );
        // Where sshd locks itself into before somebody is let in; its package makes it when the system starts.
        if (Environment.UserName is "root")
            Directory.CreateDirectory("/run/sshd");
        process = Start();
    }

    public int Port { get; }

    public string User => Environment.UserName;

    public string ClientKey => File.ReadAllText(folder + "/client");

    /// <summary><c>ssh-ed25519 AAAA…</c></summary>
    public string HostKey => File.ReadAllText(folder + "/host.pub").Trim();

    /// <summary>A file of known hosts that has this one.</summary>
    public string KnownHosts()
    {
        var file = folder + "/known-hosts";
        File.WriteAllText(file, $"[127.0.0.1]:{Port} {HostKey}\n");
        return file;
    }

    public Task UntilReadyAsync() =>
        process.UntilAsync(async () =>
        {
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });

    /// <summary>As a host that was set up anew, or another one in its place.</summary>
    public Task ChangeHostKeyAsync()
    {
        process.Dispose();
        File.Delete(folder + "/host");
        Keygen("host");
        process = Start();
        return UntilReadyAsync();
    }

    /// <summary>SIGKILL, with all sessions.</summary>
    public void Kill() => process.Kill();

    public void Dispose() => process.Dispose();

    // A daemon wants to be called by its whole path: it starts itself anew for each connection.
    private ServerProcess Start()
    {
        string[] options = ["-D", "-e", "-f", folder + "/sshd.conf"];
        return mounts is null
            ? new("/usr/sbin/sshd", "openssh-server", folder, options)
            : new(
                "unshare",
                "util-linux",
                folder,
                ["--mount", "sh", "-c", $"set -e\n{mounts}\nexec /usr/sbin/sshd \"$@\"", "sshd", .. options]
            );
    }

    private void Keygen(string name)
    {
        using var made = Children.Start(
            new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", $"{folder}/{name}"]) { UseShellExecute = false }
        );
        made.WaitForExit();
        made.ExitCode.ShouldBe(0);
    }
}
