using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>
/// A consumer of a Redis stream holds entries and acknowledges none. The runbook has it started again and gives them to one that works; what a
/// third one holds is left to that one.
/// </summary>
public sealed class StuckConsumerGameDay(ITestOutputHelper output) : WorkersGameDay(output)
{
    private const int Held = 1500;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Redis.AskAsync(Redis.First, "XGROUP CREATE orders packers 0 MKSTREAM");
        Started(new ServerProcess("sh", "dash", Folder, Worker("bert")));
        await StartBotAsync(
            "CONSUMER_SSH_KEY",
            $$$"""
              - name: orders-anna
                uses: redis/command@1
                with:
                  address: "127.0.0.1:{{{Redis.First}}}"
                  password: "${{ inputs.password }}"
                  command: XPENDING
                  arguments: [orders, packers, IDLE, "60000", "-", "+", "1", anna]
                  reads: true
                secrets: { password: "env:REDIS_PASSWORD" }
                expect: len(result.answer) == 0
                every: 1s
                fail-after: 2
                resolve-after: 1
                labels: { alertname: StuckConsumer, server: "127.0.0.1:{{{Redis.First}}}", stream: orders, group: packers, consumer: anna, severity: warning }
            """
        );
    }

    [Theory]
    [MemberData(nameof(Repetitions))]
    public async Task What_a_stuck_consumer_held_is_worked_off_although_the_bot_dies_at_a_random_step(int seed)
    {
        await PlayAsync(
            seed,
            new Play(
                "stuck-consumer",
                new(["server", "look", "living"], ["restart", "hand-over"], ["free", "note"]),
                BreakAsync,
                new
                {
                    stream = "orders",
                    group = "packers",
                    consumer = "anna",
                    other = "bert",
                    redis = $"127.0.0.1:{Redis.First}",
                    server = $"127.0.0.1:{Redis.First}",
                    host = "127.0.0.1",
                    port = Ssh.Port,
                    user = Ssh.User,
                }
            )
        );

        await Until.Holds(async () => await PendingAsync("bert") == 0, "the work of the other one");
        (await PendingAsync("anna")).ShouldBe(0);
        (await PendingAsync("cleo")).ShouldBe(7, "nobody said that it is stuck");
        Services.Commanded.ShouldContain("restart consumer@anna");
    }

    // Both have held theirs for an hour: the one is stuck, the other works on something long.
    private async Task BreakAsync()
    {
        await Redis.AskAsync(
            Redis.First,
            $"EVAL for\ti=1,{Held + 7}\tdo\tlocal\tid=redis.call('XADD','orders','*','n',i)\tlocal\twho='anna'\tif\ti>{Held}\tthen\twho='cleo'\tend\t"
                + "redis.call('XREADGROUP','GROUP','packers',who,'COUNT',1,'STREAMS','orders','>')\t"
                + "redis.call('XCLAIM','orders','packers',who,0,id,'IDLE',3600000,'JUSTID')\tend 0"
        );
        (await PendingAsync("anna")).ShouldBe(Held);
        Services.Start("consumer@anna");
    }

    private async Task<int> PendingAsync(string consumer)
    {
        var told = (await Redis.AskAsync(Redis.First, "XPENDING orders packers")).Split('\n');
        return Array.IndexOf(told, consumer) is >= 0 and var at ? int.Parse(told[at + 1]) : 0;
    }

    /// <returns>The arguments of a shell: a consumer that works off what it holds, and then what is new.</returns>
    private string[] Worker(string name) =>
        [
            "-c",
            $"""
                export REDISCLI_AUTH={Secret}
                cli="redis-cli -p {Redis.First}"
                while :; do
                  held=$($cli XREADGROUP GROUP packers {name} COUNT 500 STREAMS orders 0 | grep -E '^[0-9]+-[0-9]+$')
                  [ -z "$held" ] || $cli XACK orders packers $held
                  $cli XREADGROUP GROUP packers {name} COUNT 1 STREAMS orders '>'
                  sleep 0.2
                done
                """,
        ];
}
