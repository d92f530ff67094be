using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>One of three members of an etcd dies. Prometheus scrapes all three; the runbook saves a snapshot and has the member started again by ssh.</summary>
public sealed class EtcdGameDay(ITestOutputHelper output) : GameDay(output)
{
    private const string Rules = """
        groups:
          - name: etcd
            rules:
              - alert: EtcdMemberDown
                expr: up == 0
                for: 1s
                labels: { severity: critical, service: etcd }
                annotations: { summary: "The etcd member {{ $labels.endpoint }} does not answer" }

        """;

    private EtcdServers etcd = null!;
    private SshServer ssh = null!;

    private string Wanted => Folder + "/restart-wanted";

    public override async Task InitializeAsync()
    {
        etcd = Started(new EtcdServers(Folder));
        ssh = Started(new SshServer(Folder, Bin()));
        await etcd.UntilReadyAsync();
        await ssh.UntilReadyAsync();
        await StartBotAsync(new Dictionary<string, string> { ["ETCD_SSH_KEY"] = ssh.ClientKey, ["Ssh__KnownHosts"] = ssh.KnownHosts() });
        await WatchAsync(
            Rules,
            Enumerable.Range(0, 3).Select(member => (etcd.Port(member), $$"""{ endpoint: "{{etcd.Endpoint(member)}}", host: 127.0.0.1 }"""))
        );
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_member_that_was_lost_is_started_again_although_the_bot_dies_at_a_random_step(int seed)
    {
        var backups = Directory.CreateDirectory(Folder + "/backups").FullName;

        await PlayAsync(
            seed,
            new Play(
                "etcd-member-lost",
                new(["lost", "majority", "members", "machine"], ["snapshot", "start"], ["well", "note"]),
                () =>
                {
                    etcd.Kill(2);
                    return Task.CompletedTask;
                },
                new
                {
                    endpoint = etcd.Endpoint(2),
                    host = "127.0.0.1",
                    port = ssh.Port,
                    healthy = etcd.Endpoint(0),
                    backups,
                    user = ssh.User,
                }
            )
            {
                Meanwhile = ManageServices,
            }
        );

        await etcd.UntilReadyAsync();
        Directory.GetFiles(backups, "*.db").ShouldNotBeEmpty();
    }

    // The service manager of the member's host: the test has its processes.
    private Task ManageServices()
    {
        if (File.Exists(Wanted))
        {
            File.Delete(Wanted);
            etcd.Kill(2);
            etcd.Start(2);
        }

        return Task.CompletedTask;
    }

    private string Bin()
    {
        var bin = Directory.CreateDirectory(Folder + "/bin").FullName;
        Executable.Write(bin + "/sudo", "#!/bin/sh\nexec \"$@\"\n");
        Executable.Write(bin + "/systemctl", $"#!/bin/sh\n[ \"$*\" = 'restart etcd' ] && touch '{Wanted}'\n");
        return bin;
    }
}
