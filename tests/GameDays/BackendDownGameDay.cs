using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>A server behind HAProxy dies, and the bot at any step of the repair.</summary>
public sealed class BackendDownGameDay(ITestOutputHelper output) : GameDay(output)
{
    private HttpBackend first = null!;
    private HttpBackend second = null!;
    private HaproxyServer haproxy = null!;

    public override async Task InitializeAsync()
    {
        first = Started(new HttpBackend(Folder, "s1"));
        second = Started(new HttpBackend(Folder, "s2"));
        first.Start();
        second.Start();
        haproxy = Started(new HaproxyServer(Folder, first, second));
        await haproxy.UntilUpAsync(first, second);
        var bin = Directory.CreateDirectory(Folder + "/bin").FullName;
        Executable.Write(bin + "/restart-backend", $"#!/bin/sh\nexec '{Folder}'/start-$2\n");
        await StartBotAsync(new Dictionary<string, string> { ["PATH"] = bin + ":" + Environment.GetEnvironmentVariable("PATH") });
        await WatchAsync(HaproxyGameDay.RulesFor(haproxy), (haproxy.MetricsPort, "{}"));
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_dead_server_is_started_again_although_the_bot_dies_at_a_random_step(int seed)
    {
        await PlayAsync(
            seed,
            new Play(
                "haproxy-backend-down",
                new(["look"], ["drain", "restart", "healthy", "ready"], ["up", "note"]),
                () =>
                {
                    second.Kill();
                    return Task.CompletedTask;
                }
            )
        );

        (await haproxy.StatusAsync(first)).ShouldBe("UP");
        (await haproxy.StatusAsync(second)).ShouldBe("UP");
        second.Starts.ShouldBe(2, "its first start and one by the runbook");
    }
}
