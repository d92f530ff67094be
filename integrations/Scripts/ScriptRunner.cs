using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Scripts;

/// <summary>
/// Runs a script as the leader of a process group of its own. The body waits for "go" until its pid is on the log; a watcher
/// in the group ends all of it when our end of the pipe closes, so that a killed bot leaves nothing running.
/// </summary>
public sealed partial class ScriptRunner(TimeProvider time, ILogger<ScriptRunner> logger) : IScriptRunner
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestGlance = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(1);

    // No process and no group has it: those of the kernel have 0.
    private const int Nobodys = -1;

    // Behind it a shell says which signal has ended it, or its last command.
    private const int LastOwnCode = 128;

    // For what a script does when it is asked to end, as the command of an ssh step.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    // The watcher holds the pipe's other end; the body gets no stdin. It outlives the body, so that what the body left in the
    // background ends with us whenever we die; else the whole group is ended once the body has.
    private const string Wrapper = """
        read -r go || exit 125
        [ "$go" = go ] || exit 125
        exec 3<&0 </dev/null
        ( while read -r line <&3; do :; done; kill -9 -$$ ) >/dev/null 2>&1 &
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
        // Pids are used again: only the process that started at that tick is the one that was journaled.
        var isOurs = ProcFile.StartTicks(process.Pid) is not { } ticks || ticks == process.StartTicks;
        var family = Family(left.Run, left.Step, isOurs ? process.Pid : Nobodys, process.StartTicks);
        if (isOurs)
        {
            while (!await EndGroupAsync(process.Pid, LongestEnd))
                cancel.ThrowIfCancellationRequested();
        }

        if (Living(family, process.Pid) is { Count: > 0 } living)
            left.Tell(LiveOn(living));
        var folder = ScriptFolder.Of(process);
        await CollectAsync(left.Artifacts, folder);
        if (folder?.Remove() is { } what)
            Log.NotRemoved(logger, what);
        return true;
    }

    private static ProcessStartInfo Start(ScriptCall call, ScriptFolder folder)
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
            var ended = await EndGroupAsync(group, LongestEnd);
            family.UnionWith(Family(call.Run, call.Step, group, begun));
            TellOfEnd(call, group, ended, family, cancel.IsCancellationRequested);
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

    private static HashSet<ProcEntry> Family(string run, string step, int group, long begun) =>
        ProcFile.Family(group, begun, $"{ScriptGuide.RunVariable}={run}", $"{ScriptGuide.StepVariable}={step}");

    private static List<ProcEntry> Living(HashSet<ProcEntry> family, int group) =>
        [.. ProcFile.All().Where(one => one.Pid != group && family.Contains(one))];

    private static string LiveOn(List<ProcEntry> living) =>
        $"these live on: {string.Join("; ", living.Select(one => $"{one.Pid} {one.Name}"))}";

    private static void TellOfEnd(ScriptCall call, int group, bool ended, HashSet<ProcEntry> family, bool stopped)
    {
        // Whoever left the group for a session of its own was meant to live on, as a daemon; the run says that it does.
        // The leader itself may not have come as far as its own group; without our word it ends.
        var left = Living(family, group);
        var told = left.Count > 0 ? LiveOn(left) : "nothing that could be found is left of it";
        if (!ended)
            call.Output.Tell($"processes of group {group} do not end although they were killed");
        else if (stopped)
            call.Output.Tell($"process group {group} was ended; {told}");
        else if (left.Count > 0)
            call.Output.Tell(told);
    }

    /// <returns>False if somebody of the group still lives after this long.</returns>
    private async Task<bool> EndGroupAsync(int group, TimeSpan longest)
    {
        var begun = time.GetTimestamp();
        var glance = Glance;
        ProcessGroup.Ask(group);
        while (ProcFile.GroupLives(group))
        {
            if (time.GetElapsedTime(begun) > longest)
                return false;
            if (time.GetElapsedTime(begun) >= Grace)
                ProcessGroup.End(group);
            await Task.Delay(glance, time);
            glance = glance < LongestGlance ? glance * 2 : LongestGlance;
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(770, LogLevel.Warning, "What a script of an earlier process left behind is still there: {What}")]
        public static partial void NotRemoved(ILogger logger, string what);
    }
}
