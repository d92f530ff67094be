using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Renci.SshNet;
using Renci.SshNet.Common;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Ssh;

/// <summary>One command on a connection that stands: started, followed, and ended with everything that it started.</summary>
internal sealed class RemoteCommand(SshRunArguments arguments, ActionCall call, Outward outward)
{
    // What is still under way when the command has ended; a daemon that it started may hold its output open for years.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    // To end it, on a host that may not answer any more.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(12);
    private const string Hidden = "the host hides the processes of other accounts (hidepid): one that runs by sudo may live on unseen";
    private const string Setsid = "setsid: ";
    private readonly RemoteScript script = new(arguments);
    private readonly TaskCompletionSource<int> group = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> code = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The body may have reached the other side.</summary>
    public bool Began { get; private set; }

    public async Task<ActionResult> RunAsync(SshSession session, CancellationToken cancel)
    {
        using var started = await session.StartAsync(script.Command, cancel);
        var (command, executing) = (started.Command, started.Executing);
        var input = command.CreateInputStream();
        var output = new RemoteLines(call.Output, call.Mask);
        var errors = new RemoteLines(call.Output, call.Mask);
        var reading = Task.WhenAll(
            output.ReadAsync(command.OutputStream, line => line),
            errors.ReadAsync(command.ExtendedOutputStream, OfCommand)
        );
        if (await Task.WhenAny(group.Task, executing).WaitAsync(cancel) != group.Task)
            return new ActionResult.Failed(FailureClass.NotSent, $"the shell did not start: {await WhyAsync(executing, reading, errors)}");
        outward.InTime(call.Deadline);
        Began = true;
        try
        {
            await Task.Run(() => Send(input), CancellationToken.None).WaitAsync(cancel);
            await Task.WhenAny(code.Task, executing).WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(session, await group.Task);
            throw;
        }

        await Task.WhenAny(Task.WhenAll(executing, reading), Task.Delay(Drain, outward.Time, CancellationToken.None));
        if (!code.Task.IsCompleted)
            return await BrokenAsync(executing, command);
        started.IsOver = true;
        return Ended(await code.Task, output.Text, errors.Text);
    }

    /// <returns>What of a line of the errors is the command's own; null: nothing of it.</returns>
    private string? OfCommand(string line)
    {
        // After the end nothing is the command's any more.
        if (code.Task.IsCompleted)
            return null;
        var ours =
            !group.Task.IsCompleted ? Word(line, script.Begins, leader => leader > 1 && group.TrySetResult(leader))
            : Word(line, script.Ends, code.TrySetResult) is >= 0 and var end ? end
            : WonderOfSetsid(line);
        return ours switch
        {
            < 0 => line,
            0 => null,
            _ => line[..ours],
        };
    }

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

    private void Send(Stream input)
    {
        input.Write(script.Input);
        input.Flush();
    }

    private ActionResult Ended(int exit, string output, string errors)
    {
        var result = JsonSerializer.SerializeToElement(new SshRunResult(exit, output, errors), ActionJson.Options);
        if (exit == 0)
            return new ActionResult.Succeeded(result);
        // As with a script: one that acts and fails in the middle has done who knows what, unless `fails-with` says what the code means.
        var definite = call.Effect is StepEffect.Read or StepEffect.Idempotent;
        return new ActionResult.Failed(definite ? FailureClass.Refused : FailureClass.Unknown, $"exit code {exit}", result);
    }

    // Without the mark at its end the shell itself was killed, or the way to it broke.
    private async Task<ActionResult> BrokenAsync(Task executing, SshCommand command)
    {
        var because =
            command.ExitSignal is { Length: > 0 } signal ? $"the command was ended by signal {signal}"
            : command.ExitStatus is not null ? "the command's shell was killed, by itself or from outside"
            : "the connection ended in the middle";
        if (executing.Exception?.InnerException is { } fault)
            because += $": {fault.Message}";
        return new ActionResult.Failed(
            FailureClass.Unknown,
            $"{because}. Its process group {await group.Task} ends when the host notices."
        );
    }

    private static async Task<string> WhyAsync(Task executing, Task reading, RemoteLines errors)
    {
        await executing;
        await reading;
        return errors.Text.Trim() is { Length: > 0 } said ? said : "the host said nothing";
    }

    private static string Untold(SshCommand end) =>
        end.ExitStatus switch
        {
            RemoteScript.NobodyTells => "it was told to end, and /proc does not tell what is left",
            RemoteScript.OthersHidden => $"it was told to end, and {Hidden}",
            var code => $"the command that ends it ended with {code?.ToString(CultureInfo.InvariantCulture) ?? "no code"}",
        };

    private async Task EndAsync(SshSession session, int leader)
    {
        try
        {
            using var patience = new CancellationTokenSource(LongestEnd, outward.Time);
            using var started = await session.StartAsync(
                $"sh -c '{RemoteScript.End(leader).Replace("'", @"'\''", StringComparison.Ordinal)}'",
                patience.Token
            );
            await started.Executing.WaitAsync(patience.Token);
            var end = started.Command;
            var left = string.Join("; ", end.Result.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            var some = end.ExitStatus is RemoteScript.OthersHidden && left.Length > 0;
            call.Output(
                end.ExitStatus is not 0 && !some
                    ? $"whether process group {leader} on {arguments.Host} has ended is not known: {Untold(end)}"
                : left.Length == 0 ? $"process group {leader} on {arguments.Host} was ended; nothing that could be found is left of it"
                : $"process group {leader} on {arguments.Host} was ended; these live on: {left}{(some ? $"; {Hidden}" : "")}"
            );
        }
        catch (Exception fault)
            when (fault
                    is SshException
                        or SshRefusedException
                        or SocketException
                        or OperationCanceledException
                        or ObjectDisposedException
                        or IOException
            )
        {
            var because = fault is OperationCanceledException ? "the host does not answer" : fault.Message;
            call.Output($"whether process group {leader} on {arguments.Host} has ended is not known: {because}");
        }
    }
}
