using System.Net.Sockets;
using Integrations.Etcd;
using Integrations.Haproxy;
using Integrations.Postgres;
using Integrations.Probes;
using Integrations.Redis;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>
/// Targets that speak their protocol up to the answer and then misbehave: the step ends in time, in the right class, with a clear
/// sentence. <see cref="HostileTargetTests"/> has those that do not even speak it, <see cref="HostileMemoryTests"/> what it all takes.
/// </summary>
public sealed class HostileProtocolTests : IDisposable
{
    // The step's time limit, and what a machine needs on which everything runs at once.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private const string InTime = "no answer in time";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-hostile-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("silent", InTime)]
    [InlineData("trickles", InTime)]
    [InlineData("resets", "the answer of 127.0.0.1:PORT was lost")]
    [InlineData("rows without end", "more than 64 MB")]
    [InlineData("a row without end", "more than 64 MB")]
    [InlineData("an error without end", "more than 64 MB")]
    public async Task A_PostgreSQL(string way, string said)
    {
        byte[] Begun(byte[] rest) => [.. PostgresAnswers.Begin, .. rest];
        var filled = PostgresAnswers.Filled(64 << 10);
        var behind = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewDatabase());
        await using var target = new TurningProxy(
            behind.Port,
            line => line.Contains("'turn'", StringComparison.Ordinal),
            Way(
                way,
                Begun(PostgresAnswers.RowOf(1000)),
                ("rows without end", PostgresAnswers.Begin, PostgresAnswers.Row(64 << 10)),
                ("a row without end", Begun(PostgresAnswers.RowOf(1 << 30)), filled),
                ("an error without end", PostgresAnswers.ErrorOf(1 << 30), filled)
            )
        );
        behind.Port = target.Port;
        var with = new { connection = behind.ConnectionString, sql = "select 'turn'" };

        var told = said.Replace("PORT", $"{target.Port}", StringComparison.Ordinal);
        await EndsAsync(new PostgresExecuteAction(Called.Outward), with, FailureClass.Unknown, told);
        if (way is "rows without end" or "a row without end")
            await IsCutAsync(new PostgresQueryAction(Called.Outward), with);
        else
            await EndsAsync(new PostgresQueryAction(Called.Outward), with, FailureClass.Unknown, told);

        target.Turned.ShouldBe(2, "each was sent once");
    }

    [Fact]
    public async Task What_lets_in_as_a_PostgreSQL_and_is_none_was_not_sent_anything()
    {
        await using var target = Serving(
            async (socket, stop) =>
            {
                await socket.ReceiveAsync(new byte[512], SocketFlags.None, stop);
                await socket.SendAsync(PostgresAnswers.LetIn, SocketFlags.None, stop);
                await Misbehaving.StaySilentAsync(stop);
            }
        );
        var with = new { connection = $"Host=127.0.0.1;Port={target.Port};Username=u;SSL Mode=Disable", sql = "select 1" };

        foreach (var action in (IStepAction[])[new PostgresExecuteAction(Called.Outward), new PostgresQueryAction(Called.Outward)])
            await EndsAsync(action, with, FailureClass.NotSent, $"127.0.0.1:{target.Port}: what answers there is no PostgreSQL");
    }

    [Fact]
    public async Task What_accepts_and_stays_silent_is_told_so()
    {
        const string Silent = "it accepted the connection and has said nothing for ";
        await using var target = Serving((_, stop) => Misbehaving.StaySilentAsync(stop));
        var address = $"127.0.0.1:{target.Port}";
        var shard = new { sentinels = new[] { address }, shard = "shop" };

        await EndsAsync(new RedisCommandAction(Called.Outward), new { address, command = "PING" }, FailureClass.NotSent, Silent);
        await EndsAsync(
            new RedisCommandAction(Called.Outward),
            new
            {
                address,
                command = "PING",
                tls = true,
            },
            FailureClass.NotSent,
            Silent
        );
        await EndsAsync(new SentinelTopologyAction(Called.Outward), shard, FailureClass.NotSent, Silent);
        await EndsAsync(
            new PostgresExecuteAction(Called.Outward),
            new { connection = $"Host=127.0.0.1;Port={target.Port};Username=u", sql = "select 1" },
            FailureClass.NotSent,
            Silent
        );
        // Here it is the client that gives up, with words of its own.
        (
            await Called.FailsAsync(
                new SentinelFailoverAction(Called.Outward),
                shard,
                FailureClass.NotSent,
                deadline: TimeProvider.System.GetUtcNow() + Limit
            )
        ).Because.ShouldContain(Silent);
    }

    [Theory]
    [InlineData("silent", InTime)]
    [InlineData("trickles", InTime)]
    [InlineData("resets", "the answer of 127.0.0.1:PORT was lost")]
    [InlineData("a text without end", "more than 20 MB")]
    [InlineData("a list without end", "more than 20 MB")]
    [InlineData("nonsense", "the answer of 127.0.0.1:PORT was lost")]
    public async Task A_Redis(string way, string said)
    {
        using var redis = new RedisServers(folder.FullName);
        await redis.UntilReadyAsync();
        await using var target = new TurningProxy(
            redis.First,
            line => line.Contains("turn", StringComparison.Ordinal),
            Way(
                way,
                "$10\r\nhalf"u8.ToArray(),
                ("a text without end", "$1073741824\r\n"u8.ToArray(), PostgresAnswers.Filled(64 << 10)),
                (
                    "a list without end",
                    "*1073741824\r\n"u8.ToArray(),
                    [.. Enumerable.Repeat(":1\r\n"u8.ToArray(), 10_000).SelectMany(one => one)]
                ),
                ("nonsense", "what?\r\n"u8.ToArray(), PostgresAnswers.Filled(64 << 10))
            )
        );
        var with = new
        {
            address = $"127.0.0.1:{target.Port}",
            command = "APPEND",
            arguments = new[] { "turn", "x" },
        };

        await EndsAsync(
            new RedisCommandAction(Called.Outward),
            with,
            FailureClass.Unknown,
            said.Replace("PORT", $"{target.Port}", StringComparison.Ordinal)
        );

        target.Turned.ShouldBe(1, "it was sent once");
    }

    [Theory]
    [InlineData("silent", InTime)]
    [InlineData("trickles", InTime)]
    [InlineData("resets", "was lost")]
    [InlineData("a list without end", "more than 4 MB")]
    [InlineData("hangs up in the middle", "broke off")]
    public async Task A_HAProxy(string way, string said)
    {
        var head = "# pxname,svname,scur,qcur,status,check_status\nweb,s1,0,0,UP,L7OK\n"u8.ToArray();
        await using var target = Serving(
            async (socket, stop) =>
            {
                await socket.ReceiveAsync(new byte[512], SocketFlags.None, stop);
                if (way is "hangs up in the middle")
                    await socket.SendAsync(head, SocketFlags.None, stop);
                else
                    await Way(way, head, ("a list without end", head, PostgresAnswers.Filled(64 << 10)))(socket, stop);
            }
        );
        var socket = $"127.0.0.1:{target.Port}";

        await EndsAsync(new HaproxyServersAction(Called.Outward), new { socket }, FailureClass.Unknown, said);
        await EndsAsync(
            new HaproxySetServerAction(Called.Outward),
            new
            {
                socket,
                backend = "web",
                server = "s1",
                state = "drain",
            },
            FailureClass.Unknown,
            said
        );
    }

    [Theory]
    [InlineData("silent", InTime)]
    [InlineData("trickles", InTime)]
    [InlineData("resets", "")]
    [InlineData("a message without end", "more than 10 MB")]
    public async Task An_etcd(string way, string said)
    {
        var lastWell = "";
        await using var target = await HostileEtcd.StartAsync(async context =>
        {
            if (lastWell.Length > 0 && context.Request.Path.Value!.EndsWith(lastWell, StringComparison.Ordinal))
            {
                await HostileEtcd.SayNothingNewAsync(context);
                return;
            }

            var body = context.Response.Body;
            if (way is "silent")
                await Misbehaving.StaySilentAsync(context.RequestAborted);
            if (way is "a message without end")
                await HostileEtcd.FloodAsync(context, HostileEtcd.Head(1 << 30), new byte[64 << 10]);
            await body.WriteAsync(HostileEtcd.Head(10), context.RequestAborted);
            await body.FlushAsync(context.RequestAborted);
            if (way is "resets")
                context.Abort();
            else
                await Misbehaving.StaySilentAsync(context.RequestAborted);
        });
        var with = new { endpoint = target.Endpoint };
        var move = new { endpoint = target.Endpoint, to = "8e9e05c52164694d" };

        await EndsAsync(new EtcdMembersAction(Called.Outward), with, FailureClass.Unknown, said);
        // What was only looked at is not changed, whatever becomes of the look.
        await EndsAsync(new EtcdDefragmentAction(Called.Outward), with, FailureClass.NotSent, said);
        await EndsAsync(new EtcdMoveLeaderAction(Called.Outward), move, FailureClass.NotSent, said);
        lastWell = "/Status";
        await EndsAsync(new EtcdDefragmentAction(Called.Outward), with, FailureClass.Unknown, said);
        await EndsAsync(new EtcdMoveLeaderAction(Called.Outward), move, FailureClass.Unknown, said);
    }

    [Fact]
    public async Task What_floods_the_port_of_an_etcd_with_something_else_than_HTTP2()
    {
        await using var target = new TcpTarget((_, socket) => Misbehaving.FloodAsync(socket, default, new byte[64 << 10], default));
        var with = new { endpoint = $"http://127.0.0.1:{target.Port}" };

        // Now and then the client is still at its own first words when it closes the connection for that.
        await Parallel.ForAsync(
            0,
            100,
            async (_, _) =>
            {
                var failed = await Called.FailsAsync(new EtcdMembersAction(Called.Outward), with, FailureClass.Unknown);
                failed.Because.ShouldContain("HTTP/2");
                failed.Because.ShouldNotContain("disposed");
            }
        );
    }

    [Fact]
    public async Task An_etcd_whose_snapshot_has_no_end()
    {
        await using var target = await HostileEtcd.StartAsync(context => HostileEtcd.FloodAsync(context, [], HostileEtcd.Piece));
        var path = folder.FullName + "/snapshot.db";

        await EndsAsync(
            new EtcdSnapshotAction(Called.Outward),
            new
            {
                endpoint = target.Endpoint,
                path,
                maxBytes = "20MB",
            },
            FailureClass.Refused,
            "has more than 20 MB"
        );

        folder.GetFiles().ShouldBeEmpty();
    }

    private static readonly Dictionary<string, Func<byte[], byte[]?>> Lies = new(StringComparer.Ordinal)
    {
        ["silent"] = _ => null,
        ["another question's answer"] = question => HostileNameServer.Answer(question, (ushort)(HostileNameServer.Id(question) + 1)),
        ["no answer at all"] = _ => [],
        ["half a head"] = question => question[..5],
        ["nonsense as long as it can be"] = _ => PostgresAnswers.Filled(65_507),
        ["fewer records than it says"] = question => HostileNameServer.Answer(question, HostileNameServer.Id(question), count: 65_535),
        ["a name that points at itself"] = question =>
            HostileNameServer.Answer(
                question,
                HostileNameServer.Id(question),
                name: [0xC0, (byte)(Array.IndexOf(question, (byte)0, 12) + 5)]
            ),
        ["more by TCP"] = question => HostileNameServer.Answer(question, HostileNameServer.Id(question), flags: 0x83),
    };

    public static TheoryData<string> Lying => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(Lying))]
    public async Task A_name_server(string way)
    {
        byte[] length = [255, 255];
        foreach (var then in (string[])["silent", "trickles", "resets", "without end"])
        {
            await using var target = new HostileNameServer(
                Lies[way],
                Way(then, length, ("without end", length, PostgresAnswers.Filled(64 << 10)))
            );

            var (result, took) = await TimedAsync(
                new DnsResolveAction(Called.Outward),
                new { hostName = "shop.example", server = target.Address }
            );

            var told = result.ShouldBeOfType<ActionResult.Succeeded>((result as ActionResult.Failed)?.Because).Result;
            told.GetProperty("ok").GetBoolean().ShouldBeFalse($"{told}");
            told.GetProperty("code").GetString().ShouldBe("NoAnswer");
            took.ShouldBeLessThan(Limit + Grace);
            // Only one of them has it come by TCP.
            if (way is not "more by TCP")
                return;
        }
    }

    private static LoopbackListener Serving(Func<Socket, CancellationToken, Task> way) =>
        new(
            async (socket, stop) =>
            {
                using (socket)
                {
                    try
                    {
                        await way(socket, stop);
                    }
                    catch (Exception e) when (e is SocketException or OperationCanceledException)
                    {
                        // The caller has had enough, or the test is over.
                    }
                }
            }
        );

    private static Func<Socket, CancellationToken, Task> Way(
        string way,
        byte[] half,
        params IReadOnlyList<(string Name, byte[] First, byte[] Block)> floods
    ) =>
        way switch
        {
            "silent" => (_, stop) => Misbehaving.StaySilentAsync(stop),
            "trickles" => (socket, stop) => Misbehaving.TrickleAsync(socket, half, stop),
            "resets" => (socket, stop) => Misbehaving.ResetAsync(socket, half, stop),
            _ => (socket, stop) =>
            {
                var (_, first, block) = floods.Single(one => one.Name == way);
                return Misbehaving.FloodAsync(socket, first, block, stop);
            },
        };

    private static async Task EndsAsync(IStepAction action, object with, FailureClass expected, string said)
    {
        var (result, took) = await TimedAsync(action, with);

        var failed = result.ShouldBeOfType<ActionResult.Failed>($"{action.Name}: {(result as ActionResult.Succeeded)?.Result}");
        failed.Class.ShouldBe(expected, $"{action.Name}: {failed.Because}");
        failed.Because.ShouldContain(said, Case.Sensitive, action.Name);
        failed.Because.ShouldNotBeNullOrWhiteSpace(action.Name);
        failed.Because.ShouldNotContain("Exception", Case.Sensitive, action.Name);
        took.ShouldBeLessThan(Limit + Grace, $"{action.Name}: {failed.Because}");
    }

    // As many rows, and as much of them, as was asked for.
    private static async Task IsCutAsync(IStepAction action, object with)
    {
        var (result, took) = await TimedAsync(action, with);

        var kept = result.ShouldBeOfType<ActionResult.Succeeded>((result as ActionResult.Failed)?.Because).Result;
        kept.GetProperty("more").GetBoolean().ShouldBeTrue();
        kept.GetRawText().Length.ShouldBeLessThan(1_100_000);
        took.ShouldBeLessThan(Limit + Grace);
    }

    private static async Task<(ActionResult Result, TimeSpan Took)> TimedAsync(IStepAction action, object with)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var result = await Called.RunAsync(action, with, Limit);
        return (result, TimeProvider.System.GetElapsedTime(begun));
    }
}
