using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Scripts;

/// <summary>
/// Runs a script as the leader of a session of its own. The body waits for "go" until its pid is on the log; a watcher
/// in the session ends all of it when our end of the pipe closes, so that a killed bot leaves nothing running.
/// </summary>
public sealed partial class ScriptRunner(TimeProvider time, ILogger<ScriptRunner> logger) : IScriptRunner
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestGlance = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(1);

    // No process and no session has it: those of the kernel have 0.
    private const int Nobodys = -1;

    // Behind it a shell says which signal has ended it, or its last command.
    private const int LastOwnCode = 128;

    // For what a script does when it is asked to end, as the command of an ssh step.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    // The watcher holds the pipe's other end; the body gets no stdin. It outlives the body, so that what the body left in the
    // background ends with us whenever we die; else the whole session is ended once the body has. It asks first, for two seconds: what `sudo`
    // runs only `sudo` may end, and killed itself it could not pass it on. Whoever came after that, as what a `trap` runs, is asked when the time is over,
    // and then made to as well. It holds the reading end of both streams, too (/proc/pid/fd): else SIGPIPE would end, before its `trap`, whoever
    // writes when we have died, as bash does when its command was ended. The fields behind a process's name are proc_pid_stat(5)'s from the
    // third on.
    private const string Wrapper = """
        read -r go || exit 125
        [ "$go" = go ] || exit 125
        exec 3<&0 </dev/null
        (
          command exec 7</proc/$$/fd/1 8</proc/$$/fd/2
          while read -r line <&3; do :; done
          now() {
            if read -r up idle </proc/uptime; then at=$((10#${up/.})); else at=$((at + 5)); fi
          }
          asked=' ' stage=asks empty=0
          while now; [ $stage-$((at - begun < 700)) != ended-0 ]; do
            [ $stage-$((at - begun < 200)) != waits-0 ] || stage=asks-again
            others=
            for file in /proc/[0-9]*/stat; do
              stat= pid=${file//[^0-9]/}
              read -r -d '' stat <"$file"
              set -- ${stat##*) }
              [ "$4" = $$ ] && [ "$1" != Z ] && [ "$pid" != $BASHPID ] || continue
              others=1
              signal=9
              case $stage in
                waits) continue ;;
                asks*) case $asked in *" $pid "*) ;; *) signal=15 ;; esac ;;
              esac
              asked="$asked$pid "
              kill -$signal "$pid"
            done
            # Who began while they were looked through is seen by the next look.
            [ "$others" ] && empty=0 || { [ $((empty += 1)) = 1 ] && continue || break; }
            case $stage in
              asks) now; begun=$at stage=waits ;;
              asks-again) stage=ends ;;
              ends) stage=ended ;;
            esac
            sleep 0.05
          done
        ) >/dev/null 2>&1 &
        disown
        exec 3<&-
        "$@"
        """;

    public async Task<ActionResult> RunAsync(ScriptCall call, Func<StepProcess, Task<bool>> started, CancellationToken cancel)
    {
        var program = Interpreter(call.Shell)[0];
        if (!IsThere(program, call))
            return new ActionResult.Failed(
                FailureClass.NotSent,
                $"there is no '{program}' on the PATH, which 'shell: {call.Shell}' needs: install it, or use another shell"
            );
        var folder = ScriptFolder.Create();
        try
        {
            await folder.WriteAsync(call.Body, cancel);
            using var process = new Process { StartInfo = Start(call, folder) };
            try
            {
                process.Start();
            }
            catch (System.ComponentModel.Win32Exception fault)
            {
                return new ActionResult.Failed(FailureClass.NotSent, $"the script could not be started: {fault.Message}");
            }

            return await WatchAsync(process, call, folder, started, cancel);
        }
        finally
        {
            // What the script has done stands, whether or not we can tidy up after it.
            if (folder.Remove() is { } left)
                call.Output.Tell(left);
        }
    }

    public async Task<bool> EndLeftoverAsync(ScriptLeftover left, CancellationToken cancel)
    {
        var process = left.Process;
        if (process.Host != Environment.MachineName)
            return false;
        // Pids are used again: only the process that started at that tick is the one that was journaled. Once it is gone, its session is the
        // one of that number in which somebody bears the step's names, or has an environment that is not ours to read: whom `sudo` started.
        var ticks = ProcFile.StartTicks(process.Pid);
        var names = Names(left.Run, left.Step);
        var ours =
            ticks == process.StartTicks
            || (ticks is null && ProcFile.Of(process.Pid, process.StartTicks).Any(one => ProcFile.Bears(one.Pid, names) is not false));
        var family = ProcFile.Family(ours ? process.Pid : Nobodys, process.StartTicks, names);
        var stubborn = ours ? await EndSessionAsync(process.Pid) : [];
        if (Left(stubborn, Living(family, process.Pid)) is { Length: > 0 } living)
            left.LivesOn(living, stubborn.Count > 0);
        var folder = ScriptFolder.Of(process);
        await CollectAsync(left.Artifacts, folder);
        if (folder?.Remove() is { } what)
            Log.NotRemoved(logger, what);
        return true;
    }

    internal static ProcessStartInfo Start(ScriptCall call, ScriptFolder folder)
    {
        var start = new ProcessStartInfo("setsid")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = call.Cwd ?? folder.Location,
        };
        // .NET and systemd ignore SIGPIPE, and a script would inherit that: `while :; do echo y; done | head -1` would never end.
        foreach (
            var argument in (string[])
                ["env", "--default-signal=PIPE", "bash", "-c", Wrapper, "incident", .. Interpreter(call.Shell), folder.Body]
        )
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var name in (string[])["PATH", "HOME", "LANG"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                start.Environment[name] = value;
        }

        foreach (var (name, value) in call.Env)
            start.Environment[name] = value;
        start.Environment[ScriptGuide.OutputVariable] = folder.Outputs;
        start.Environment[ScriptGuide.RunVariable] = call.Run;
        start.Environment[ScriptGuide.StepVariable] = call.Step;
        if (call.IdempotencyKey is { } key)
            start.Environment[ScriptGuide.KeyVariable] = key;
        return start;
    }

    private static string[] Interpreter(string shell) =>
        shell switch
        {
            "bash" => ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
            "sh" => ["sh", "-e"],
            "python" => ["python3", "-u"],
            _ => ["pwsh", "-NoProfile", "-NonInteractive", "-File"],
        };

    // As the shell that starts it looks for it. Without a PATH that has one of its own.
    private static bool IsThere(string program, ScriptCall call)
    {
        var path = call.Env.TryGetValue("PATH", out var own) ? own : Environment.GetEnvironmentVariable("PATH");
        return path is null || path.Split(':').Any(folder => File.Exists(Path.Combine(call.Cwd ?? "", folder, program)));
    }

    private async Task<ActionResult> WatchAsync(
        Process process,
        ScriptCall call,
        ScriptFolder folder,
        Func<StepProcess, Task<bool>> started,
        CancellationToken cancel
    )
    {
        var group = process.Id;
        var begun = ProcFile.StartTicks(group) ?? 0;
        var went = false;
        using var drained = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var reading = Task.WhenAll(
            ScriptOutput.ReadAsync(process.StandardOutput.BaseStream, call.Output, StepOutput.Out, drained.Token),
            ScriptOutput.ReadAsync(process.StandardError.BaseStream, call.Output, StepOutput.Error, drained.Token)
        );
        try
        {
            var leader = new StepProcess(Environment.MachineName, group, begun);
            folder.BelongsTo(leader);
            if (!await started(leader))
                return new ActionResult.Failed(FailureClass.NotSent, "another process carries the run on");
            // Whoever was frozen between the two may find the step decided by somebody else.
            if (time.GetUtcNow() >= call.Deadline)
                return new ActionResult.Failed(FailureClass.NotSent, TooLateException.Sentence);
            went = true;
            await process.StandardInput.WriteLineAsync("go".AsMemory(), cancel);
            await process.StandardInput.FlushAsync(cancel);
            await process.WaitForExitAsync(cancel);
        }
        catch (IOException fault)
        {
            return new ActionResult.Failed(FailureClass.NotSent, $"the script ended before it began: {fault.Message}");
        }
        finally
        {
            // Whatever the body left in the background ends with the step, and at the time limit the body itself. Some are known only by
            // those who end now.
            var family = Family(call.Run, call.Step, group, begun);
            var stubborn = await EndSessionAsync(group);
            family.UnionWith(Family(call.Run, call.Step, group, begun));
            TellOfEnd(call, group, stubborn, Living(family, group), cancel.IsCancellationRequested);
            // A daemon that the body started has our pipe in its hands, too, and may keep it open for years.
            drained.CancelAfter(Drain);
            await reading;
            call.Output.End(cut: cancel.IsCancellationRequested || process is not { HasExited: true, ExitCode: <= LastOwnCode });
            if (went)
                await CollectAsync(call.Artifacts, folder);
        }

        var result = new ScriptResult(
            process.ExitCode,
            call.Output.Text(StepOutput.Out),
            call.Output.Text(StepOutput.Error),
            await folder.ReadOutputsAsync(call.Output, cancel)
        );
        return call.Ended(result.ExitCode, JsonSerializer.SerializeToElement(result, ActionJson.Options));
    }

    private Task CollectAsync(StepArtifacts? artifacts, ScriptFolder? folder) =>
        artifacts?.CollectAsync(cancel => LeftFiles.BringAsync(artifacts, folder, cancel), time) ?? Task.CompletedTask;

    private static HashSet<ProcEntry> Family(string run, string step, int session, long begun) =>
        ProcFile.Family(session, begun, Names(run, step));

    private static string[] Names(string run, string step) => [$"{ScriptGuide.RunVariable}={run}", $"{ScriptGuide.StepVariable}={step}"];

    // Whoever left for a session of its own was meant to live on, as a daemon.
    private static List<ProcEntry> Living(HashSet<ProcEntry> family, int session) =>
        [.. ProcFile.All().Where(one => one.Session != session && one.Pid != session && family.Contains(one))];

    private static string Left(List<ProcEntry> stubborn, List<ProcEntry> living) =>
        string.Join(
            "; ",
            (
                (string?[])
                    [
                        stubborn.Count > 0 ? $"these could not be ended: {Names(stubborn)}" : null,
                        living.Count > 0 ? $"these live on: {Names(living)}" : null,
                    ]
            ).OfType<string>()
        );

    private static string Names(List<ProcEntry> processes) => string.Join("; ", processes.Select(one => $"{one.Pid} {one.Name}"));

    private static void TellOfEnd(ScriptCall call, int group, List<ProcEntry> stubborn, List<ProcEntry> living, bool stopped)
    {
        var told = Left(stubborn, living);
        if (stubborn.Count > 0)
            call.Left.Runs(told);
        else if (told.Length > 0)
            call.Left.Note(told);
        if (stopped && stubborn.Count == 0)
            call.Output.Tell($"process group {group} was ended; {(told.Length > 0 ? told : "nothing that could be found is left of it")}");
        else if (told.Length > 0)
            call.Output.Tell(told);
    }

    /// <summary>
    /// Asks every process group of the session to end, and makes those end that do not. One that a <c>trap</c> began has the time that is
    /// left, and is asked then.
    /// </summary>
    /// <returns>Who of it still lives after the longest time that this may take.</returns>
    private async Task<List<ProcEntry>> EndSessionAsync(int session)
    {
        var begun = time.GetTimestamp();
        var glance = Glance;
        var asked = new HashSet<int>();
        for (var first = true; Groups() is { Count: > 0 } groups; first = false)
        {
            var passed = time.GetElapsedTime(begun);
            if (passed > LongestEnd)
                return [.. ProcFile.All().Where(one => one.Session == session)];
            foreach (var group in groups)
            {
                if (!first && passed < Grace)
                    continue;
                if (asked.Add(group))
                    ProcessGroup.Ask(group);
                else
                    ProcessGroup.End(group);
            }

            await Task.Delay(glance, time);
            glance = glance < LongestGlance ? glance * 2 : LongestGlance;
        }

        return [];

        // Who began while they were looked through is seen by the next look.
        IReadOnlyCollection<int> Groups() => ProcFile.GroupsOf(session) is { Count: > 0 } seen ? seen : ProcFile.GroupsOf(session);
    }

    private static partial class Log
    {
        [LoggerMessage(770, LogLevel.Warning, "What a script of an earlier process left behind is still there: {What}")]
        public static partial void NotRemoved(ILogger logger, string what);
    }
}
