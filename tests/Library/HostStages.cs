using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

internal class FullDisk() : PlanStage("disk-full")
{
    private SmallMachine machine = null!;

    protected virtual int MostFiles => SmallMachine.Most;

    protected virtual void Fill(SmallMachine one) => one.Fill();

    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [
            ("journal", "journalctl --directory=/var/log/journal --vacuum-size"),
            ("packages", "apt-get clean"),
            ("var-tmp", "systemd-tmpfiles --clean --prefix=/var/tmp"),
        ];

    public override IReadOnlyList<string> Shows => [$"{SmallMachine.OpenBytes} /proc/{System.Environment.ProcessId}/fd/"];

    public override int? Asked => machine.AsRoot.Count(call => call.StartsWith("du ", StringComparison.Ordinal));

    public override async Task SetUpAsync()
    {
        machine = Started(new SmallMachine(Folder, MostFiles));
        await machine.Ssh.UntilReadyAsync();
        Fill(machine);
        (Inputs["host"], Inputs["port"], Inputs["user"]) = ("127.0.0.1", $"{machine.Ssh.Port}", machine.Ssh.User);
        Inputs["mount"] = "/var/log";
        (Environment["DISK_SSH_KEY"], Environment["Ssh__KnownHosts"]) = (machine.Ssh.ClientKey, machine.Ssh.KnownHosts());
    }

    public override Task<string> WrittenAsync() => Task.FromResult(string.Join('\n', machine.Files));
}

/// <summary>There is room on it, and none for another file.</summary>
internal sealed class FullOfFiles : FullDisk
{
    public override IReadOnlyList<string> Shows => ["/var/log/sessions"];

    protected override int MostFiles => 200;

    protected override void Fill(SmallMachine one) => one.FillWithFiles();
}

/// <summary>As kubeadm sets it up: TLS of an authority of its own, which also has to have signed what clients show.</summary>
internal sealed class LostMember() : PlanStage("etcd-member-lost")
{
    private EtcdServers etcd = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts => [("snapshot", Backups), ("start", "systemctl restart etcd")];

    private string Backups => Folder + "/backups";

    public override async Task SetUpAsync()
    {
        var authority = Started(new Authority());
        etcd = Started(new EtcdServers(Folder, authority: authority));
        await etcd.UntilReadyAsync();
        etcd.Kill(2);
        Directory.CreateDirectory(Backups);
        var ssh = Started(new SshServer(Folder));
        await ssh.UntilReadyAsync();
        (Inputs["endpoint"], Inputs["healthy"]) = (etcd.Endpoint(2), etcd.Endpoint(0));
        (Inputs["host"], Inputs["port"], Inputs["user"]) = ("127.0.0.1", $"{ssh.Port}", ssh.User);
        Inputs["backups"] = Backups;
        (Environment["ETCD_SSH_KEY"], Environment["Ssh__KnownHosts"]) = (ssh.ClientKey, ssh.KnownHosts());
        Environment["ETCD_CA"] = authority.Pem;
        (Environment["ETCD_CLIENT_CERTIFICATE"], Environment["ETCD_CLIENT_KEY"]) = authority.Issue("incident");
    }

    /// <summary>The revision of all keys, and what was saved.</summary>
    public override async Task<string> WrittenAsync()
    {
        // While a new leader is elected there is no answer.
        var revision = await Until.Comes(RevisionAsync, "the revision");
        return $"{revision} {string.Join(' ', Directory.GetFiles(Backups))}";
    }

    private async Task<string?> RevisionAsync()
    {
        try
        {
            return (await etcd.PostAsync("kv/range", new { key = "AA==" })).GetProperty("header").GetProperty("revision").ToString();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
