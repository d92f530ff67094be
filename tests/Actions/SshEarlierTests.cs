using System.Diagnostics;
using System.Text.Json;
using Integrations.Scripts;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Sessions of attempts on a real sshd that are on the log: what is left of them ends before anything is decided or begun.</summary>
public sealed class SshEarlierTests : SshTests
{
    // Nobody in it bears a name: a shell has them in its environment only for those that it starts.
    private const string Alone = "while :; do read -r -t 0.2 line || :; done <> <(:)";

    // Others have sessions of their own at the same time.
    private const string Run = "run-sessions";

    [Fact]
    public async Task A_session_is_told_before_its_command_begins_and_nothing_begins_for_whoever_lost_the_run()
    {
        StepProcess? told = null;
        var result = await Called.RunAsync(
            Action,
            With("echo begun"),
            output: Shown.Enqueue,
            began: session =>
            {
                told = session;
                return Task.FromResult(false);
            }
        );

        var failed = result.ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.NotSent);
        failed.Because.ShouldBe("another process carries the run on");
        Shown.ShouldBeEmpty();
        told.ShouldNotBeNull().StartTicks.ShouldBePositive();
    }

    [Fact]
    public async Task An_earlier_attempt_that_still_runs_is_found_by_its_session_whatever_is_in_its_environment()
    {
        var (first, session) = await BeginAsync(Alone);
        ProcFile.StartTicks(session.Pid).ShouldBe(session.StartTicks);

        (
            await Called.RunAsync(Action, With("echo again"), output: Shown.Enqueue, run: Run, attempt: 2, earlier: [session])
        ).ShouldBeOfType<ActionResult.Succeeded>();

        ProcFile.GroupsOf(session.Pid).ShouldBeEmpty();
        Shown.ShouldBe([$"process group {session.Pid} of an earlier attempt still ran on 127.0.0.1: it was ended", "again"]);
        (await first).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);
    }

    [Fact]
    public async Task A_session_whose_number_is_somebody_elses_by_now_is_left_alone()
    {
        using var other = Process.Start("setsid", ["sleep", "1000"]);
        await Until.Holds(() => Task.FromResult(ProcFile.GroupsOf(other.Id).Count == 1), "a session of somebody else");
        var before = new StepProcess(Where, other.Id, ProcFile.StartTicks(other.Id)!.Value - 1);

        (
            await Called.RunAsync(Action, With("true"), output: Shown.Enqueue, run: Run, attempt: 2, earlier: [before])
        ).ShouldBeOfType<ActionResult.Succeeded>();

        other.HasExited.ShouldBeFalse();
        other.Kill();
        Shown.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_dead_process_left_has_ended_when_its_step_is_decided()
    {
        var (first, session) = await BeginAsync(Alone);

        (await LeftAsync(session)).Told.ShouldBeNull();

        ProcFile.GroupsOf(session.Pid).ShouldBeEmpty();
        (await first).ShouldBeOfType<ActionResult.Failed>();
        (await LeftAsync(session)).Told.ShouldBeNull();
    }

    [Fact]
    public async Task Of_a_host_that_is_not_there_nobody_knows_what_runs()
    {
        var port = Loopback.FreePort();
        var left = await LeftAsync(new StepProcess($"{Server.User}@127.0.0.1:{port}", 4711, 1), port);

        left.Running.ShouldNotBeNull().ShouldStartWith("whether session 4711 on 127.0.0.1 has ended is not known: ");
    }

    [Fact]
    public async Task Of_a_host_that_the_step_names_no_more_nobody_knows_either()
    {
        var left = await LeftAsync(new StepProcess("root@db-1:22", 4711, 1));

        left.Running.ShouldBe($"whether session 4711 on root@db-1:22 has ended is not known: the step names {Where} by now");
    }

    private string Where => $"{Server.User}@127.0.0.1:{Server.Port}";

    private async Task<(Task<ActionResult> Running, StepProcess Session)> BeginAsync(string command)
    {
        var session = new TaskCompletionSource<StepProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Called.RunAsync(Action, With(command, "bash"), run: Run, began: one => Task.FromResult(session.TrySetResult(one)));
        var begun = await session.Task.WaitAsync(Called.Patience, TimeProvider.System);
        begun.Host.ShouldBe(Where);
        return (running, begun);
    }

    private async Task<CallLeft> LeftAsync(StepProcess session, int? port = null)
    {
        var with = JsonSerializer.SerializeToElement(With("true", port: port), ActionJson.Options);
        var call = new ActionCall(Run, "step", "run-1/step", null, with, StepEffect.Once, null, 1, Shown.Enqueue) { Earlier = [session] };
        using var limit = new CancellationTokenSource(Called.Patience, TimeProvider.System);
        await Action.EndLeftAsync(call, limit.Token);
        return call.Left;
    }

    private Dictionary<string, object?> With(string command, string shell = "sh", int? port = null) =>
        new()
        {
            ["host"] = "127.0.0.1",
            ["port"] = port ?? Server.Port,
            ["user"] = Server.User,
            ["key"] = Server.ClientKey,
            ["host-keys"] = new[] { Server.HostKey },
            ["command"] = command,
            ["shell"] = shell,
        };
}
