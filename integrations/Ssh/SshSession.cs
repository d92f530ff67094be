using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Integrations.Ssh;

/// <summary>The right to run one command on a host, and what ends it.</summary>
internal sealed class SshSession(Func<string, CancellationToken, Task<SshStarted>> start, Action release) : IDisposable
{
    /// <exception cref="SshRefusedException">The host shows another key, or does not let the user in.</exception>
    /// <exception cref="SshException">It speaks no SSH that we do, or opens no session.</exception>
    /// <exception cref="SocketException">Nobody is there.</exception>
    public Task<SshStarted> StartAsync(string command, CancellationToken cancel) => start(command, cancel);

    /// <summary>The host could not be reached, did not let us in, or went away.</summary>
    public static bool IsOfTheWay(Exception fault) =>
        fault
            is SshException
                or SshRefusedException
                or SocketException
                or IOException
                or HostNotAllowedException
                or ObjectDisposedException;

    public void Dispose() => release();
}

/// <summary>A command that the host has been told to run.</summary>
internal sealed class SshStarted : IDisposable
{
    private readonly Action<bool> leave;

    private SshStarted(SshCommand command, Task executing, Action<bool> leave) =>
        (Command, Executing, this.leave) = (command, executing, leave);

    public SshCommand Command { get; }

    public Task Executing { get; }

    /// <summary>The host has told its end, whoever still has its channel in his hands.</summary>
    public bool IsOver { get; set; }

    /// <param name="leave">Called when it has started and is done with; true if it was left before it had ended, and nobody knows why.</param>
    /// <param name="wait">For how long it may take to start.</param>
    public static async Task<SshStarted> OnAsync(SshClient client, string text, Action<bool> leave, Func<Task<Task>, Task<Task>> wait)
    {
        var command = client.CreateCommand(text);
        // It blocks until the host has opened a channel and taken the command.
        var starting = Task.Factory.StartNew(
            () => command.ExecuteAsync(CancellationToken.None),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        try
        {
            return new SshStarted(command, await wait(starting), leave);
        }
        catch
        {
            _ = starting.ContinueWith(_ => command.Dispose(), TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>What has not ended is said goodbye to over the network, for which nobody waits.</summary>
    public void Dispose()
    {
        var ended = Executing.IsCompleted;
        if (ended)
            Command.Dispose();
        else
            _ = Task.Run(Command.Dispose);
        leave(!ended && !IsOver);
    }
}
