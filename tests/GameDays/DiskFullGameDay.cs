using System.Globalization;
using Tests.Servers;
using Tests.Storage;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>A disk of a machine fills up. The bot's own probe looks at it by ssh; the runbook removes what can be made again.</summary>
public sealed class DiskFullGameDay(ITestOutputHelper output) : GameDay(output)
{
    [SkippableTheory]
    [MemberData(nameof(Repetitions))]
    public async Task A_disk_that_is_full_has_room_again_although_the_bot_dies_at_a_random_step(int seed)
    {
        var disk = Started(new SmallDisk(megabytes: 8));
        var ssh = Started(new SshServer(Folder, Bin(disk)));
        await ssh.UntilReadyAsync();
        await StartBotAsync(
            new Dictionary<string, string> { ["DISK_SSH_KEY"] = ssh.ClientKey, ["Ssh__KnownHosts"] = ssh.KnownHosts() },
            $$$"""
              - name: disk-web1
                uses: ssh/run@1
                with:
                  host: 127.0.0.1
                  port: {{{ssh.Port}}}
                  user: {{{ssh.User}}}
                  key: "${{ inputs.key }}"
                  command: df --output=pcent '{{{disk.Folder}}}' | tail -n 1 | tr -dc '0-9'
                  reads: true
                secrets: { key: "env:DISK_SSH_KEY" }
                expect: fromJSON(result.stdout) <= 85
                every: 1s
                fail-after: 2
                resolve-after: 1
                labels: { alertname: DiskFull, host: 127.0.0.1, mountpoint: '{{{disk.Folder}}}', severity: warning }
            """
        );

        await PlayAsync(
            seed,
            new Play(
                "disk-full",
                ["look", "what", "clean", "well", "note"],
                () =>
                {
                    disk.Fill();
                    return Task.CompletedTask;
                },
                new
                {
                    host = "127.0.0.1",
                    port = ssh.Port,
                    mount = disk.Folder,
                    user = ssh.User,
                }
            )
        );

        new DriveInfo(disk.Folder).AvailableFreeSpace.ShouldBeGreaterThan(
            7_000_000,
            string.Create(CultureInfo.InvariantCulture, $"bytes free on {disk.Folder}")
        );
    }

    // What the account may do as root: no test cleans the machine that it runs on.
    private string Bin(SmallDisk disk)
    {
        var bin = Directory.CreateDirectory(Folder + "/bin").FullName;
        Executable.Write(
            bin + "/sudo",
            $"""
            #!/bin/sh
            case "$1" in
              du) exec "$@" ;;
              journalctl) rm -f '{disk.Folder}/filler' ;;
            esac
            """
        );
        return bin;
    }
}
