using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using System.Text.Json;
using Renci.SshNet.Common;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Ssh;

public sealed record SshRunArguments(
    [Untainted] [Filled] [Description("Name or address.")] string Host,
    [Untainted] [Filled] [Description("Account on it.")] string User,
    [Untainted] [Filled] [Description("What is run: a line or a whole script, in `shell`.")] string Command,
    [Secret] [Description("The private key, as OpenSSH or PEM writes it; a secret.")] string? Key = null,
    [Secret] [Description("Of the private key, if it has one; a secret.")] string? Passphrase = null,
    [Secret] [Description("Instead of a key; a secret.")] string? Password = null,
    [Untainted]
    [SshHostKeyTexts]
    [Description("Keys that the host may show: `SHA256:…` or `ssh-ed25519 AAAA…`. By default those of the file in `Ssh:KnownHosts`.")]
        IReadOnlyList<string>? HostKeys = null,
    [Range(1, 65_535)] [Description("The port.")] int Port = 22,
    [ShellVariables] [Description("Variables for the command; not seen by others on the host.")] Dictionary<string, string>? Env = null,
    [Description("What runs it.")] SshShell Shell = SshShell.Sh,
    [Description("The author's word that it changes nothing: then it may run again.")] bool Reads = false
);

public enum SshShell
{
    Sh,
    Bash,
}

public sealed record SshRunResult(
    [Description("0 if all went well.")] int ExitCode,
    [Description("The first 64 KB of what it wrote.")] string Stdout,
    [Description("The first 64 KB of its errors.")] string Stderr
);

/// <summary><c>ssh/run@1</c>.</summary>
internal sealed class SshRunAction(SshConnections connections, SshKnownHosts known, Outward outward) : ILeavesRunning
{
    public string Name => "ssh/run@1";

    public string Summary => "Runs a command or script on another machine, in a session of its own that ends with the step.";

    public Type Arguments => typeof(SshRunArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(SshRunResult),
            [
                new(
                    FailureClass.NotSent,
                    "The host is not allowed or not there, shows another key than expected, does not let the user in, or lacks `setsid`: the command has not begun."
                ),
                new(
                    FailureClass.NotSent,
                    $"{SshConnections.SessionsPerHost} commands run on the host already, the most at a time, and none ended within a quarter of the step's `timeout`. What begins has the rest of it for itself. With `retry` it is tried again."
                ),
                new(
                    FailureClass.Refused,
                    "The exit code is in `fails-with`; with `reads`, or where the step is `idempotent`, any exit code but 0."
                ),
                new(
                    FailureClass.Unknown,
                    "Something of an earlier attempt still runs on the host and cannot be ended: this one does not begin beside it, and that one may act yet. Any other exit code, the end by a signal, a lost connection, the time limit: the command may have done a part of its work. At the time limit everything of its session is ended, whatever process group it is in, and the output says whether that is confirmed and who lives on in a session of its own."
                ),
            ],
            """
            uses: ssh/run@1
            with:
              host: db2.example.com
              user: incident
              key: "${{ inputs.password }}"
              host-keys: ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"]
              command: sudo systemctl restart pgbouncer
            """,
            """
            uses: ssh/run@1
            with: { host: web1.example.com, user: incident, key: "${{ inputs.password }}", command: df --output=pcent /var, reads: true }
            """
        );

    public StepEffect EffectOf(JsonElement with) => with.TextOf("reads") is "true" or "True" ? StepEffect.Read : StepEffect.Once;

    public string Describe(JsonElement with)
    {
        var port = with.TextOf("port") is { } other and not "22" ? $":{other}" : "";
        return $"on {with.TextOf("user")}@{with.TextOf("host")}{port} run: {with.LineOf("command")}{ShownVariables.Of(with)}";
    }

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<SshRunArguments>(ActionJson.Options)!;
        // They become words of the script.
        if (new ShellVariablesAttribute().Problem(arguments.Env) is { } problem)
            return NotSent($"'env' must be {problem}");
        SshLogin login;
        try
        {
            login = SshLogin.Of(arguments, known);
        }
        catch (SshRefusedException refused)
        {
            return NotSent(refused.Message);
        }

        var command = new RemoteCommand(arguments, login.Where, call, outward);
        try
        {
            using var session = await connections.OpenAsync(login, call.Output, call.Deadline, cancel);
            return await command.RunAsync(session, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !command.Began)
        {
            return NotSent($"{login.Where} could not be reached in time");
        }
        catch (Exception fault) when (!command.Began && SshSession.IsOfTheWay(fault))
        {
            return NotSent($"{login.Where}: {fault.Message}");
        }
        catch (Exception fault) when (fault is SshException or SocketException or IOException or ObjectDisposedException)
        {
            return new ActionResult.Failed(
                FailureClass.Unknown,
                $"the connection to {login.Where} ended in the middle: {fault.Message.TrimEnd('.')}"
            );
        }
    }

    public async Task EndLeftAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<SshRunArguments>(ActionJson.Options)!;
        try
        {
            var login = SshLogin.Of(arguments, known);
            if (call.Earlier.FirstOrDefault(one => one.Host != login.Where) is { } other)
            {
                call.Left.Runs($"whether session {other.Pid} on {other.Host} has ended is not known: the step names {login.Where} by now");
                call.Output(call.Left.Running!);
                return;
            }

            using var session = await connections.OpenAsync(login, call.Output, call.Deadline, cancel);
            await new RemoteCommand(arguments, login.Where, call, outward).EndLeftAsync(session, cancel);
        }
        catch (Exception fault) when (SshSession.IsOfTheWay(fault))
        {
            call.Left.Runs(
                $"whether session {call.Earlier[^1].Pid} on {arguments.Host} has ended is not known: {fault.Message.TrimEnd('.')}"
            );
            call.Output(call.Left.Running!);
        }
    }

    // Some say it in a sentence, and whoever shows it makes one of it.
    private static ActionResult.Failed NotSent(string because) => new(FailureClass.NotSent, because.TrimEnd('.'));
}
