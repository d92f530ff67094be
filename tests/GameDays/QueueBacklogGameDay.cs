using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>A queue in Redis grows beyond what the usual workers do. The bot's own probe counts it; the runbook has more workers started by ssh.</summary>
public sealed class QueueBacklogGameDay(ITestOutputHelper output) : WorkersGameDay(output)
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        // One that somebody had started before.
        Services.Start("worker@6");
        await StartBotAsync(
            "WORKER_SSH_KEY",
            $$$"""
              - name: jobs
                uses: redis/command@1
                with: { address: "127.0.0.1:{{{Redis.First}}}", password: "${{ inputs.password }}", command: LLEN, arguments: [jobs], reads: true }
                secrets: { password: "env:REDIS_PASSWORD" }
                expect: result.answer <= 100
                every: 1s
                fail-after: 2
                resolve-after: 1
                labels: { alertname: QueueBacklog, server: "127.0.0.1:{{{Redis.First}}}", queue: jobs, severity: warning }
            """
        );
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task A_queue_that_is_too_long_is_worked_off_although_the_bot_dies_at_a_random_step(int seed)
    {
        await PlayAsync(
            seed,
            new Play(
                "queue-backlog",
                new(["server", "look", "idle"], ["more"], ["begins", "short", "note"]),
                () => Redis.AskAsync(Redis.First, "EVAL for\ti=1,1000\tdo\tredis.call('RPUSH','jobs',i)\tend 0"),
                new
                {
                    queue = "jobs",
                    redis = $"127.0.0.1:{Redis.First}",
                    server = $"127.0.0.1:{Redis.First}",
                    @long = 100,
                    port = Ssh.Port,
                    user = Ssh.User,
                }
            )
            {
                Meanwhile = WorkAsync,
            }
        );

        Services.Running.ShouldBe(["worker@5", "worker@6", "worker@7", "worker@8"]);
        Services.Commanded.ShouldAllBe(command => command.StartsWith("start ", StringComparison.Ordinal));
        Services.Commanded.ShouldNotContain("start worker@6");
    }

    // The test has the workers' processes: the usual one alone does not get ahead of what comes in.
    private Task WorkAsync() => Services.Running.Count() > 1 ? Redis.AskAsync(Redis.First, "LPOP jobs 100") : Task.CompletedTask;
}
