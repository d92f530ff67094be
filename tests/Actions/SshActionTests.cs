using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Integrations;
using Integrations.Scripts;
using Integrations.Ssh;
using Microsoft.Extensions.Time.Testing;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Commands on a real sshd: who may be trusted, what is shown while it runs, and that nothing lives on.</summary>
public sealed class SshActionTests : SshTests
{
    [Fact]
    public async Task A_script_runs_and_its_output_and_its_code_come_back()
    {
        var done = await RunAsync("echo one\necho two >&2\nprintf 'half'", shell: "bash");

        var result = done.ShouldBeOfType<ActionResult.Succeeded>((done as ActionResult.Failed)?.Because).Result;
        result.GetProperty("exit-code").GetInt32().ShouldBe(0);
        result.GetProperty("stdout").GetString().ShouldBe("one\nhalf");
        result.GetProperty("stderr").GetString().ShouldBe("two\n");
        Shown.ShouldBe(["one", "two", "half"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(false, FailureClass.Unknown)]
    [InlineData(true, FailureClass.Refused)]
    public async Task Another_code_than_0_is_unknown_where_it_acts(bool reads, FailureClass expected)
    {
        var failed = (await RunAsync("echo no\nexit 7", reads: reads)).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(expected);
        failed.Because.ShouldBe("exit code 7");
        failed.Result!.Value.GetProperty("stdout").GetString().ShouldBe("no\n");
    }

    [Fact]
    public async Task A_failure_says_what_the_command_said_last_of_it_and_its_errors_are_shown_as_such()
    {
        var errors = new ConcurrentQueue<string>();

        var failed = (
            await RunAsync("echo before\necho one >&2\necho 'sudo: a password is required' >&2\nexit 1", errors: errors.Enqueue)
        ).ShouldBeOfType<ActionResult.Failed>();

        failed.Because.ShouldBe("exit code 1: sudo: a password is required");
        errors.ShouldBe(["one", "sudo: a password is required"]);
        Shown.ShouldBe(["before"]);
    }

    [Fact]
    public async Task A_script_stops_at_its_first_failure() =>
        (await RunAsync("false\necho later"))
            .ShouldBeOfType<ActionResult.Failed>()
            .Result!.Value.GetProperty("stdout")
            .GetString()
            .ShouldBe("");

    [Fact]
    public async Task Variables_reach_the_command_and_nobody_sees_them_in_the_list_of_processes()
    {
        var done = await RunAsync(
            "echo \"$WORD\"\nps -eo args=",
            env: new Dictionary<string, string> { ["WORD"] = "it's $HOME; `secret`" }
        );

        var written = done.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString()!;
        written.ShouldStartWith("it's $HOME; `secret`\n");
        written[written.IndexOf('\n')..].ShouldNotContain("`secret`");
    }

    [Fact]
    public async Task Lines_come_while_it_runs()
    {
        var gate = Folder.FullName + "/gate";
        var key = new SecretMask([Server.ClientKey]);
        var output = new StepOutput("run-1", "step", 1_000_000, key, new LinesShown(Shown), TimeProvider.System);
        string[] words = ["first", "done", "restarting", "10%", "worker-3", "OK"];
        var running = Called.RunAsync(
            Action,
            With(with =>
                with["command"] = string.Join('\n', words.Select(word => $"echo {word}; until rm {gate}; do sleep 0.05; done 2>/dev/null"))
            ),
            output: line => output.Line(line),
            mask: key
        );

        for (var i = 0; i < words.Length; i++)
        {
            await Until.Holds(() => Task.FromResult(Shown.Count > i), words[i], patience: Called.Patience / words.Length);
            Shown.Last().ShouldBe("out " + words[i]);
            await File.WriteAllTextAsync(gate, "");
        }

        (await running).ShouldBeOfType<ActionResult.Succeeded>();
    }

    [Fact]
    public async Task At_the_time_limit_the_whole_group_ends_and_that_is_confirmed()
    {
        using var stop = new CancellationTokenSource();
        // The second one closes its ears to SIGTERM.
        var running = RunAsync("sleep 1000 &\nsh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done'", cancel: stop.Token);
        var stubborn = await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its process");

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        Shown.Last().ShouldContain("was ended; nothing that could be found is left of it");
        Shown.ShouldNotContain(line => line.StartsWith("setsid:", StringComparison.Ordinal));
        Lives(stubborn).ShouldBeFalse();
    }

    [Theory]
    [InlineData("timeout 280 sleep 309")]
    [InlineData("set -m; sleep 309 & wait")]
    [InlineData("timeout 280 bash -c 'trap \"\" TERM; while :; do sleep 1; done'")]
    public async Task Whoever_has_a_process_group_of_his_own_in_the_session_ends_at_the_time_limit(string command)
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync($"echo $$\n{command} & wait", shell: "bash", cancel: stop.Token);
        var session = int.Parse(await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its session"));
        await Until.Holds(() => Task.FromResult(ProcFile.GroupsOf(session).Count > 1), "the second group");

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        Shown.Last().ShouldContain("was ended; nothing that could be found is left of it");
        ProcFile.GroupsOf(session).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_group_of_the_session_has_ended_when_the_step_has()
    {
        var done = await RunAsync("set -m\necho $$\ntimeout 280 sleep 309 &\nsleep 310 &", shell: "bash");

        // The shell that has said so itself ends a moment later.
        var session = int.Parse(done.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString()!);
        ProcFile.GroupsOf(session).Except([session]).ShouldBeEmpty();
        await Until.Holds(() => Task.FromResult(ProcFile.GroupsOf(session).Count == 0), "the end of its shell");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Of_a_daemon_that_lives_on_the_output_tells_and_so_does_a_failure(int code)
    {
        var up = Folder.FullName + "/up";
        var done = await RunAsync($"setsid sh -c 'touch {up}; exec sleep 1000' &\nuntil [ -e {up} ]; do sleep 0.05; done\nexit {code}");

        var told = Shown.ShouldHaveSingleItem();
        told.ShouldMatch("^these live on: [0-9]+ sleep 1000$");
        using var process = System.Diagnostics.Process.GetProcessById(int.Parse(told.Split(' ')[3]));
        process.Kill();
        if (code > 0)
            done.ShouldBeOfType<ActionResult.Failed>().Because.ShouldBe($"exit code {code}; {told}");
    }

    [Fact]
    public async Task A_command_that_is_stopped_while_what_it_left_comes_to_its_end_has_its_own_end()
    {
        using var stop = new CancellationTokenSource();
        var up = Folder.FullName + "/up";
        var running = RunAsync(
            $"sh -c 'trap \"echo asked >&2\" TERM; touch {up}; while :; do sleep 0.1; done' &\nuntil [ -e {up} ]; do sleep 0.05; done\nexit 3",
            cancel: stop.Token
        );
        await Until.Holds(() => Task.FromResult(Shown.Contains("asked")), "the end of the command itself");

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Because.ShouldBe("exit code 3");
    }

    [Fact]
    public async Task What_still_runs_of_an_earlier_attempt_has_ended_before_the_next_one_begins()
    {
        // As a host has it that did not notice that the connection broke, or where the watcher was killed.
        var start = new System.Diagnostics.ProcessStartInfo(
            "setsid",
            ["sh", "-c", "export INCIDENT_GROUP=$$; timeout 280 sleep 309 & sleep 310; :"]
        );
        (start.Environment["INCIDENT_RUN"], start.Environment["INCIDENT_STEP"]) = ("run-earlier", "step");
        using var earlier = System.Diagnostics.Process.Start(start)!;
        start.ArgumentList[2] = "export INCIDENT_GROUP=1; exec sleep 1000";
        using var daemon = System.Diagnostics.Process.Start(start)!;
        await Until.Holds(() => Task.FromResult(ProcFile.GroupsOf(earlier.Id).Count == 2), "both groups");
        await Until.Holds(() => Task.FromResult(ProcFile.GroupsOf(daemon.Id).Count == 1), "the daemon");

        (
            await Called.RunAsync(
                Action,
                With(with => with["command"] = "echo again"),
                output: Shown.Enqueue,
                run: "run-earlier",
                attempt: 2
            )
        ).ShouldBeOfType<ActionResult.Succeeded>();

        ProcFile.GroupsOf(earlier.Id).ShouldBeEmpty();
        daemon.Kill();
        Shown.ShouldBe([
            $"process group {earlier.Id} of an earlier attempt still ran on 127.0.0.1: it was ended",
            $"of an earlier attempt these live on: {daemon.Id} sleep 1000",
            "again",
        ]);
    }

    [Fact]
    public async Task All_that_a_command_wrote_is_shown_however_far_behind_we_are()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var outward = new Outward(new AllowedHosts(["127.0.0.1"]), time);
        await using var pool = new SshConnections(outward);
        var called = new SshRunAction(pool, new SshKnownHosts(Folder.FullName + "/known"), outward);
        var ended = Folder.FullName + "/ended";
        using var gate = new ManualResetEventSlim();
        var running = Called.RunAsync(
            called,
            With(with => with["command"] = $"seq 1 20000\ntouch {ended}"),
            output: line =>
            {
                gate.Wait();
                Shown.Enqueue(line);
            }
        );
        await Until.Holds(() => Task.FromResult(File.Exists(ended)), "its end");
        var seconds = 0;
        await Until.Holds(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(++seconds > 20);
            },
            "a while"
        );

        gate.Set();

        (await running).ShouldBeOfType<ActionResult.Succeeded>();
        Shown.Count.ShouldBe(20_000);
        Shown.Last().ShouldBe("20000");
    }

    [Fact]
    public async Task At_the_end_of_a_stream_that_was_cut_no_half_of_a_secret_is_left()
    {
        using var stop = new CancellationTokenSource();
        var running = Called.RunAsync(
            Action,
            With(with => with["command"] = "echo up >&2; printf 'known planted-0d9f2c'; printf planted-0d >&2; sleep 1000"),
            output: Shown.Enqueue,
            mask: new SecretMask(["planted-0d9f2c7ab4"]),
            stop: stop.Token
        );
        await Until.Holds(() => Task.FromResult(Shown.Contains("up")), "its word");

        await stop.CancelAsync();

        await running;
        Shown.ShouldContain("known ");
        string.Concat(Shown).ShouldNotContain("planted");
    }

    [Fact]
    public async Task A_daemon_that_left_the_group_lives_on_at_the_time_limit_and_is_named()
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync("setsid sh -c 'echo $$; exec sleep 1000' &\nsleep 1000", cancel: stop.Token);
        var daemon = await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its process");

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        Shown.Last().ShouldContain($"these live on: {daemon} sleep 1000");
        using var process = System.Diagnostics.Process.GetProcessById(int.Parse(daemon, CultureInfo.InvariantCulture));
        process.Kill();
    }

    [Fact]
    public async Task Daemons_that_left_the_group_and_its_environment_are_known_by_their_parents()
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync(
            """
            env -i setsid sh -c 'echo $$; exec sleep 1001' &
            env -i setsid sh -c 'sleep 1002 & echo $!; sleep 1003' &
            sleep 1000
            """,
            cancel: stop.Token
        );
        await Until.Holds(() => Task.FromResult(Shown.Count == 2), "both");
        var daemons = Shown.ToList();

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        // A command may have a "; " of its own.
        var told = Shown.Last().Split("these live on: ")[^1].Split("; ").Select(one => one.Split(' ')[0]).ToList();
        told.RemoveAll(word => !int.TryParse(word, out _));
        foreach (var one in told)
        {
            using var process = System.Diagnostics.Process.GetProcessById(int.Parse(one, CultureInfo.InvariantCulture));
            process.Kill();
        }

        Shown.Last().ShouldContain("these live on: ");
        daemons.ShouldBeSubsetOf(told);
        // The shell that waits for them, and its last one.
        told.Count.ShouldBeInRange(3, 4);
    }

    [Fact]
    public async Task A_host_whose_ps_knows_no_columns_tells_by_proc_who_lives_on()
    {
        var small = Folder.CreateSubdirectory("small");
        File.WriteAllText(small.FullName + "/ps", "#!/bin/sh\necho 'ps: unrecognized option: e' >&2\nexit 1\n");
        File.SetUnixFileMode(small.FullName + "/ps", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Server.Dispose();
        Server = new SshServer(Folder.CreateSubdirectory("machine").FullName, bin: small.FullName);
        await Server.UntilReadyAsync();
        using var stop = new CancellationTokenSource();
        var running = RunAsync(
            "setsid sh -c 'echo $$; exec sleep 1000' &\nsh -c 'trap \"\" TERM; while :; do sleep 1; done'",
            cancel: stop.Token
        );
        var daemon = await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its process");

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        Shown.Last().ShouldEndWith($"these live on: {daemon} sleep 1000");
        using var process = System.Diagnostics.Process.GetProcessById(int.Parse(daemon, CultureInfo.InvariantCulture));
        process.Kill();
    }

    [Fact]
    public async Task A_look_that_was_cut_short_does_not_say_that_nobody_is_left()
    {
        await CutShortAsync(after: 3);
        using var stop = new CancellationTokenSource();
        var running = RunAsync("echo $$; trap '' TERM; while :; do sleep 0.1; done", cancel: stop.Token);
        var group = await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its process");

        await stop.CancelAsync();

        var failed = (await running).ShouldBeOfType<ActionResult.Failed>();
        failed.Because.ShouldContain("has ended is not known");
        Shown.Last().ShouldContain("has ended is not known");
        using var kill = System.Diagnostics.Process.Start("kill", ["-9", "--", $"-{group}"]);
        await kill.WaitForExitAsync();
    }

    /// <param name="after">0: the host does not tell its processes at all.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_look_that_was_cut_short_once_a_command_has_ended_is_told(int after)
    {
        await CutShortAsync(after);

        (await RunAsync("echo done")).ShouldBeOfType<ActionResult.Succeeded>();

        Shown.Last().ShouldContain("has ended is not known: /proc does not tell what is left");
    }

    /// <param name="wait">Of each look.</param>
    [Theory]
    [InlineData("0", "was told to end; these could not be ended: PID sleep 1000")]
    [InlineData("0.5", "was told to end; these could not be ended: PID sleep 1000")]
    [InlineData("30", "has ended is not known: the host took the command that ends it, which was not over within 12 s")]
    public async Task Those_that_cannot_be_ended_are_named_in_time_also_on_a_host_where_each_look_takes_long(string wait, string told)
    {
        var bin = BeforeEachAwk($"sleep {wait}");
        // As sudo: another account's, which may not end it.
        File.Copy("/usr/bin/setpriv", bin.FullName + "/raised");
        File.SetUnixFileMode(bin.FullName + "/raised", bin.UnixFileMode | UnixFileMode.SetUser);
        Server.Dispose();
        Server = new SshServer(
            Folder.CreateSubdirectory("machine").FullName,
            bin: bin.FullName,
            instead: "setpriv --reuid=65534 --regid=65534 --clear-groups sh -c \"$SSH_ORIGINAL_COMMAND\""
        );
        await Server.UntilReadyAsync();
        using var stop = new CancellationTokenSource();
        var running = RunAsync("raised --reuid=0 --regid=0 --clear-groups sh -c 'echo $$; exec sleep 1000'", cancel: stop.Token);
        var started = await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its process");

        await stop.CancelAsync();

        (await running).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
        Shown.Last().ShouldEndWith(told.Replace("PID", started, StringComparison.Ordinal));
        using var process = System.Diagnostics.Process.GetProcessById(int.Parse(started, CultureInfo.InvariantCulture));
        process.Kill();
    }

    [Theory]
    [InlineData("echo $$\nsleep 1000", false)]
    [InlineData("setsid sh -c 'echo $$; exec sleep 1000' &\nsleep 1000", true)]
    public async Task Of_a_host_that_hides_the_processes_of_others_nobody_knows_whether_all_have_ended(string command, bool livesOn)
    {
        Server.Dispose();
        Server = new SshServer(
            Folder.CreateSubdirectory("machine").FullName,
            mounts: "mount -t proc -o hidepid=2 proc /proc",
            instead: "setpriv --reuid=65534 --regid=65534 --clear-groups sh -c \"$SSH_ORIGINAL_COMMAND\""
        );
        await Server.UntilReadyAsync();
        using var stop = new CancellationTokenSource();
        var running = RunAsync(command, cancel: stop.Token);
        var started = await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its process");

        await stop.CancelAsync();

        var failed = (await running).ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.Unknown);
        failed.Because.ShouldContain("(hidepid)");
        Shown
            .Last()
            .ShouldContain(livesOn ? $"these live on: {started} sleep 1000; the host hides" : "has ended is not known: it was told to end");
        Shown.Last().ShouldContain("(hidepid)");
        Lives(started).ShouldBe(livesOn);
        if (!livesOn)
            return;
        using var process = System.Diagnostics.Process.GetProcessById(int.Parse(started, CultureInfo.InvariantCulture));
        process.Kill();
    }

    [Fact]
    public async Task Where_a_text_is_cut_no_half_of_a_secret_is_left()
    {
        const string secret = "planted-0d9f2c7ab4";
        // It stands across the 16 KB at which a line is cut, and across the 64 KB that are kept.
        var done = await Called.RunAsync(
            Action,
            With(with => with["command"] = $"for at in 16375 49134; do head -c $at /dev/zero | tr '\\0' x; printf {secret}; done"),
            output: Shown.Enqueue,
            mask: new SecretMask([secret])
        );

        Shown.Count(line => line.Contains(secret)).ShouldBe(2, "whole, for the engine to mask");
        var kept = done.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString()!;
        kept.Trim('x').ShouldBe("***", "the first whole, of the second nothing");
    }

    [Fact]
    public async Task What_the_command_left_in_the_background_ends_with_it()
    {
        var done = await RunAsync("sleep 1000 &\necho $!");

        var left = done.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString()!.Trim();
        await Until.Holds(() => Task.FromResult(!Lives(left)), "the end of what it left");
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_is_unknown_and_the_command_does_not_live_on()
    {
        var running = RunAsync("echo $$\nwhile :; do sleep 1; done");
        var leader = await Until.Comes(() => Task.FromResult(Shown.FirstOrDefault()), "its process");

        foreach (var session in SessionsOf(Server.Port))
            System.Diagnostics.Process.GetProcessById(session).Kill();

        var failed = (await running).ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.Unknown);
        await Until.Holds(() => Task.FromResult(!Lives(leader)), "the end of the command");
        (await RunAsync("echo again")).ShouldBeOfType<ActionResult.Succeeded>();
    }

    [Fact]
    public async Task A_host_that_shows_another_key_is_left_alone_with_both_keys_told()
    {
        var expected = Fingerprint(Server.HostKey);
        await Server.ChangeHostKeyAsync();

        foreach (
            var keys in (string[][])
                [
                    [Server.HostKey.Split(' ')[0] + " " + OldKey],
                    [expected],
                ]
        )
        {
            var failed = (await RunAsync("echo no", hostKeys: keys)).ShouldBeOfType<ActionResult.Failed>();
            failed.Class.ShouldBe(FailureClass.NotSent);
            failed.Because.ShouldContain(Fingerprint(Server.HostKey));
            failed.Because.ShouldContain("by the step's 'host-keys'");
            failed.Because.ShouldContain("somebody stands in between");
            failed.Because.ShouldNotEndWith(".");
        }

        Shown.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_host_that_nobody_knows_is_not_asked_and_the_file_of_known_hosts_is_enough()
    {
        var stranger = (await RunAsync("echo no", hostKeys: [])).ShouldBeOfType<ActionResult.Failed>();
        await File.WriteAllTextAsync(Folder.FullName + "/known", $"# ours\n{Hashed($"[127.0.0.1]:{Server.Port}")} {Server.HostKey}\n");
        var known = await RunAsync("echo yes", hostKeys: []);

        stranger.Class.ShouldBe(FailureClass.NotSent);
        stranger.Because.ShouldContain(SshKnownHosts.Setting);
        known.ShouldBeOfType<ActionResult.Succeeded>();
    }

    [Fact]
    public async Task A_key_that_is_revoked_is_taken_from_nobody_and_a_line_that_is_none_hides_no_other()
    {
        var host = $"[127.0.0.1]:{Server.Port}";
        async Task<ActionResult> KnownAsync(string lines, params string[] hostKeys)
        {
            await File.WriteAllTextAsync(Folder.FullName + "/known", lines);
            return await RunAsync("echo yes", hostKeys: hostKeys);
        }

        (
            await KnownAsync($"|1|!!!!|abcd {Server.HostKey}\nnonsense\n@revoked * ssh-ed25519 {OldKey}\n[127.0.0.*]:* {Server.HostKey}\n")
        ).ShouldBeOfType<ActionResult.Succeeded>();
        foreach (var names in (string[])[host, "*", Hashed(host), $"{host},!other"])
        {
            var refused = (
                await KnownAsync($"{host} {Server.HostKey}\n@revoked {names} {Server.HostKey}\n")
            ).ShouldBeOfType<ActionResult.Failed>();
            (refused.Class, refused.Because).ShouldBe(
                (FailureClass.NotSent, $"Every key of host {host} that is known is revoked in {Folder.FullName}/known (Ssh:KnownHosts)")
            );
        }

        (await KnownAsync($"@revoked * {Server.HostKey}\n", Server.HostKey))
            .ShouldBeOfType<ActionResult.Failed>()
            .Because.ShouldContain("'host-keys' names");
        (await KnownAsync($"*,!{host} {Server.HostKey}\n")).ShouldBeOfType<ActionResult.Failed>().Because.ShouldContain("No key of host");
    }

    [Fact]
    public async Task Who_is_not_let_in_who_is_not_there_and_what_is_no_key_were_not_sent()
    {
        using var other = RSA.Create(2048);

        (await NotSentAsync(with => with["key"] = other.ExportRSAPrivateKeyPem())).ShouldContain("was not let in");
        (await NotSentAsync(with => with["key"] = "-----BEGIN NONSENSE-----")).ShouldNotContain("NONSENSE");
        var encrypted = Encrypted("right");
        (await NotSentAsync(with => (with["key"], with["passphrase"]) = (encrypted, "wrong"))).ShouldStartWith(
            "'key' cannot be read with this 'passphrase'"
        );
        (await NotSentAsync(with => with["key"] = encrypted)).ShouldContain("is encrypted");
        foreach (var kind in (string[])["RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"])
        {
            foreach (
                var body in (string[])
                    ["", "AAAA", "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu", "b3BlbnNzaC1rZXktdjEAAAAA"]
            )
                (await NotSentAsync(with => with["key"] = $"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----")).ShouldContain(
                    "is no private key"
                );
        }

        (await NotSentAsync(with => with["port"] = Loopback.FreePort())).ShouldNotBeEmpty();
        (await NotSentAsync(with => with["host"] = "192.0.2.1")).ShouldContain("Runbooks:AllowedHosts");
        (await NotSentAsync(with => with["env"] = new Dictionary<string, string> { ["A;B"] = "x" })).ShouldContain("\"A;B\"");
        (await NotSentAsync(with => with["key"] = null)).ShouldContain("'key' or 'password'");
    }

    [Fact]
    public async Task A_host_that_accepts_and_says_nothing_was_not_sent_anything()
    {
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());

        await Called.FailsAsync(Action, With(with => with["port"] = silent.Port), FailureClass.NotSent, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Commands_share_a_connection_and_only_so_many_run_at_a_time()
    {
        var gate = Folder.FullName + "/gate";
        var running = Enumerable
            .Range(0, SshConnections.SessionsPerHost + 3)
            .Select(one => RunAsync($"echo up\nwhile [ ! -e {gate} ]; do sleep 0.05; done"))
            .ToList();

        await Until.Holds(() => Task.FromResult(Shown.Count(line => line is "up") == SshConnections.SessionsPerHost), "the first ones");
        Shown.Count(line => line.StartsWith("waits:", StringComparison.Ordinal)).ShouldBe(3);
        SessionsOf(Server.Port).Count().ShouldBe(1);
        await File.WriteAllTextAsync(gate, "");

        (await Task.WhenAll(running)).ShouldAllBe(result => result is ActionResult.Succeeded);
    }

    [Fact]
    public async Task Who_gets_no_turn_in_a_quarter_of_his_time_was_not_sent_and_whoever_begins_has_the_rest()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var outward = new Outward(new AllowedHosts(["127.0.0.1"]), time);
        await using var pool = new SshConnections(outward);
        var called = new SshRunAction(pool, new SshKnownHosts(Folder.FullName + "/known"), outward);
        var gate = Folder.FullName + "/gate";
        Task<ActionResult> Begin() =>
            Called.RunAsync(
                called,
                With(with => with["command"] = $"echo up\nwhile [ ! -e {gate} ]; do sleep 0.05; done"),
                deadline: time.GetUtcNow() + TimeSpan.FromSeconds(8),
                output: Shown.Enqueue
            );
        var running = Enumerable.Range(0, SshConnections.SessionsPerHost).Select(_ => Begin()).ToList();
        await Until.Holds(() => Task.FromResult(Shown.Count(line => line is "up") == SshConnections.SessionsPerHost), "the first ones");
        var late = Begin();
        Shown.Last().ShouldStartWith("waits: 8 commands run on 127.0.0.1 already");

        time.Advance(TimeSpan.FromSeconds(2));

        var failed = (await late).ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldContain("8 commands run on 127.0.0.1 already");
        await File.WriteAllTextAsync(gate, "");
        (await Task.WhenAll(running)).ShouldAllBe(result => result is ActionResult.Succeeded);
    }

    [Theory]
    [InlineData("printf oops >&2", 0, "oops")]
    [InlineData("echo whole >&2; printf oops >&2; exit 3", 3, "whole\noops")]
    [InlineData("head -c 16330 /dev/zero | tr '\\0' x >&2; exit 3", 3, null)]
    public async Task Errors_without_an_end_of_line_are_the_commands_and_its_end_is_heard(string command, int code, string? errors)
    {
        var done = await RunAsync(command);

        var result = done is ActionResult.Failed failed ? failed.Result : ((ActionResult.Succeeded)done).Result;
        result.ShouldNotBeNull((done as ActionResult.Failed)?.Because).GetProperty("exit-code").GetInt32().ShouldBe(code);
        result.Value.GetProperty("stderr").GetString().ShouldBe(errors ?? new string('x', 16_330));
        string.Concat(Shown).ShouldNotContain("incident-");
    }

    [Theory]
    [InlineData("printf half >&2; kill -9 0", "half")]
    [InlineData("echo whole >&2; kill -9 $$", "whole")]
    public async Task A_command_that_kills_its_own_shell_is_unknown_and_only_its_own_words_are_shown(string command, string said)
    {
        var failed = (await RunAsync(command)).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(FailureClass.Unknown);
        failed.Because.ShouldStartWith("the command's shell was killed, by itself or from outside");
        Shown.ShouldBe([said]);
    }

    [Fact]
    public async Task At_the_time_limit_nothing_is_shown_but_the_commands_own_words_and_how_it_was_ended()
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync("echo up\nprintf half >&2\nsleep 1000", cancel: stop.Token);
        await Until.Holds(() => Task.FromResult(Shown.Contains("up")), "its word");

        await stop.CancelAsync();

        await running;
        await Until.Holds(() => Task.FromResult(Shown.Contains("half")), "the rest of its errors");
        Shown.Where(line => line is not ("up" or "half")).ShouldHaveSingleItem().ShouldStartWith("process group ");
    }

    [Fact]
    public async Task What_a_command_prints_is_never_taken_for_our_own_word()
    {
        var done = await RunAsync("echo incident-end 0 >&2\necho \"incident-end-$(printf %032d 0):0\" >&2\necho \"[$ends]\"\nexit 3");

        var failed = done.ShouldBeOfType<ActionResult.Failed>();
        failed.Because.ShouldStartWith("exit code 3");
        failed.Result!.Value.GetProperty("stderr").GetString()!.ShouldContain("incident-end 0");
        failed.Result!.Value.GetProperty("stdout").GetString().ShouldBe("[]\n");
    }

    [Fact]
    public async Task The_word_of_the_end_stands_in_no_list_of_processes()
    {
        var done = await RunAsync("tr '\\0' ' ' < /proc/$PPID/cmdline");

        var seen = done.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString()!;
        seen.ShouldContain("incident-group-");
        seen.ShouldNotContain("incident-end-");
    }

    [Fact]
    public async Task Of_several_addresses_one_where_nobody_listens_is_passed_over()
    {
        // Nobody listens on the first: sshd has 127.0.0.1 alone.
        var outward = new Outward(new AllowedHosts(["db.example"]), TimeProvider.System)
        {
            Names = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.9"), IPAddress.Parse("127.0.0.1")]),
        };
        await using var pool = new SshConnections(outward);
        var named = new SshRunAction(pool, new SshKnownHosts(Folder.FullName + "/known"), outward);

        var done = await Called.RunAsync(named, With(with => with["host"] = "db.example"));

        done.ShouldBeOfType<ActionResult.Succeeded>((done as ActionResult.Failed)?.Because);
    }

    [Fact]
    public async Task Nothing_is_kept_of_hosts_that_nobody_calls_any_more()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var outward = new Outward(new AllowedHosts(["127.0.0.1"]), time);
        await using var pool = new SshConnections(outward);
        var called = new SshRunAction(pool, new SshKnownHosts(Folder.FullName + "/known"), outward);
        (await Called.RunAsync(called, With())).ShouldBeOfType<ActionResult.Succeeded>();
        await Called.FailsAsync(called, With(with => with["port"] = Loopback.FreePort()), FailureClass.NotSent);
        pool.Known.ShouldBe((2, 2));

        time.Advance(TimeSpan.FromMinutes(2));

        pool.Known.ShouldBe((0, 0));
        await Until.Holds(() => Task.FromResult(!SessionsOf(Server.Port).Any()), "the end of the connection");
    }

    [Fact]
    public async Task Output_without_end_is_bounded()
    {
        var done = await RunAsync("head -c 20000000 /dev/zero | tr '\\0' x");

        done.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString()!.Length.ShouldBe(64 * 1024);
    }

    private const string OldKey = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    private Dictionary<string, object?> With(Action<Dictionary<string, object?>>? change = null)
    {
        var with = new Dictionary<string, object?>
        {
            ["host"] = "127.0.0.1",
            ["port"] = Server.Port,
            ["user"] = Server.User,
            ["key"] = Server.ClientKey,
            ["host-keys"] = new[] { Server.HostKey },
            ["command"] = "true",
        };
        change?.Invoke(with);
        return with;
    }

    private async Task<string> NotSentAsync(Action<Dictionary<string, object?>> change) =>
        (await Called.FailsAsync(Action, With(change), FailureClass.NotSent)).Because;

    private Task<ActionResult> RunAsync(
        string command,
        string shell = "sh",
        bool reads = false,
        string[]? hostKeys = null,
        Dictionary<string, string>? env = null,
        Action<string>? errors = null,
        CancellationToken cancel = default
    ) =>
        Called.RunAsync(
            Action,
            With(with =>
            {
                (with["command"], with["shell"], with["reads"], with["env"]) = (command, shell, reads, env);
                with["host-keys"] = hostKeys ?? [Server.HostKey];
            }),
            output: Shown.Enqueue,
            errors: errors,
            stop: cancel
        );

    private static bool Lives(string pid) => File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ");

    private string Encrypted(string passphrase)
    {
        var file = Folder.FullName + "/encrypted";
        using var made = System.Diagnostics.Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", file]);
        made.WaitForExit();
        return File.ReadAllText(file);
    }

    private static string Fingerprint(string key) =>
        "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(key.Split(' ')[1]))).TrimEnd('=');

    private static string Hashed(string name)
    {
        var salt = RandomNumberGenerator.GetBytes(20);
#pragma warning disable CA5350 // the format's own
        var hash = HMACSHA1.HashData(salt, System.Text.Encoding.UTF8.GetBytes(name));
#pragma warning restore CA5350
        return $"|1|{Convert.ToBase64String(salt)}|{Convert.ToBase64String(hash)}";
    }

    // As on a host where no process can be made any more.
    private async Task CutShortAsync(int after)
    {
        var calls = Folder.CreateSubdirectory("calls").FullName;
        var bin = BeforeEachAwk($": >{calls}/$$\n[ $(ls {calls} | wc -l) -le {after} ] || exit 2");
        Server.Dispose();
        Server = new SshServer(Folder.CreateSubdirectory("machine").FullName, bin: bin.FullName);
        await Server.UntilReadyAsync();
    }

    // The looks at a host's processes are made of awk: a folder for the PATH, in which each begins with this.
    private DirectoryInfo BeforeEachAwk(string commands)
    {
        var bin = Folder.CreateSubdirectory("bin");
        Folder.UnixFileMode = bin.UnixFileMode = (UnixFileMode)Convert.ToInt32("755", 8);
        File.WriteAllText(bin.FullName + "/awk", $"#!/bin/sh\n{commands}\nexec /usr/bin/awk \"$@\"\n");
        File.SetUnixFileMode(bin.FullName + "/awk", bin.UnixFileMode);
        return bin;
    }
}
