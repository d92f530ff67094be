using Tests.Servers;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>A Redis, and workers of it that are units on a machine which is reached by ssh.</summary>
public abstract class WorkersGameDay(ITestOutputHelper output) : GameDay(output)
{
    private protected RedisServers Redis { get; private set; } = null!;
    private protected Systemctl Services { get; private set; } = null!;
    private protected SshServer Ssh { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        Redis = Started(new RedisServers(Folder, Secret));
        Services = new Systemctl(Folder);
        Ssh = Started(new SshServer(Folder, Services.Bin));
        await Redis.UntilReadyAsync();
        await Ssh.UntilReadyAsync();
    }

    /// <param name="sshKey">The variable that the runbook takes it from.</param>
    private protected Task StartBotAsync(string sshKey, string probe) =>
        StartBotAsync(
            new Dictionary<string, string>
            {
                ["REDIS_PASSWORD"] = Secret,
                [sshKey] = Ssh.ClientKey,
                ["Ssh__KnownHosts"] = Ssh.KnownHosts(),
            },
            probe
        );
}
