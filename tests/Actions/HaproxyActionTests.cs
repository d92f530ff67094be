using System.Net.Sockets;
using System.Text;
using Integrations.Haproxy;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Actions on a real HAProxy by its runtime socket.</summary>
public sealed class HaproxyActionTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-haproxy-");
    private HttpBackend first = null!;
    private HttpBackend second = null!;
    private HaproxyServer haproxy = null!;

    public Task InitializeAsync()
    {
        first = new HttpBackend(folder.FullName, "s1");
        second = new HttpBackend(folder.FullName, "s2");
        first.Start();
        second.Start();
        haproxy = new HaproxyServer(folder.FullName, first, second);
        return haproxy.UntilUpAsync(first, second);
    }

    public Task DisposeAsync()
    {
        haproxy.Dispose();
        first.Dispose();
        second.Dispose();
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Of_what_it_says_only_the_beginning_is_told_and_in_one_line()
    {
        await using var chatty = Saying(string.Concat(Enumerable.Repeat("no\n", 1000)) + "\n");
        var with = new
        {
            socket = $"127.0.0.1:{chatty.Port}",
            backend = "web",
            server = "s1",
            state = "drain",
        };

        (await Called.FailsAsync(new HaproxySetServerAction(Called.Outward), with, FailureClass.Refused)).Because.ShouldBe(
            $"HAProxy says: {string.Join(' ', Enumerable.Repeat("no", 100))} …"
        );
    }

    [Fact]
    public async Task Servers_are_listed_drained_and_put_back()
    {
        var list = new HaproxyServersAction(Called.Outward);
        var set = new HaproxySetServerAction(Called.Outward);
        var all = await Called.SucceedsAsync(list, new { socket = haproxy.Socket, backend = HaproxyServer.Backend });

        all.GetProperty("up").GetInt32().ShouldBe(2);
        foreach (var (state, status) in new[] { ("drain", "DRAIN"), ("drain", "DRAIN"), ("maint", "MAINT"), ("ready", "UP") })
        {
            await Called.SucceedsAsync(
                set,
                new
                {
                    socket = haproxy.Socket,
                    backend = HaproxyServer.Backend,
                    server = first.Name,
                    state,
                }
            );
            await Until.Holds(async () => await haproxy.StatusAsync(first) == status, status);
            var one = await Called.SucceedsAsync(list, new { socket = haproxy.Socket, server = first.Name });
            one.GetProperty("status").GetString().ShouldBe(status);
        }
    }

    [Fact]
    public async Task One_that_somebody_drained_is_told_from_one_that_only_died()
    {
        await haproxy.SetAsync(first, "drain");
        await Until.Holds(async () => await haproxy.StatusAsync(first) == "DRAIN", "the drain");
        (await IsDrainedAsync(first)).ShouldBeTrue();

        first.Kill();
        second.Kill();
        foreach (var one in (HttpBackend[])[first, second])
            await Until.Holds(async () => await haproxy.StatusAsync(one) == "DOWN", "the death of " + one.Name);

        (await IsDrainedAsync(first)).ShouldBeTrue();
        (await IsDrainedAsync(second)).ShouldBeFalse();
        await haproxy.SetAsync(first, "ready");
        (await IsDrainedAsync(first)).ShouldBeFalse();

        async Task<bool> IsDrainedAsync(HttpBackend server)
        {
            var one = await Called.SucceedsAsync(
                new HaproxyServersAction(Called.Outward),
                new
                {
                    socket = haproxy.Socket,
                    backend = HaproxyServer.Backend,
                    server = server.Name,
                }
            );
            return one.GetProperty("drained").GetBoolean();
        }
    }

    [Fact]
    public async Task A_socket_that_is_counted_by_itself_is_no_server()
    {
        var list = new HaproxyServersAction(Called.Outward);

        (await Called.SucceedsAsync(list, new { socket = haproxy.Socket, server = first.Name }))
            .GetProperty("count")
            .GetInt32()
            .ShouldBe(1);
        await Called.FailsAsync(list, new { socket = haproxy.Socket, backend = HaproxyServer.Frontend }, FailureClass.Refused);
    }

    [Fact]
    public async Task What_HAProxy_does_not_know_and_names_that_would_be_commands_are_told()
    {
        var set = new HaproxySetServerAction(Called.Outward);

        (await FailsAsync(haproxy.Socket, "nothing", FailureClass.Refused)).ShouldContain("No such");
        Called
            .Misfit(set, new { backend = "web", server = "s1; disable server web/s2" })
            .ShouldContain("'s1; disable server web/s2' is not");
        (await FailsAsync(folder.FullName + "/nowhere.sock", "s1", FailureClass.NotSent)).ShouldContain("there is no such socket");
        (await FailsAsync("192.0.2.1:9999", "s1", FailureClass.NotSent)).ShouldContain("Runbooks:AllowedHosts");
        foreach (
            var (backend, server, said) in new (string?, string?, string)[]
            {
                ("nothing", null, "HAProxy knows no backend 'nothing'"),
                ("nothing", "s1", "HAProxy knows no backend 'nothing'"),
                (HaproxyServer.Backend, "nothing", $"HAProxy knows no server 'nothing' in backend '{HaproxyServer.Backend}'"),
                (null, "nothing", "HAProxy knows no server 'nothing'"),
            }
        )
            (
                await Called.FailsAsync(
                    new HaproxyServersAction(Called.Outward),
                    new
                    {
                        socket = haproxy.Socket,
                        backend,
                        server,
                    },
                    FailureClass.Refused
                )
            ).Because.ShouldBe(said);

        async Task<string> FailsAsync(string socket, string server, FailureClass expected) =>
            (
                await Called.FailsAsync(
                    set,
                    new
                    {
                        socket,
                        backend = HaproxyServer.Backend,
                        server,
                        state = "drain",
                    },
                    expected
                )
            ).Because;
    }

    [Theory]
    [InlineData("# pxname,svname,status\nfoo\n\n", "'svname'")]
    [InlineData("# pxname,svname\nweb,s1\n\n", "'status'")]
    [InlineData("# pxname,pxname\nweb,web\n\n", "'svname'")]
    [InlineData("# pxname,svname,status\nweb,s1,UP\n\n", "'type'")]
    public async Task What_is_no_table_of_HAProxy_is_told(string answer, string missing)
    {
        await using var target = Saying(answer);

        (
            await Called.FailsAsync(
                new HaproxyServersAction(Called.Outward),
                new { socket = $"127.0.0.1:{target.Port}" },
                FailureClass.Refused
            )
        ).Because.ShouldStartWith($"the answer is not HAProxy's: its table has lines without {missing}");
    }

    [Fact]
    public async Task A_list_without_the_states_of_the_servers_is_not_whole()
    {
        await using var target = Saying("# pxname,svname,status,type\nweb,s1,UP,2\n\n");

        (
            await Called.FailsAsync(
                new HaproxyServersAction(Called.Outward),
                new { socket = $"127.0.0.1:{target.Port}" },
                FailureClass.Unknown
            )
        ).Because.ShouldBe("the answer broke off before the states of the servers");
    }

    private static LoopbackListener Saying(string answer) =>
        new(
            async (socket, stop) =>
            {
                using (socket)
                {
                    await socket.ReceiveAsync(new byte[512], SocketFlags.None, stop);
                    await socket.SendAsync(Encoding.ASCII.GetBytes(answer), SocketFlags.None, stop);
                }
            }
        );
}
