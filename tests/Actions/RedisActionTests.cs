using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Integrations.Redis;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Actions on a real Redis with a replica, and on the Sentinels that watch both.</summary>
public sealed class RedisActionTests(RedisActionTests.Server server) : IClassFixture<RedisActionTests.Server>
{
    private const string Secret = "not-a-secret-at-all";
    private RedisServers Redis => server.Redis;

    private string First => $"127.0.0.1:{Redis.First}";

    private string Second => $"127.0.0.1:{Redis.Second}";

    [Fact]
    public async Task A_ping_says_who_answers_and_no_answer_is_one_too()
    {
        var ping = new RedisPingAction(Called.Outward);

        (await Called.SucceedsAsync(ping, With(First))).GetProperty("role").GetString().ShouldBe("primary");
        (await Called.SucceedsAsync(ping, With(Second))).GetProperty("role").GetString().ShouldBe("replica");
        foreach (var address in (string[])[$"127.0.0.1:{Loopback.FreePort()}", "nowhere.invalid"])
            (await Called.SucceedsAsync(ping, With(address))).GetProperty("ok").GetBoolean().ShouldBeFalse();
        (await Called.FailsAsync(ping, With("192.0.2.1"), FailureClass.NotSent)).Because.ShouldContain("Runbooks:AllowedHosts");
    }

    [Fact]
    public async Task A_ping_tells_whether_writes_would_be_taken()
    {
        var folder = Directory.CreateTempSubdirectory("incident-redis-");
        using (var redis = new RedisServers(folder.FullName))
        {
            await redis.UntilReadyAsync();
            await redis.AskAsync(redis.First, "ACL SETUSER looks on >right +@all -config");
            var (primary, replica) = (redis.First, redis.Second);

            await IsToldAsync(primary, true, null);
            await IsToldAsync(replica, false, "it takes no writes: it is a replica");
            await redis.AskAsync(replica, "CONFIG SET replica-read-only no");
            await IsToldAsync(replica, true, null);

            await redis.AskAsync(primary, "CONFIG SET maxmemory 1");
            (await redis.AskAsync(primary, "SET k v")).ShouldContain("OOM");
            await IsToldAsync(primary, false, "its memory is full");
            await redis.AskAsync(primary, "CONFIG SET maxmemory 0");

            await redis.AskAsync(primary, "CONFIG SET min-replicas-to-write 1");
            await IsToldAsync(primary, true, null);
            await IsToldAsync(primary, null, "whether it takes writes is not known", "looks");
            await redis.AskAsync(primary, "CONFIG SET min-replicas-to-write 2");
            (await redis.AskAsync(primary, "SET k v")).ShouldContain("NOREPLICAS");
            await IsToldAsync(primary, false, "its good replicas are 1, and 'min-replicas-to-write' is 2");
            redis.Kill(replica);
            await Until.Holds(
                async () =>
                    (await redis.AskAsync(primary, "INFO replication")).Contains("min_slaves_good_slaves:0", StringComparison.Ordinal),
                "a primary without replicas"
            );
            await IsToldAsync(primary, false, "it has no good replica", "looks");

            // It refuses a PING, too.
            redis.Kill(primary);
            redis.StartRedis(primary, "--save", "3600 1");
            await Until.Holds(
                async () => (await redis.AskAsync(primary, "PING")).Contains("PONG", StringComparison.Ordinal),
                "a Redis that saves"
            );
            Directory.Delete($"{folder.FullName}/redis-{primary}", recursive: true);
            await redis.AskAsync(primary, "BGSAVE");
            await Until.Holds(
                async () => (await redis.AskAsync(primary, "PING")).Contains("MISCONF", StringComparison.Ordinal),
                "a Redis that cannot save"
            );
            await IsToldAsync(primary, null, "MISCONF");
        }

        folder.Delete(recursive: true);

        static async Task IsToldAsync(int port, bool? takes, string? because, string? user = null)
        {
            var told = await Called.SucceedsAsync(
                new RedisPingAction(Called.Outward),
                new
                {
                    address = $"127.0.0.1:{port}",
                    user,
                    password = user is null ? null : "right",
                }
            );
            told.GetProperty("takes-writes").Deserialize<bool?>().ShouldBe(takes, told.GetRawText());
            (told.GetProperty("because").GetString() ?? "").ShouldContain(because ?? "");
            told.GetProperty("ok").GetBoolean().ShouldBe(because is not "MISCONF");
        }
    }

    [Fact]
    public async Task To_be_kept_out_is_no_outage()
    {
        await Redis.AskAsync(Redis.First, "ACL SETUSER barred on >right +@all -ping ~*");
        await Redis.AskAsync(Redis.First, "ACL SETUSER known on >right +@all ~*");
        var ping = new RedisPingAction(Called.Outward);

        foreach (var (user, password) in new[] { ("known", "wrong"), ("nobody", "right"), ("barred", "right") })
            await Called.FailsAsync(
                ping,
                new
                {
                    address = First,
                    user,
                    password,
                },
                FailureClass.Refused
            );

        (
            await Called.SucceedsAsync(
                ping,
                new
                {
                    address = First,
                    user = "known",
                    password = "right",
                }
            )
        ).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("set", "kept", "2")]
    [InlineData("XGROUP CREATE", "kept-stream", "g", "0", "MKSTREAM")]
    [InlineData("XGROUP", "CREATE", "kept-stream", "g", "0", "MKSTREAM")]
    [InlineData("EVAL", "redis.call('SET','kept','2')", "0")]
    [InlineData("CONFIG SET", "maxmemory-samples", "7")]
    [InlineData("config", "set", "maxmemory-samples", "7")]
    [InlineData("SLOWLOG", "RESET")]
    [InlineData("PUBLISH", "news", "2")]
    [InlineData("NONSENSE")]
    public async Task A_command_that_does_not_only_read_is_not_sent_as_a_read(string command, params string[] arguments)
    {
        await Redis.AskAsync(Redis.First, "SET kept 1");

        var failed = await Called.FailsAsync(
            new RedisCommandAction(Called.Outward),
            new
            {
                address = First,
                password = Secret,
                command,
                arguments,
                reads = true,
            },
            FailureClass.NotSent
        );

        failed.Because.ShouldStartWith($"'reads' is true, but {command} ");
        failed.Because.ShouldEndWith("is no command of which Redis says that it only reads. Leave 'reads' out.");
        (await Redis.AskAsync(Redis.First, "EXISTS kept kept-stream")).ShouldContain("1");
        (await Redis.AskAsync(Redis.First, "GET kept")).ShouldContain("1");
        (await Redis.AskAsync(Redis.First, "CONFIG GET maxmemory-samples")).ShouldNotContain("7");
    }

    [Theory]
    [InlineData("GET kept")]
    [InlineData("EVAL_RO", "return redis.call('GET','kept')", "0")]
    [InlineData("PING")]
    [InlineData("INFO", "stats")]
    [InlineData("config get", "port")]
    [InlineData("CLIENT", "LIST")]
    [InlineData("MEMORY", "USAGE", "kept")]
    [InlineData("ACL WHOAMI")]
    [InlineData("PUBSUB", "CHANNELS")]
    public async Task What_only_reads_is_sent_as_a_read(string command, params string[] arguments)
    {
        await Redis.AskAsync(Redis.First, "SET kept 1");

        await Called.SucceedsAsync(
            new RedisCommandAction(Called.Outward),
            new
            {
                address = First,
                password = Secret,
                command,
                arguments,
                reads = true,
            }
        );
    }

    [Theory]
    [InlineData("ACL GETUSER", "flags", "hashed")]
    [InlineData("acl", "flags", "getuser", "hashed")]
    [InlineData("ACL LIST", "user hashed on #")]
    [InlineData("CONFIG GET", "maxmemory", "*")]
    [InlineData("config", "port", "get", "port", "RequirePass")]
    public async Task Passwords_and_their_hashes_are_no_part_of_an_answer(string command, string told, params string[] arguments)
    {
        await Redis.AskAsync(Redis.First, "ACL SETUSER hashed on >another-password ~* -@all +get");

        var answer = (await AnswerAsync(new RedisCommandAction(Called.Outward), command, arguments)).GetRawText();

        answer.ShouldContain(SecretMask.Stars);
        answer.ShouldContain(told);
        answer.ShouldNotContain(Secret);
        answer.ShouldNotMatch("[0-9a-f]{64}");
    }

    [Fact]
    public async Task What_a_text_is_called_in_RESP3_is_no_part_of_it()
    {
        await Redis.AskAsync(Redis.First, "SET kept txt:hello");
        var action = new RedisCommandAction(Called.Outward);

        (await AnswerAsync(action, "INFO", "server")).GetString()!.ShouldStartWith("# Server");
        (await AnswerAsync(action, "CLIENT", "LIST")).GetString()!.ShouldStartWith("id=");
        (await AnswerAsync(action, "GET", "kept")).GetString().ShouldBe("txt:hello");
    }

    [Fact]
    public async Task Connections_are_counted_by_whose_they_are()
    {
        await Redis.AskAsync(Redis.First, "ACL SETUSER counted on nopass +@all");
        using var one = await Redis.SignInAsync("counted");
        using var other = await Redis.SignInAsync("counted");

        var found = await Called.SucceedsAsync(new RedisClientsAction(Called.Outward), With(First));

        var users = found.GetProperty("users");
        users.GetProperty("counted").GetProperty("connections").GetInt32().ShouldBe(2);
        users.GetProperty("counted").GetProperty("replicas").GetInt32().ShouldBe(0);
        users.GetProperty("counted").GetProperty("sentinels").GetInt32().ShouldBe(0);
        users.GetProperty("default").GetProperty("replicas").GetInt32().ShouldBe(1);
        found
            .GetProperty("connections")
            .GetInt32()
            .ShouldBe(users.EnumerateObject().Sum(user => user.Value.GetProperty("connections").GetInt32()));
    }

    [Fact]
    public async Task Where_Redis_does_not_tell_nothing_is_sent_as_a_read_but_what_is_known_to_be_one()
    {
        await Redis.AskAsync(Redis.First, "ACL SETUSER untold on >right +@all -command ~*");
        var action = new RedisCommandAction(Called.Outward);

        (await Called.FailsAsync(action, As("EXISTS", "nothing"), FailureClass.NotSent)).Because.ShouldContain("`+command|info`");
        (await Called.SucceedsAsync(action, As("DBSIZE"))).GetProperty("answer").ValueKind.ShouldBe(JsonValueKind.Number);

        object As(string command, params string[] arguments) =>
            new
            {
                address = First,
                user = "untold",
                password = "right",
                command,
                arguments,
                reads = true,
            };
    }

    [Fact]
    public async Task What_resets_before_it_has_said_anything_is_told_in_our_own_words()
    {
        await using var target = new LoopbackListener((socket, _) => TcpTarget.ResetAsync(socket));
        var with = new { address = $"127.0.0.1:{target.Port}", command = "DBSIZE" };

        var because = (await Called.FailsAsync(new RedisCommandAction(Called.Outward), with, FailureClass.NotSent)).Because;

        because.ShouldStartWith($"127.0.0.1:{target.Port}: ");
        because.ShouldNotContain("abortConnect", Case.Insensitive);
    }

    [Fact]
    public async Task A_command_has_its_answer_with_its_types()
    {
        var command = new RedisCommandAction(Called.Outward);

        await AnswerAsync(command, "RPUSH", "orders", "a b", "c");
        (await AnswerAsync(command, "LLEN", "orders")).GetInt64().ShouldBe(2);
        (await AnswerAsync(command, "LRANGE", "orders", "0", "-1")).ToString().ShouldBe("""["a b","c"]""");
        // A number beyond 2^53 is another one to most who read it.
        (await AnswerAsync(command, "INCRBY", "offset", "9007199254740992"))
            .GetRawText()
            .ShouldBe("9007199254740992");
        (await AnswerAsync(command, "INCR", "offset")).GetRawText().ShouldBe("\"9007199254740993\"");
        (await AnswerAsync(command, "GET", "nothing")).ValueKind.ShouldBe(JsonValueKind.Null);
        (await AnswerAsync(command, "CONFIG GET", "port"))[1].GetString().ShouldBe($"{Redis.First}");
    }

    [Fact]
    public async Task Of_a_stream_only_what_one_consumer_has_held_for_long_is_handed_over_page_by_page()
    {
        await Redis.AskAsync(Redis.First, "EVAL for\ti=1,3150\tdo\tredis.call('XADD','mails','*','n',i)\tend 0");
        await Redis.AskAsync(Redis.First, "XGROUP CREATE mails post 0");
        foreach (var (consumer, count) in new[] { ("stuck", 2500), ("slow", 600), ("other", 50) })
            await Redis.AskAsync(Redis.First, $"XREADGROUP GROUP post {consumer} COUNT {count} STREAMS mails >");

        (await HandOverAsync("stuck", "other", "1h")).GetProperty("moved").GetInt32().ShouldBe(0);
        (await HandOverAsync("stuck", "other", "1ms")).GetProperty("moved").GetInt32().ShouldBe(2500);
        (await HandOverAsync("stuck", "other", "1ms")).GetProperty("moved").GetInt32().ShouldBe(0);

        var consumers = (
            await Called.SucceedsAsync(
                new RedisStreamConsumersAction(Called.Outward),
                new
                {
                    address = First,
                    password = Secret,
                    stream = "mails",
                    group = "post",
                }
            )
        ).GetProperty("consumers");
        Pending("stuck").ShouldBe(0);
        Pending("slow").ShouldBe(600);
        Pending("other").ShouldBe(2550);
        (await Redis.AskAsync(Redis.First, "XPENDING mails post - + 1 other")).ShouldEndWith("\n1\n", Case.Sensitive, "delivered once");

        long Pending(string consumer) => consumers.GetProperty(consumer).GetProperty("pending").GetInt64();
    }

    [Theory]
    [InlineData("nobody", FailureClass.Refused, "'to' is 'nobody', who is not in group post2. Name one of ida.")]
    [InlineData("ida", FailureClass.NotSent, "'from' and 'to' are both 'ida'")]
    public async Task A_consumer_that_is_not_there_gets_nothing(string to, FailureClass expected, string because)
    {
        await Redis.AskAsync(Redis.First, "XGROUP CREATE letters post2 0 MKSTREAM");
        await Redis.AskAsync(Redis.First, "XGROUP CREATECONSUMER letters post2 ida");

        (
            await Called.FailsAsync(new RedisStreamHandOverAction(Called.Outward), HandOver("letters", "post2", "ida", to, "5m"), expected)
        ).Because.ShouldStartWith(because);
        (await Redis.AskAsync(Redis.First, "XINFO CONSUMERS letters post2")).ShouldNotContain("nobody");
    }

    [Fact]
    public async Task Replication_tells_roles_and_how_far_behind()
    {
        var info = new RedisReplicationInfoAction(Called.Outward);

        var primary = await Called.SucceedsAsync(info, With(First));
        var replica = await Called.SucceedsAsync(info, With(Second));

        primary.GetProperty("role").GetString().ShouldBe("primary");
        primary.GetProperty("replicas")[0].GetProperty("address").GetString().ShouldBe(Second);
        replica.GetProperty("role").GetString().ShouldBe("replica");
        replica.GetProperty("primary").GetString().ShouldBe(First);
        replica.GetProperty("link-up").GetBoolean().ShouldBeTrue();
        replica.GetProperty("lag").GetInt64().ShouldBeInRange(0, 10_000);
    }

    [Theory]
    [InlineData(FailureClass.Unknown, "EVAL", "redis.call('INCR', 'scripted') error('oh')", "0")]
    [InlineData(FailureClass.Unknown, "eval", "redis.call('INCR', 'scripted') return redis.error_reply('MINE oh')", "0")]
    [InlineData(FailureClass.Unknown, "EVAL", "redis.call('INCR', 'scripted') return redis.call('LPUSH', 'scripted', 'x')", "0")]
    [InlineData(
        FailureClass.Unknown,
        "EVAL",
        """redis.call('INCR', 'scripted') return redis.error_reply("NOPERM to run the 'get' command")""",
        "0"
    )]
    [InlineData(FailureClass.Refused, "EVAL", "this is no Lua", "0")]
    [InlineData(FailureClass.Refused, "EVALSHA", "ffffffffffffffffffffffffffffffffffffffff", "0")]
    [InlineData(FailureClass.Refused, "INCR", "a-list-of-one")]
    public async Task A_script_that_fails_half_way_is_unknown(FailureClass expected, string command, params string[] arguments)
    {
        await Redis.AskAsync(Redis.First, "RPUSH a-list-of-one x");

        await FailsAsync(new RedisCommandAction(Called.Outward), First, expected, command, arguments);
    }

    [Fact]
    public async Task A_key_that_was_not_moved_for_certain_may_be_in_both_places()
    {
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        await Redis.AskAsync(Redis.First, "SET moving 1");

        var action = new RedisCommandAction(Called.Outward);
        (
            await FailsAsync(action, First, FailureClass.Unknown, "MIGRATE", "127.0.0.1", $"{silent.Port}", "moving", "0", "200")
        ).ShouldContain("IOERR");
    }

    [Fact]
    public async Task What_Redis_refuses_is_told_in_its_words_without_the_password()
    {
        var command = new RedisCommandAction(Called.Outward);

        (await FailsAsync(command, Second, FailureClass.NotSent, "SET", "x", "1")).ShouldContain("replica");
        (await FailsAsync(command, First, FailureClass.Refused, "NONSENSE")).ShouldContain("unknown command");
        var wrong = await Called.FailsAsync(
            command,
            new
            {
                address = First,
                password = "a-wrong-one",
                command = "SET",
                arguments = new[] { "x", "1" },
            },
            FailureClass.NotSent
        );
        wrong.Because.ShouldNotContain("a-wrong-one");
    }

    [Fact]
    public async Task Of_what_Redis_says_only_the_beginning_is_told()
    {
        var said = await FailsAsync(new RedisCommandAction(Called.Outward), First, FailureClass.Unknown, "EVAL", Long, "0");

        said.ShouldContain(" says: MINE ooo");
        said.Length.ShouldBeLessThan(500);
    }

    // An error of a script is a line of its own choice.
    private const string Long = "return redis.error_reply('MINE ' .. string.rep('o', 5000))";

    [Fact]
    public async Task A_lost_answer_is_unknown_and_the_command_is_not_sent_again()
    {
        // It greets as a Redis does and resets at the first command that acts.
        var seen = 0;
        await using var proxy = new BreakingProxy(
            line =>
            {
                if (!line.Contains("INCR", StringComparison.Ordinal))
                    return true;
                Interlocked.Increment(ref seen);
                return false;
            },
            Redis.First
        );

        var with = new
        {
            address = $"127.0.0.1:{proxy.Port}",
            password = Secret,
            command = "INCR",
            arguments = new[] { "counter" },
        };
        await Called.FailsAsync(new RedisCommandAction(Called.Outward), with, FailureClass.Unknown);

        seen.ShouldBe(1);
    }

    [Fact]
    public async Task Silence_and_nonsense_end_at_the_time_limit_or_before_and_nothing_was_sent()
    {
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        var with = new { address = $"127.0.0.1:{silent.Port}", command = "FLUSHALL" };

        await Called.FailsAsync(new RedisCommandAction(Called.Outward), with, FailureClass.NotSent, TimeSpan.FromSeconds(1));
        await Called.FailsAsync(
            new RedisCommandAction(Called.Outward),
            new
            {
                address = First,
                password = Secret,
                command = "FLUSHALL",
            },
            FailureClass.NotSent,
            deadline: TimeProvider.System.GetUtcNow()
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_ends_with_its_step_also_if_it_was_given_up_before_it_stood(bool isGivenUp)
    {
        var (stands, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var late = new LoopbackListener(
            async (socket, stop) =>
            {
                await using var client = new NetworkStream(socket, ownsSocket: true);
                await stands.Task.WaitAsync(stop);
                using var redis = new TcpClient();
                await redis.ConnectAsync(IPAddress.Loopback, Redis.First, stop);
                var answers = redis.GetStream().CopyToAsync(client, stop);
                try
                {
                    await client.CopyToAsync(redis.GetStream(), stop);
                }
                catch (IOException)
                {
                    // It hung up before it had read all.
                }

                closed.TrySetResult();
            }
        );
        var with = new
        {
            address = $"127.0.0.1:{late.Port}",
            password = Secret,
            command = "DBSIZE",
            reads = true,
        };
        var action = new RedisCommandAction(Called.Outward);

        if (isGivenUp)
            await Called.FailsAsync(action, with, FailureClass.NotSent, TimeSpan.FromSeconds(1));
        stands.SetResult();
        if (!isGivenUp)
            await Called.SucceedsAsync(action, with);

        await closed.Task.WaitAsync(Called.Patience);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        var command = new RedisCommandAction(Called.Outward);
        await AnswerAsync(command, "SETRANGE", "large", "40000000", "x");

        (
            await Called.FailsAsync(
                command,
                new
                {
                    address = First,
                    password = Secret,
                    command = "GET",
                    arguments = new[] { "large" },
                    reads = true,
                },
                FailureClass.Unknown
            )
        ).Because.ShouldContain("lost");
        await AnswerAsync(command, "DEL", "large");
    }

    [Fact]
    public async Task Sentinels_tell_the_topology_and_a_failover_changes_the_epoch()
    {
        var folder = Directory.CreateTempSubdirectory("incident-sentinel-");
        using (var redis = new RedisServers(folder.FullName, Secret, sentinels: true))
        {
            await redis.UntilReadyAsync(sentinels: true);
            await using var silent = new TcpTarget((target, _) => target.StaySilentAsync());
            // The first one of the list is down: the next is asked.
            string[] sentinels = [$"127.0.0.1:{Loopback.FreePort()}", .. redis.Sentinels];
            var with = new
            {
                sentinels,
                shard = RedisServers.Shard,
                password = Secret,
            };
            var topology = await Called.SucceedsAsync(new SentinelTopologyAction(Called.Outward), with);
            var before = await Called.SucceedsAsync(new SentinelEpochAction(Called.Outward), with);
            // One that takes connections and says nothing has its share of a step's 10 s.
            var asked = await Called.RunAsync(
                new SentinelEpochAction(Called.Outward),
                new
                {
                    sentinels = (string[])[$"127.0.0.1:{silent.Port}", .. sentinels],
                    shard = RedisServers.Shard,
                    password = Secret,
                },
                deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(10)
            );
            asked.ShouldBeOfType<ActionResult.Succeeded>((asked as ActionResult.Failed)?.Because);
            // So has one that lets the bot in and then says no more; to act it is the only one that is asked.
            await using var hangs = new TurningProxy(
                redis.SentinelPorts[0],
                said => said.Contains($"\r\n{RedisServers.Shard}\r\n", StringComparison.Ordinal),
                (_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop)
            );
            var hung = new
            {
                sentinels = (string[])[$"127.0.0.1:{hangs.Port}", .. redis.Sentinels],
                shard = RedisServers.Shard,
                password = Secret,
            };
            var lines = new ConcurrentQueue<string>();
            var told = await Called.RunAsync(
                new SentinelTopologyAction(Called.Outward),
                hung,
                deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(4),
                output: lines.Enqueue
            );
            told.ShouldBeOfType<ActionResult.Succeeded>((told as ActionResult.Failed)?.Because);
            lines
                .ShouldHaveSingleItem()
                .ShouldStartWith($"127.0.0.1:{hangs.Port} was connected, and did not answer in its share of the time");
            await Called.FailsAsync(new SentinelFailoverAction(Called.Outward), hung, FailureClass.Unknown, TimeSpan.FromSeconds(1));
            hangs.Turned.ShouldBe(2);
            topology.GetProperty("primary").GetProperty("address").GetString().ShouldBe($"127.0.0.1:{redis.First}");
            topology.GetProperty("primary").GetProperty("down").GetBoolean().ShouldBeFalse();
            topology.GetProperty("replicas")[0].GetProperty("behind").GetInt64().ShouldBe(0);
            topology.GetProperty("promotable").GetInt32().ShouldBe(1);
            topology.GetProperty("sentinels").GetInt64().ShouldBe(3);
            (
                await Called.SucceedsAsync(
                    new RedisClientsAction(Called.Outward),
                    new { address = $"127.0.0.1:{redis.First}", password = Secret }
                )
            )
                .GetProperty("users")
                .GetProperty("default")
                .GetProperty("sentinels")
                .GetInt32()
                .ShouldBeGreaterThan(0);
            topology.GetProperty("can-fail-over").GetBoolean().ShouldBeTrue();
            topology.GetProperty("failing-over").GetBoolean().ShouldBeFalse();

            // It is at it until the last replica follows the new primary: looked at from before it begins.
            var seen = Until.Holds(async () => (
                        await Called.SucceedsAsync(
                            new SentinelTopologyAction(Called.Outward),
                            new
                            {
                                redis.Sentinels,
                                shard = RedisServers.Shard,
                                password = Secret,
                            }
                        )
                    ).GetProperty("failing-over").GetBoolean(), "a failover under way");
            // The sentinel that is asked may not have looked at the replica yet.
            // Of two at once one begins it, and the other is told so.
            var already = await Until.Comes(
                async () =>
                    await Task.WhenAll(FailOverAsync(), FailOverAsync()) is [ActionResult.Succeeded one, ActionResult.Succeeded other]
                        ? new[] { one, other }.Select(done => done.Result.GetProperty("already").GetBoolean()).ToList()
                        : null,
                "a failover that begins"
            );
            already.ShouldContain(true);
            await seen;

            Task<ActionResult> FailOverAsync() =>
                Called.RunAsync(
                    new SentinelFailoverAction(Called.Outward),
                    new
                    {
                        redis.Sentinels,
                        shard = RedisServers.Shard,
                        password = Secret,
                    }
                );

            await Until.Holds(
                async () =>
                    (await Called.SucceedsAsync(new SentinelEpochAction(Called.Outward), with)) is var now
                    && now.GetProperty("epoch").GetInt64() > before.GetProperty("epoch").GetInt64()
                    && now.GetProperty("primary").GetString() == $"127.0.0.1:{redis.Second}",
                "the new primary"
            );
            await redis.AskAsync(redis.First, "CONFIG SET replica-priority 0");
            await Until.Holds(
                async () =>
                    (await Called.SucceedsAsync(new SentinelTopologyAction(Called.Outward), with)) is var later
                    && later.GetProperty("replicas").EnumerateArray().Any(one => !one.GetProperty("down").GetBoolean())
                    && later.GetProperty("promotable").GetInt32() == 0,
                "a replica that is up and is never promoted"
            );
            (
                await Called.FailsAsync(
                    new SentinelFailoverAction(Called.Outward),
                    new
                    {
                        sentinels,
                        shard = "nothing",
                        password = Secret,
                    },
                    FailureClass.Refused
                )
            ).Because.ShouldContain("No such master");
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_replica_becomes_a_primary_and_a_replica_again()
    {
        var folder = Directory.CreateTempSubdirectory("incident-replicaof-");
        using (var redis = new RedisServers(folder.FullName))
        {
            await redis.UntilReadyAsync();
            var (first, second) = ($"127.0.0.1:{redis.First}", $"127.0.0.1:{redis.Second}");
            var action = new RedisReplicaOfAction(Called.Outward);

            await Called.SucceedsAsync(action, new { address = second });
            (await redis.AskAsync(redis.Second, "ROLE")).ShouldContain("master");
            await Called.SucceedsAsync(action, new { address = first, primary = second });

            (await redis.AskAsync(redis.First, "ROLE")).ShouldContain("slave");
        }

        folder.Delete(recursive: true);
    }

    private Task<JsonElement> HandOverAsync(string from, string to, string idle) =>
        Called.SucceedsAsync(new RedisStreamHandOverAction(Called.Outward), HandOver("mails", "post", from, to, idle));

    private object HandOver(string stream, string group, string from, string to, string idle) =>
        new
        {
            address = First,
            password = Secret,
            stream,
            group,
            from,
            to,
            minIdle = idle,
        };

    private static object With(string address) => new { address, password = Secret };

    private async Task<JsonElement> AnswerAsync(RedisCommandAction action, string command, params string[] arguments) =>
        (
            await Called.SucceedsAsync(
                action,
                new
                {
                    address = First,
                    password = Secret,
                    command,
                    arguments,
                }
            )
        ).GetProperty("answer");

    private static async Task<string> FailsAsync(
        RedisCommandAction action,
        string address,
        FailureClass expected,
        string command,
        params string[] arguments
    ) =>
        (
            await Called.FailsAsync(
                action,
                new
                {
                    address,
                    password = Secret,
                    command,
                    arguments,
                },
                expected
            )
        ).Because;

    public sealed class Server : IAsyncLifetime
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-redis-");

        internal RedisServers Redis { get; private set; } = null!;

        public Task InitializeAsync()
        {
            Redis = new RedisServers(folder.FullName, Secret);
            return Redis.UntilReadyAsync();
        }

        public Task DisposeAsync()
        {
            Redis.Dispose();
            folder.Delete(recursive: true);
            return Task.CompletedTask;
        }
    }
}
