using System.Collections.Concurrent;
using System.Diagnostics;
using Bot.Storage;
using Integrations.Scripts;
using Microsoft.Extensions.Logging.Abstractions;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Support;

namespace Tests.Actions;

/// <summary>What a script's end says of what it did, and that nothing of it is left running.</summary>
public sealed class ScriptRunnerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<string> survivors = [];
    private readonly ScriptRunner runner = new(TimeProvider.System, NullLogger<ScriptRunner>.Instance);
    private readonly ConcurrentQueue<string> lines = new();
    private readonly string run = "run-" + new SystemIds(TimeProvider.System).NewId();

    [Theory]
    [InlineData(StepEffect.Once, FailureClass.Unknown)]
    [InlineData(StepEffect.Keyed, FailureClass.Unknown)]
    [InlineData(StepEffect.Idempotent, FailureClass.Refused)]
    [InlineData(StepEffect.Read, FailureClass.Refused)]
    public async Task An_exit_code_that_the_runbook_does_not_know_is_unknown_where_acting_twice_matters(
        StepEffect effect,
        FailureClass kind
    )
    {
        var failed = (await RunAsync("echo half done; exit 7", effect)).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(kind);
        failed.Because.ShouldBe("exit code 7");
        failed.Result!.Value.GetProperty("exit-code").GetInt32().ShouldBe(7);
        failed.Result.Value.GetProperty("stdout").GetString().ShouldBe("half done\n");
    }

    [Fact]
    public async Task A_failure_says_what_the_script_said_last_of_it() =>
        (await RunAsync("echo one >&2; echo two >&2; echo out; exit 7", StepEffect.Read))
            .ShouldBeOfType<ActionResult.Failed>()
            .Because.ShouldBe("exit code 7: two");

    [Fact]
    public async Task An_exit_code_of_fails_with_is_a_definite_no() =>
        (await RunAsync("exit 7", StepEffect.Once, failsWith: [7]))
            .ShouldBeOfType<ActionResult.Failed>()
            .Class.ShouldBe(FailureClass.Refused);

    [Fact]
    public async Task A_script_that_a_signal_ended_is_unknown() =>
        (await RunAsync("kill -9 $$", StepEffect.Once)).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);

    [Fact]
    public async Task A_script_that_kills_its_whole_group_is_unknown_too() =>
        (await RunAsync("kill -9 0", StepEffect.Once)).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);

    [Fact]
    public async Task A_script_whose_time_was_over_when_it_could_begin_does_not()
    {
        var failed = (
            await RunAsync("echo began", StepEffect.Once, deadline: TimeProvider.System.GetUtcNow())
        ).ShouldBeOfType<ActionResult.Failed>();

        failed.Class.ShouldBe(FailureClass.NotSent);
        lines.ShouldNotContain("out began");
    }

    [Theory]
    [InlineData("pwsh", "pwsh")]
    [InlineData("python", "python3")]
    public async Task A_script_whose_interpreter_is_not_there_has_not_begun(string shell, string program)
    {
        var began = false;
        var call = new ScriptCall(
            run,
            "step",
            1,
            shell,
            "exit 0",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/nowhere:/nowhere/else" },
            null,
            StepEffect.Once,
            [],
            new StepOutput(run, "step", 10_000, SecretMask.None, new LinesShown(lines), TimeProvider.System)
        );

        var result = await runner.RunAsync(call, _ => Task.FromResult(began = true), CancellationToken.None);

        var failed = result.ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldStartWith($"there is no '{program}' on the PATH");
        began.ShouldBeFalse();
    }

    [Fact]
    public async Task Outputs_are_read_from_their_file()
    {
        var done = (await RunAsync("""echo "leader=10.0.0.2" >> "$INCIDENT_OUTPUT"; echo said""", StepEffect.Once))
            .ShouldBeOfType<ActionResult.Succeeded>()
            .Result;

        done.GetProperty("outputs").GetProperty("leader").GetString().ShouldBe("10.0.0.2");
        lines.ShouldContain("out said");
    }

    [Fact]
    public async Task What_is_no_output_in_their_file_is_told()
    {
        await RunAsync("""printf 'list<<END\na=1\nEND\n' >> "$INCIDENT_OUTPUT" """, StepEffect.Once);

        lines.ShouldContain(line => line.Contains("line 1 of the file in $INCIDENT_OUTPUT is no name=value"));
        lines.ShouldContain(line => line.Contains("line 3 of the file"));
    }

    [Theory]
    [InlineData("""rm "$INCIDENT_OUTPUT"; mkfifo "$INCIDENT_OUTPUT" """, "is no regular file")]
    [InlineData("""ln -sf /dev/zero "$INCIDENT_OUTPUT" """, "is a link to /dev/zero")]
    [InlineData("""rm "$INCIDENT_OUTPUT"; mkdir "$INCIDENT_OUTPUT" """, "cannot be read")]
    [InlineData("""head -c 70000 /dev/zero > "$INCIDENT_OUTPUT" """, "is larger than 64 KB")]
    public async Task Whatever_stands_in_place_of_the_outputs_holds_nothing_up(string body, string told)
    {
        var done = (await RunAsync(body, StepEffect.Once).WaitAsync(Patience)).ShouldBeOfType<ActionResult.Succeeded>().Result;

        done.GetProperty("outputs").EnumerateObject().ShouldBeEmpty();
        lines.ShouldContain(line => line.StartsWith($"info the file in $INCIDENT_OUTPUT {told}"));
    }

    [Fact]
    public async Task What_the_script_did_stands_although_its_folder_cannot_be_removed()
    {
        // A name that is no UTF-8 is one that .NET cannot say.
        var done = (await RunAsync("""touch $'\xff'; echo a=1 > "$INCIDENT_OUTPUT"; pwd""", StepEffect.Once))
            .ShouldBeOfType<ActionResult.Succeeded>()
            .Result;

        var folder = done.GetProperty("stdout").GetString()!.TrimEnd();
        using var tidied = Process.Start("rm", ["-r", folder]);
        await tidied.WaitForExitAsync();
        tidied.ExitCode.ShouldBe(0);
        done.GetProperty("outputs").GetProperty("a").GetString().ShouldBe("1");
        lines.ShouldContain(line => line.StartsWith($"info {folder} could not be removed: "));
    }

    [Fact]
    public async Task A_script_may_remove_its_folder_by_itself() =>
        (await RunAsync("rm -r \"$PWD\"", StepEffect.Once)).ShouldBeOfType<ActionResult.Succeeded>();

    [Fact]
    public async Task Whoever_writes_to_a_pipe_that_nobody_reads_ends() =>
        (await RunAsync("set +o pipefail; while :; do echo y; done | head -1", StepEffect.Once))
            .ShouldBeOfType<ActionResult.Succeeded>()
            .Result.GetProperty("stderr")
            .GetString()
            .ShouldBe("");

    [Fact]
    public async Task The_key_of_a_keyed_step_is_in_its_environment() =>
        (await RunAsync("echo \"$INCIDENT_KEY\"", StepEffect.Keyed))
            .ShouldBeOfType<ActionResult.Succeeded>()
            .Result.GetProperty("stdout")
            .GetString()
            .ShouldBe("the-key\n");

    [Fact]
    public async Task At_the_time_limit_the_script_ends_with_all_its_children()
    {
        using var limit = new CancellationTokenSource();
        var running = RunAsync(
            "sleep 600 & (trap '' TERM INT HUP; sleep 601) & echo ready; sleep 602",
            StepEffect.Once,
            cancel: limit.Token
        );
        await Until.Holds(() => Task.FromResult(lines.Contains("out ready")), "the script's word");

        await limit.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        Leftovers.Of(run).ShouldBeEmpty();
        lines.ShouldContain(line =>
            line.StartsWith("info process group ") && line.EndsWith(" was ended; nothing that could be found is left of it")
        );
    }

    [Theory]
    [InlineData("timeout 280 sleep 309")]
    [InlineData("set -m; sleep 309 & wait")]
    [InlineData("timeout 280 bash -c 'trap \"\" TERM; while :; do sleep 1; done'")]
    public async Task Whoever_has_a_process_group_of_his_own_in_the_session_ends_with_the_script(string body)
    {
        using var limit = new CancellationTokenSource();
        StepProcess? leader = null;
        var running = RunAsync($"{body} & wait", StepEffect.Once, started: process => leader = process, cancel: limit.Token);
        await Until.Holds(() => Task.FromResult(leader is { } one && ProcFile.GroupsOf(one.Pid).Count > 1), "the second group");

        await limit.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        Leftovers.Of(run).ShouldBeEmpty();
        lines.ShouldContain(line => line.EndsWith(" was ended; nothing that could be found is left of it"));
    }

    [Fact]
    public async Task A_script_whose_bot_was_killed_ends_with_every_group_of_its_session()
    {
        // The bot's end of the watcher's pipe closes, as the kernel closes those of a killed process.
        var folder = ScriptFolder.Create();
        await folder.WriteAsync("set -m; timeout 280 sleep 309 & sleep 310 & wait", default);
        using var script = Process.Start(ScriptRunner.Start(Call("", StepEffect.Once), folder))!;
        await script.StandardInput.WriteLineAsync("go");
        await script.StandardInput.FlushAsync();
        await Until.Holds(() => Task.FromResult(ProcFile.GroupsOf(script.Id).Count > 2), "groups of their own");

        script.StandardInput.Close();

        await Until.Holds(() => Task.FromResult(Leftovers.Of(run).Count == 0), "the end of all of them");
        folder.Remove().ShouldBeNull();
    }

    [Fact]
    public async Task At_the_end_of_a_script_that_was_stopped_no_half_of_a_secret_is_left()
    {
        using var limit = new CancellationTokenSource();
        var call = Call("printf 'known planted-0d9f2c'; echo up >&2; sleep 600", StepEffect.Once, mask: new(["planted-0d9f2c7ab4"]));
        var running = runner.RunAsync(call, _ => Task.FromResult(true), limit.Token);
        await Until.Holds(() => Task.FromResult(lines.Contains("err up")), "the script's word");

        await limit.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        lines.ShouldContain("out known ***");
        string.Concat(lines).ShouldNotContain("planted");
    }

    [Fact]
    public async Task A_script_is_asked_to_end_before_it_is_made_to()
    {
        using var limit = new CancellationTokenSource();
        var running = RunAsync(
            "trap 'echo let the lock go; exit 1' TERM; echo ready; while :; do sleep 0.05; done",
            StepEffect.Once,
            cancel: limit.Token
        );
        await Until.Holds(() => Task.FromResult(lines.Contains("out ready")), "the script's word");

        await limit.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        lines.ShouldContain("out let the lock go");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_trap_starts_is_left_its_time_whoever_asks(bool killed)
    {
        var folder = ScriptFolder.Create();
        var tidied = Path.Combine(folder.Location, "tidied");
        var body = $"""
            trap 'echo tidies up; timeout 30 bash -c "sleep 1; echo tidied >{tidied}.new"; mv {tidied}.new {tidied}; exit 9' TERM
            echo ready
            while :; do sleep 0.05; done
            """;
        if (killed)
        {
            await folder.WriteAsync(body, default);
            using var script = Process.Start(ScriptRunner.Start(Call("", StepEffect.Once), folder))!;
            await script.StandardInput.WriteLineAsync("go");
            await script.StandardInput.FlushAsync();
            (await script.StandardOutput.ReadLineAsync()).ShouldBe("ready");
            // As the end of the bot closes them; bash itself writes that its command was terminated.
            script.StandardOutput.Close();
            script.StandardError.Close();
            script.StandardInput.Close();
            await Until.Holds(() => Task.FromResult(Leftovers.Of(run).Count == 0), "the end of all of them");
        }
        else
        {
            using var limit = new CancellationTokenSource();
            var running = RunAsync(body, StepEffect.Once, cancel: limit.Token);
            await Until.Holds(() => Task.FromResult(lines.Contains("out ready")), "the script's word");
            await limit.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(running);
        }

        (await File.ReadAllTextAsync(tidied)).ShouldBe("tidied\n");
        folder.Remove().ShouldBeNull();
    }

    [Fact]
    public async Task Daemons_that_left_the_group_and_its_environment_are_known_by_their_parents()
    {
        using var limit = new CancellationTokenSource();
        var running = RunAsync(
            """
            env -i setsid sh -c 'echo $$; exec sleep 601' &
            env -i setsid sh -c 'sleep 602 & echo $!; sleep 603' &
            sleep 600
            """,
            StepEffect.Once,
            cancel: limit.Token
        );
        await Until.Holds(() => Task.FromResult(lines.Count == 2), "both");
        var daemons = lines.Select(line => line.Split(' ')[1]).ToList();

        await limit.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        var told = lines.Single(line => line.StartsWith("info process group "));
        var named = told.Split("these live on: ")[^1].Split("; ").Select(one => one.Split(' ')[0]).ToList();
        foreach (var one in named)
        {
            using var process = Process.GetProcessById(int.Parse(one, System.Globalization.CultureInfo.InvariantCulture));
            process.Kill();
        }

        daemons.ShouldBeSubsetOf(named);
        // The shell that waits for them, and its last one.
        named.Count.ShouldBeInRange(3, 4);
    }

    [Fact]
    public async Task What_it_left_in_the_background_ends_with_the_step()
    {
        (await RunAsync("sleep 600 & disown; echo done", StepEffect.Once)).ShouldBeOfType<ActionResult.Succeeded>();

        Leftovers.Of(run).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_daemon_that_it_started_on_purpose_lives_on_and_does_not_hold_the_step_up()
    {
        // A session of its own, and our pipe still in its hands: what "service start" leaves behind. Until it says that it is up
        // it belongs to the script's group, and would end with it.
        const string Body = """
            setsid sh -c 'echo up=yes >> "$INCIDENT_OUTPUT"; exec sleep 600' &
            until [ -s "$INCIDENT_OUTPUT" ]; do sleep 0.01; done
            echo started
            """;
        var done = await RunAsync(Body, StepEffect.Once).WaitAsync(Patience);

        done.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString().ShouldBe("started\n");
        var daemon = Leftovers.Of(run).ShouldHaveSingleItem();
        lines.ShouldContain($"info these live on: {daemon} sleep");
        using var process = Process.GetProcessById(daemon);
        process.Kill();
    }

    [Fact]
    public async Task Output_beyond_the_limit_is_cut_in_the_middle_and_said()
    {
        var result = await RunAsync("seq 1 200000; echo the end", StepEffect.Once, logLimit: 10_000);

        result.ShouldBeOfType<ActionResult.Succeeded>().Result.GetProperty("stdout").GetString()!.Length.ShouldBeLessThan(66_000);
        lines.First().ShouldBe("out 1");
        lines.Last().ShouldBe("out the end");
        lines.ShouldContain(line => line.StartsWith("info … ") && line.Contains("log-limit is 10 KB"));
        lines.Sum(line => line.Length).ShouldBeLessThan(30_000);
    }

    [Fact]
    public async Task A_script_whose_process_could_not_be_journaled_does_not_begin()
    {
        var result = await RunAsync("echo began", StepEffect.Once, journaled: false);

        result.ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.NotSent);
        lines.ShouldBeEmpty();
        Leftovers.Of(run).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_leftover_group_is_ended_before_anything_is_decided()
    {
        using var leftover = StartGroup();

        (await runner.EndLeftoverAsync(Left(Journaled(leftover)), default)).ShouldBeTrue();

        Leftovers.Of(run).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_folder_of_a_leftover_is_removed_and_no_other()
    {
        using var leftover = StartGroup();
        var journaled = Journaled(leftover);
        var (own, other) = (ScriptFolder.Create(), ScriptFolder.Create());
        await own.WriteAsync("echo body", default);
        own.BelongsTo(journaled);
        other.BelongsTo(journaled with { StartTicks = journaled.StartTicks - 1 });

        await runner.EndLeftoverAsync(Left(journaled), default);

        Directory.Exists(own.Location).ShouldBeFalse();
        Directory.Exists(other.Location).ShouldBeTrue();
        other.Remove().ShouldBeNull();
    }

    [Fact]
    public async Task A_running_script_says_whose_its_folder_is()
    {
        StepProcess? journaled = null;
        string? folder = null;

        await RunAsync(
            "true",
            StepEffect.Once,
            started: process =>
            {
                journaled = process;
                folder = ScriptFolder.Of(process)?.Location;
            }
        );

        folder.ShouldNotBeNull();
        ScriptFolder.Of(journaled!).ShouldBeNull();
    }

    [Fact]
    public async Task A_leftover_whose_leader_is_gone_is_ended_too()
    {
        using var leftover = StartGroup();
        var journaled = Journaled(leftover);
        leftover.Kill();
        await leftover.WaitForExitAsync();
        Leftovers.Of(run).ShouldNotBeEmpty();

        (await runner.EndLeftoverAsync(Left(journaled), default)).ShouldBeTrue();

        Leftovers.Of(run).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_left_the_group_of_a_leftover_lives_on_and_is_named()
    {
        using var leftover = StartGroup("setsid sleep 601 & sleep 602 & sleep 603; :");
        var daemon = 0;
        await Until.Holds(
            () =>
            {
                daemon =
                    ProcFile.All().FirstOrDefault(one => one.Session == one.Pid && one.Parent == leftover.Id && one.Name is "sleep")?.Pid
                    ?? 0;
                return Task.FromResult(daemon > 0);
            },
            "the session of its own"
        );
        var journaled = Journaled(leftover);
        // Whoever took the run over finds no parent that tells whose it was.
        leftover.Kill();
        await leftover.WaitForExitAsync();

        await runner.EndLeftoverAsync(Left(journaled), default);

        survivors.ShouldBe([$"these live on: {daemon} sleep"]);
        Leftovers.Of(run).ShouldBe([daemon]);
        using var process = Process.GetProcessById(daemon);
        process.Kill();
    }

    [Fact]
    public async Task Of_a_leftover_every_group_of_its_session_has_ended_before_anything_is_decided()
    {
        using var leftover = StartGroup("timeout 280 sleep 309 & set -m; sleep 310 & wait");
        var journaled = Journaled(leftover);
        await Until.Holds(() => Task.FromResult(ProcFile.GroupsOf(leftover.Id).Count == 3), "groups of their own");
        leftover.Kill();
        await leftover.WaitForExitAsync();

        (await runner.EndLeftoverAsync(Left(journaled), default)).ShouldBeTrue();

        Leftovers.Of(run).ShouldBeEmpty();
        survivors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_in_which_nobody_bears_the_names_of_the_step_is_somebody_elses()
    {
        // As a daemon's, whose leader has ended, and whose number was once that of a script.
        using var other = StartGroup();
        var journaled = Journaled(other);
        other.Kill();
        await other.WaitForExitAsync();

        (await runner.EndLeftoverAsync(Left(journaled) with { Step = "another" }, default)).ShouldBeTrue();

        Leftovers.Of(run).ShouldNotBeEmpty();
        await runner.EndLeftoverAsync(Left(journaled), default);
    }

    [Fact]
    public async Task A_failure_says_who_lives_on()
    {
        const string Body = """
            setsid sh -c 'echo up=yes >> "$INCIDENT_OUTPUT"; exec sleep 600' &
            until [ -s "$INCIDENT_OUTPUT" ]; do sleep 0.01; done
            exit 7
            """;
        var call = Call(Body, StepEffect.Once);

        var failed = call.Left.On(await runner.RunAsync(call, _ => Task.FromResult(true), default)).ShouldBeOfType<ActionResult.Failed>();

        var daemon = Leftovers.Of(run).ShouldHaveSingleItem();
        using var process = Process.GetProcessById(daemon);
        process.Kill();
        failed.Because.ShouldBe($"exit code 7; these live on: {daemon} sleep");
    }

    [Fact]
    public async Task A_process_that_was_given_the_same_id_later_is_left_alone()
    {
        using var other = StartGroup();
        var journaled = Journaled(other);

        (await runner.EndLeftoverAsync(Left(journaled with { StartTicks = journaled.StartTicks - 1 }), default)).ShouldBeTrue();

        Leftovers.Of(run).ShouldNotBeEmpty();
        await runner.EndLeftoverAsync(Left(journaled), default);
    }

    [Fact]
    public async Task Of_a_process_on_another_machine_nothing_is_known() =>
        (await runner.EndLeftoverAsync(Left(new StepProcess("another-machine", 1, 1)), default)).ShouldBeFalse();

    private async Task<ActionResult> RunAsync(
        string body,
        StepEffect effect,
        int[]? failsWith = null,
        int logLimit = 10_000_000,
        bool journaled = true,
        DateTimeOffset? deadline = null,
        Action<StepProcess>? started = null,
        CancellationToken cancel = default
    ) =>
        await runner.RunAsync(
            Call(body, effect, failsWith, logLimit) with
            {
                Deadline = deadline ?? DateTimeOffset.MaxValue,
            },
            process =>
            {
                started?.Invoke(process);
                return Task.FromResult(journaled);
            },
            cancel
        );

    private ScriptCall Call(string body, StepEffect effect, int[]? failsWith = null, int logLimit = 10_000_000, SecretMask? mask = null) =>
        new(
            run,
            "step",
            1,
            "bash",
            body,
            new Dictionary<string, string>(StringComparer.Ordinal),
            null,
            effect,
            failsWith ?? [],
            new StepOutput(run, "step", logLimit, mask ?? SecretMask.None, new LinesShown(lines), TimeProvider.System),
            effect is StepEffect.Keyed ? "the-key" : null
        );

    private ScriptLeftover Left(StepProcess process) => new(run, "step", process, null, (who, _) => survivors.Add(who));

    // A script as a killed bot leaves it, were its watcher killed, too.
    private Process StartGroup(string body = "sleep 600 & sleep 600; :")
    {
        var start = new ProcessStartInfo("setsid", ["bash", "-c", body]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["INCIDENT_RUN"] = run;
        start.Environment["INCIDENT_STEP"] = "step";
        var process = Process.Start(start)!;
        Until.Holds(() => Task.FromResult(Leftovers.Of(run).Count >= 3), "the group").GetAwaiter().GetResult();
        return process;
    }

    private static StepProcess Journaled(Process process) =>
        new(Environment.MachineName, process.Id, ProcFile.StartTicks(process.Id)!.Value);
}
