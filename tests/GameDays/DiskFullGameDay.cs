using Tests.Servers;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>
/// A disk of a machine fills up. The bot's own probe looks at it by ssh; the runbook has the machine's own programs remove what lies on it and
/// may go.
/// </summary>
public sealed class DiskFullGameDay(ITestOutputHelper output) : GameDay(output)
{
    [SkippableTheory]
    [MemberData(nameof(Repetitions))]
    public async Task A_disk_that_is_full_has_room_again_although_the_bot_dies_at_a_random_step(int seed)
    {
        var machine = Started(new SmallMachine(Folder));
        await machine.Ssh.UntilReadyAsync();
        // As old as what is removed, and on another file system.
        var elsewhere = Folder + "/elsewhere";
        await File.WriteAllTextAsync(elsewhere, "somebody needs it");
        File.SetLastWriteTimeUtc(elsewhere, DateTime.UnixEpoch);
        File.SetLastAccessTimeUtc(elsewhere, DateTime.UnixEpoch);
        await StartBotAsync(
            new Dictionary<string, string> { ["DISK_SSH_KEY"] = machine.Ssh.ClientKey, ["Ssh__KnownHosts"] = machine.Ssh.KnownHosts() },
            $$$"""
              - name: disk-web1
                uses: ssh/run@1
                with:
                  host: 127.0.0.1
                  port: {{{machine.Ssh.Port}}}
                  user: {{{machine.Ssh.User}}}
                  key: "${{ inputs.key }}"
                  command: df --output=pcent /var/log | tail -n 1 | tr -dc '0-9'
                  reads: true
                secrets: { key: "env:DISK_SSH_KEY" }
                expect: fromJSON(result.stdout) <= 85
                every: 3s
                fail-after: 2
                resolve-after: 1
                labels: { alertname: DiskFull, host: 127.0.0.1, mountpoint: /var/log, severity: warning }
            """
        );

        await PlayAsync(
            seed,
            new Play(
                "disk-full",
                new(["look", "what", "there"], ["journal", "packages", "logs", "var-tmp"], ["well", "note"]),
                () =>
                {
                    machine.Fill();
                    return Task.CompletedTask;
                },
                new
                {
                    host = "127.0.0.1",
                    port = machine.Ssh.Port,
                    mount = "/var/log",
                    user = machine.Ssh.User,
                    keep = "1M",
                    rotated = 2,
                }
            )
        );

        machine.Files.Where(file => !file.EndsWith("/lock", StringComparison.Ordinal)).ShouldBe(SmallMachine.Needed);
        File.Exists(elsewhere).ShouldBeTrue("it lies on another disk");
    }
}
