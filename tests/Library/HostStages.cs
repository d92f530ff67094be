using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

internal sealed class FullDisk() : PlanStage("disk-full")
{
    private SmallMachine machine = null!;

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
        machine = Started(new SmallMachine(Folder));
        await machine.Ssh.UntilReadyAsync();
        machine.Fill();
        (Inputs["host"], Inputs["port"], Inputs["user"]) = ("127.0.0.1", $"{machine.Ssh.Port}", machine.Ssh.User);
        Inputs["mount"] = "/var/log";
        (Environment["DISK_SSH_KEY"], Environment["Ssh__KnownHosts"]) = (machine.Ssh.ClientKey, machine.Ssh.KnownHosts());
    }

    public override Task<string> WrittenAsync() => Task.FromResult(string.Join('\n', machine.Files));
}

internal sealed class LostMember() : PlanStage("etcd-member-lost")
{
    private readonly HttpClient http = new(new SocketsHttpHandler());
    private EtcdServers etcd = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts => [("snapshot", Backups), ("start", "systemctl restart etcd")];

    private string Backups => Folder + "/backups";

    public override async Task SetUpAsync()
    {
        Started(http);
        etcd = Started(new EtcdServers(Folder));
        await etcd.UntilReadyAsync();
        etcd.Kill(2);
        Directory.CreateDirectory(Backups);
        (Inputs["endpoint"], Inputs["healthy"]) = (etcd.Endpoint(2), etcd.Endpoint(0));
        (Inputs["host"], Inputs["backups"]) = ("127.0.0.1", Backups);
        Environment["ETCD_SSH_KEY"] = Secret;
    }

    /// <summary>The revision of all keys, and what was saved.</summary>
    public override async Task<string> WrittenAsync()
    {
        // While a new leader is elected there is no answer.
        var revision = await Until.Comes(
            async () =>
            {
                using var key = new StringContent("""{ "key": "AA==" }""");
                using var answer = await http.PostAsync(new Uri(etcd.Endpoint(0) + "/v3/kv/range"), key);
                return answer.IsSuccessStatusCode
                    ? System
                        .Text.Json.JsonElement.Parse(await answer.Content.ReadAsStringAsync())
                        .GetProperty("header")
                        .GetProperty("revision")
                        .ToString()
                    : null;
            },
            "the revision"
        );
        return $"{revision} {string.Join(' ', Directory.GetFiles(Backups))}";
    }
}
