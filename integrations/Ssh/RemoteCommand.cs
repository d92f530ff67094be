using System.Globalization;
using System.Text.Json;
using Renci.SshNet;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Ssh;

/// <summary>One command on a connection that stands: started, followed, and ended with everything that it started.</summary>
internal sealed class RemoteCommand(SshRunArguments arguments, string where, ActionCall call, Outward outward)
{
    // For output of a command that has ended: when nothing came for so long, nothing more does.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    // To end it, on a host that may not answer any more.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(12);
    private const string Hidden = "the host hides the processes of other accounts (hidepid): one that runs by sudo may live on unseen";
    private const string Setsid = "setsid: ";
    private readonly RemoteScript script = new(arguments, call);
    private readonly RemoteLines output = new(call.Output, call.Mask);
    private readonly RemoteLines errors = new(call.Errors, call.Mask);
    private long born;
    private readonly TaskCompletionSource<int> group = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> code = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> outputEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RemoteLeft? left;
    private bool isUntold;

    /// <summary>The body may have reached the other side.</summary>
    public bool Began { get; private set; }

    public async Task<ActionResult> RunAsync(SshSession session, CancellationToken cancel)
    {
        if (call.Attempt > 1)
        {
            var (earlier, untold) = await EndEarlierAsync(session, patient: false, cancel);
            if (earlier.Stays.Count > 0)
            {
                Leave(earlier);
                return new ActionResult.Failed(
                    FailureClass.Unknown,
                    $"an earlier attempt still runs on {arguments.Host}, and this one does not begin beside it"
                );
            }

            if (!earlier.IsNobody)
                Note(earlier, $"of an earlier attempt {earlier}");
            if (untold is not null)
                call.Output(untold);
        }

        using var started = await session.StartAsync(script.Command, cancel);
        var (command, executing) = (started.Command, started.Executing);
        var input = Input(command);
        var reading = Task.WhenAll(
            output.ReadAsync(command.OutputStream, OfOutput),
            errors.ReadAsync(command.ExtendedOutputStream, OfErrors)
        );
        if (await Task.WhenAny(group.Task, executing).WaitAsync(cancel) != group.Task || input is null)
            return new ActionResult.Failed(FailureClass.NotSent, $"the shell did not start: {await WhyAsync(executing, reading)}");
        if (!await call.Began(new StepProcess(where, await group.Task, born)))
            return new ActionResult.Failed(FailureClass.NotSent, "another process carries the run on");
        outward.InTime(call.Deadline);
        Began = true;
        try
        {
            await Task.Run(() => Send(input), CancellationToken.None).WaitAsync(cancel);
            await Task.WhenAny(code.Task, executing).WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            if (await EndAsync(session, await group.Task, always: true))
            {
                using var patience = new CancellationTokenSource(LongestEnd, outward.Time);
                await DrainAsync(reading, patience.Token);
            }

            // What it left behind was still to end: how it ended itself is known.
            if (exit.Task.IsCompleted)
                return Ended(await exit.Task);
            throw;
        }

        if (!await DrainAsync(reading, cancel))
        {
            var because = cancel.IsCancellationRequested ? "the step's time was over" : $"nothing came for {Silence.TotalSeconds} seconds";
            call.Output($"the end of its output is missing: {because} before all of it was here");
        }

        if (!exit.Task.IsCompleted)
            return await BrokenAsync(session, executing, command);
        started.IsOver = code.Task.IsCompleted;
        if (left is not null)
            Note(left, $"{left}");
        if (!started.IsOver)
            await NobodyKnowsAsync("the connection ended");
        else if (isUntold)
            await NobodyKnowsAsync("/proc does not tell what is left");
        return Ended(await exit.Task);
    }

    // What has come may wait to be shown, and more may be on its way. A daemon that the command started may hold its output open for years:
    // our own word at the end of either stream is its end.
    private async Task<bool> DrainAsync(Task reading, CancellationToken cancel)
    {
        var ended = Task.WhenAny(reading, Task.WhenAll(code.Task, outputEnd.Task));
        bool goesOn;
        do
        {
            var before = output.Taken + errors.Taken;
            await Task.WhenAny(ended, Task.Delay(Silence, outward.Time, cancel));
            goesOn = output.IsBehind || errors.IsBehind || output.Taken + errors.Taken > before;
        } while (!ended.IsCompleted && goesOn && !cancel.IsCancellationRequested);
        return ended.IsCompleted;
    }

    private string? OfOutput(string line)
    {
        // After the end nothing is the command's any more.
        if (outputEnd.Task.IsCompleted)
            return null;
        return Before(line, Word(line, script.Ends, outputEnd.TrySetResult));
    }

    private int ReadBorn(string line, int at)
    {
        // Of a host that does not tell it, it is 0.
        _ = long.TryParse(line.AsSpan(at + script.Born.Length), NumberStyles.None, CultureInfo.InvariantCulture, out born);
        return at;
    }

    /// <returns>What of a line of the errors is the command's own; null: nothing of it.</returns>
    private string? OfErrors(string line)
    {
        if (code.Task.IsCompleted)
            return null;
        if (!group.Task.IsCompleted)
            return line.IndexOf(script.Born, StringComparison.Ordinal) is >= 0 and var told
                ? Before(line, ReadBorn(line, told))
                : Before(line, Word(line, script.Begins, leader => leader > 1 && group.TrySetResult(leader)));
        if (Word(line, script.Done, exit.TrySetResult) is >= 0 and var done)
        {
            errors.LeaveToOthers();
            return Before(line, done);
        }

        if (Word(line, script.Ends, code.TrySetResult) is >= 0 and var end)
            return left is null ? Before(line, end) : null;
        if (line.IndexOf(script.Untold, StringComparison.Ordinal) is >= 0 and var untold)
        {
            isUntold = true;
            return left is null ? Before(line, untold) : null;
        }

        if (left is not null)
            return null;
        if (line.IndexOf(script.Left, StringComparison.Ordinal) is >= 0 and var at)
        {
            left = RemoteLeft.Read(line[(at + script.Left.Length)..]);
            return Before(line, at);
        }

        // It comes where the shell was killed, in the middle of whatever was written.
        var wonder = WonderOfSetsid(line);
        return Before(line, wonder > 0 ? call.Mask.Whole(line.AsSpan(0, wonder)) : wonder);
    }

    private static string? Before(string line, int end) =>
        end switch
        {
            < 0 => line,
            0 => null,
            _ => line[..end],
        };

    /// <returns>Where our own word begins, which has a number behind its mark; negative: it is not there.</returns>
    private static int Word(string line, string mark, Func<int, bool> take)
    {
        var at = line.IndexOf(mark, StringComparison.Ordinal);
        return
            at >= 0
            && int.TryParse(line.AsSpan(at + mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && take(number)
            ? at
            : -1;
    }

    // It wonders at how its child, the group's leader, ended: by a signal, ours or another's. In the words of the host's language.
    private int WonderOfSetsid(string line)
    {
        var at = line.LastIndexOf(Setsid, StringComparison.Ordinal);
        return at >= 0 && line.IndexOf($" {group.Task.Result} ", at, StringComparison.Ordinal) > 0 ? at : -1;
    }

    /// <returns>Null: what was to start has ended already.</returns>
    private static Stream? Input(SshCommand command)
    {
        try
        {
            return command.CreateInputStream();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Send(Stream input)
    {
        input.Write(script.Input);
        input.Flush();
    }

    private async Task NobodyKnowsAsync(string because)
    {
        var told = $"whether all of process group {await group.Task} on {arguments.Host} has ended is not known: {because}";
        call.Output(told);
        if (left is null)
            call.Left.Note(told);
    }

    private ActionResult Ended(int exit)
    {
        var result = JsonSerializer.SerializeToElement(new SshRunResult(exit, output.Text, errors.Text), ActionJson.Options);
        if (exit == 0)
            return new ActionResult.Succeeded(result);
        // As with a script: one that acts and fails in the middle has done who knows what, unless `fails-with` says what the code means.
        var definite = call.Effect is StepEffect.Read or StepEffect.Idempotent;
        return new ActionResult.Failed(definite ? FailureClass.Refused : FailureClass.Unknown, errors.ExitReason(exit), result);
    }

    // Without the mark at its end the shell itself was killed, or the way to it broke.
    private async Task<ActionResult> BrokenAsync(SshSession session, Task executing, SshCommand command)
    {
        var because =
            command.ExitSignal is { Length: > 0 } signal ? $"the command was ended by signal {signal}"
            : command.ExitStatus is not null ? "the command's shell was killed, by itself or from outside"
            : "the connection ended in the middle";
        if (executing.Exception?.InnerException is { } fault)
            because += $": {fault.Message.TrimEnd('.')}";
        // The host may not have noticed that we are gone; on another connection it is told.
        await EndAsync(session, await group.Task, always: command.ExitSignal is null && command.ExitStatus is null);
        return new ActionResult.Failed(FailureClass.Unknown, because);
    }

    private async Task<string> WhyAsync(Task executing, Task reading)
    {
        await executing;
        await reading;
        return errors.Text.Trim() is { Length: > 0 } said ? said : "the host said nothing";
    }

    // The connection of an attempt before this one may have broken, or its bot have died: its host need not have noticed. Who is left of it, and
    // why nobody knows whether that is all.
    private async Task<(RemoteLeft Left, string? Untold)> EndEarlierAsync(SshSession session, bool patient, CancellationToken cancel)
    {
        using var started = await session.StartAsync(RemoteScript.EndEarlier(call, where, patient), cancel);
        await started.Executing.WaitAsync(cancel);
        var found = RemoteLeft.Read(started.Command.Result);
        foreach (var one in found.Ended)
            call.Output(
                $"process group {one} of an earlier attempt still ran on {arguments.Host}: it was {(found.Stays.Count > 0 ? "told to end" : "ended")}"
            );
        var untold = started.Command.ExitStatus is 0
            ? null
            : $"whether an earlier attempt still runs on {arguments.Host} is not known: {Untold(started.Command)}";
        return (found, untold);
    }

    private void Note(RemoteLeft found, string told)
    {
        call.Output(told);
        Leave(found);
    }

    /// <summary>Ends what is left of an attempt whose process is gone, and says who lives on.</summary>
    public async Task EndLeftAsync(SshSession session, CancellationToken cancel)
    {
        var (left, untold) = await EndEarlierAsync(session, patient: true, cancel);
        if (!left.IsNobody)
            Note(left, $"{left}");
        if (untold is null)
            return;
        call.Output(untold);
        if (left.Stays.Count == 0)
            call.Left.Runs(untold);
    }

    private void Leave(RemoteLeft found)
    {
        if (found.Stays.Count > 0)
            call.Left.Runs($"{found}");
        else
            call.Left.Note($"{found}");
    }

    private static string Untold(SshCommand end) =>
        end.ExitStatus switch
        {
            RemoteScript.NobodyTells => "it was told to end, and /proc does not tell what is left",
            RemoteScript.OthersHidden => $"it was told to end, and {Hidden}",
            var code => $"the command that ends it ended with {code?.ToString(CultureInfo.InvariantCulture) ?? "no code"}",
        };

    /// <param name="always">Also told where it has ended and nobody is left.</param>
    /// <returns>Whether the host answered.</returns>
    private async Task<bool> EndAsync(SshSession session, int leader, bool always)
    {
        var told = $"whether process group {leader} on {arguments.Host} has ended is not known";
        var taken = false;
        try
        {
            using var patience = new CancellationTokenSource(LongestEnd, outward.Time);
            using var started = await session.StartAsync(RemoteScript.End(leader), patience.Token);
            taken = true;
            await started.Executing.WaitAsync(patience.Token);
            var end = started.Command;
            var found = RemoteLeft.Read(end.Result);
            if (!found.IsNobody)
                Leave(found);
            var hidden = end.ExitStatus is RemoteScript.OthersHidden;
            // Who is not seen may act on: people are to know that before anything is done again.
            if (end.ExitStatus is not 0 && found.Stays.Count == 0)
                call.Left.Runs($"{told}: {Untold(end)}{(found.IsNobody ? "" : $"; {found}")}");
            if (end.ExitStatus is not 0 && !(hidden && !found.IsNobody))
                call.Output($"{told}: {Untold(end)}");
            else if (!found.IsNobody)
                call.Output(
                    $"process group {leader} on {arguments.Host} {(found.Stays.Count > 0 ? "was told to end" : "was ended")}; {found}{(hidden ? $"; {Hidden}" : "")}"
                );
            else if (always)
                call.Output($"process group {leader} on {arguments.Host} was ended; nothing that could be found is left of it");
            return true;
        }
        catch (Exception fault) when (fault is OperationCanceledException || SshSession.IsOfTheWay(fault))
        {
            var because =
                fault is not OperationCanceledException ? fault.Message
                : taken ? $"the host took the command that ends it, which was not over within {LongestEnd.TotalSeconds} s"
                : $"the host took no command that ends it within {LongestEnd.TotalSeconds} s";
            call.Output($"{told}: {because}");
            call.Left.Runs(told);
            return false;
        }
    }
}
