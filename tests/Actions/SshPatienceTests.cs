using System.Collections.Concurrent;
using System.Diagnostics;
using Integrations.Ssh;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>A real sshd that hangs, that a firewall has forgotten, or that takes few sessions: a step ends in time, and the next one is not held up.</summary>
public sealed class SshPatienceTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-ssh-");
    private readonly ConcurrentQueue<string> shown = [];
    private readonly SshConnections connections = new(Called.Outward);
    private readonly List<IAsyncDisposable> proxies = [];
    private SshServer server = null!;
    private SshRunAction action = null!;

    public Task InitializeAsync()
    {
        action = new SshRunAction(connections, new SshKnownHosts(folder.FullName + "/none"), Called.Outward);
        return StartAsync("");
    }

    public async Task DisposeAsync()
    {
        await connections.DisposeAsync();
        foreach (var proxy in proxies)
            await proxy.DisposeAsync();
        server.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_step_ends_in_time_wherever_the_host_freezes()
    {
        var whole = Proxy();
        (await RunAsync("echo up", whole.Port)).ShouldBeOfType<ActionResult.Succeeded>();
        var limit = TimeSpan.FromSeconds(1);
        const int Places = 12;

        var ends = await Task.WhenAll(
            Enumerable
                .Range(0, Places)
                .Select(async place =>
                {
                    var begun = Stopwatch.GetTimestamp();
                    var end = await RunAsync("sleep 1000", Proxy(whole.Said * place / Places).Port, limit);
                    return (Place: place, End: end, Took: Stopwatch.GetElapsedTime(begun));
                })
        );

        foreach (var (place, end, took) in ends)
        {
            // Where the command began its end is asked for, too.
            var told = end.ShouldBeOfType<ActionResult.Failed>();
            took.ShouldBeLessThan(limit + TimeSpan.FromSeconds(told.Class is FailureClass.NotSent ? 5 : 15), $"{place}: {told.Because}");
        }

        ends.Count(one => one.End is ActionResult.Failed { Class: FailureClass.NotSent }).ShouldBeGreaterThan(Places / 2);
    }

    [Fact]
    public async Task A_connection_on_which_nobody_answers_any_more_is_given_up_and_nothing_is_lost_by_it()
    {
        var proxy = Proxy();
        foreach (var word in (string[])["one", "two"])
            (await RunAsync("echo " + word, proxy.Port)).ShouldBeOfType<ActionResult.Succeeded>();
        proxy.Connections.ShouldBe(1);

        proxy.Forget();

        (await RunAsync("echo three", proxy.Port, TimeSpan.FromSeconds(15))).ShouldBeOfType<ActionResult.Succeeded>();
        (await RunAsync("echo four", proxy.Port)).ShouldBeOfType<ActionResult.Succeeded>();
        shown.ShouldBe(["one", "two", "three", "four"]);
        proxy.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task A_retry_does_not_use_a_connection_on_which_the_attempt_before_it_found_no_answer()
    {
        var proxy = Proxy();
        (await RunAsync("echo one", proxy.Port)).ShouldBeOfType<ActionResult.Succeeded>();
        proxy.Forget();

        await Called.FailsAsync(action, With("echo two", proxy.Port), FailureClass.NotSent, TimeSpan.FromMilliseconds(500));

        (await RunAsync("echo three", proxy.Port)).ShouldBeOfType<ActionResult.Succeeded>();
        proxy.Connections.ShouldBe(2);
        shown.ShouldBe(["one", "three"]);
    }

    [Fact]
    public async Task Of_a_host_that_froze_while_a_command_ran_it_is_said_soon_that_nobody_knows()
    {
        var proxy = Proxy();
        using var stop = new CancellationTokenSource();
        var running = RunAsync("echo up\nsleep 1000", proxy.Port, cancel: stop.Token);
        await Until.Holds(() => Task.FromResult(shown.Contains("up")), "the command");
        proxy.Freeze();
        var begun = Stopwatch.GetTimestamp();

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        shown.Last().ShouldContain("has ended is not known: ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_host_that_takes_few_sessions_on_a_connection_gets_more_connections(int most)
    {
        server.Dispose();
        await StartAsync($"MaxSessions {most}");
        var gate = folder.FullName + "/gate";

        var running = Enumerable
            .Range(0, 6)
            .Select(_ => RunAsync($"echo up\nwhile [ ! -e {gate} ]; do sleep 0.05; done", server.Port))
            .ToList();

        await Until.Holds(() => Task.FromResult(shown.Count(line => line is "up") == running.Count), "all of them at once");
        await File.WriteAllTextAsync(gate, "");
        (await Task.WhenAll(running)).ShouldAllBe(result => result is ActionResult.Succeeded);
    }

    [Fact]
    public async Task Where_one_session_is_all_a_command_is_ended_by_another_connection()
    {
        server.Dispose();
        await StartAsync("MaxSessions 1");
        using var stop = new CancellationTokenSource();
        var running = RunAsync("echo up\nsleep 1000", server.Port, cancel: stop.Token);
        await Until.Holds(() => Task.FromResult(shown.Contains("up")), "the command");

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        shown.Last().ShouldContain("was ended; nothing that could be found is left of it");
    }

    [Fact]
    public async Task A_host_that_takes_no_session_at_all_was_not_sent_anything()
    {
        server.Dispose();
        await StartAsync("MaxSessions 0");

        (await Called.FailsAsync(action, With("true", server.Port), FailureClass.NotSent)).Because.ShouldContain("'MaxSessions'");
    }

    private FreezingProxy Proxy(long after = long.MaxValue)
    {
        var proxy = new FreezingProxy(server.Port, after);
        lock (proxies)
            proxies.Add(proxy);
        return proxy;
    }

    private Task StartAsync(string settings)
    {
        server = new SshServer(folder.CreateSubdirectory("sshd" + settings.Replace(" ", "")).FullName, settings: settings);
        return server.UntilReadyAsync();
    }

    private Task<ActionResult> RunAsync(string command, int port, TimeSpan? limit = null, CancellationToken cancel = default) =>
        Called.RunAsync(action, With(command, port), limit, output: shown.Enqueue, stop: cancel);

    private Dictionary<string, object?> With(string command, int port) =>
        new()
        {
            ["host"] = "127.0.0.1",
            ["port"] = port,
            ["user"] = server.User,
            ["key"] = server.ClientKey,
            ["host-keys"] = new[] { server.HostKey },
            ["command"] = command,
        };
}
