using System.Diagnostics;
using System.Text;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// A real server as a child process in a folder of its own. It dies with the test process (parent-death signal), whatever
/// kills that; what it wrote last is in the error if it does not get ready.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const int Tail = 4000;
    private readonly StringBuilder written = new();
    private readonly Process process;

    /// <param name="package">The Debian package that brings the program.</param>
    public ServerProcess(string program, string package, string folder, params string[] arguments)
    {
        if (!Exists(program))
            throw new InvalidOperationException($"{program} is missing. Install it: apt-get install {package} (./test.sh does).");
        Name = program;
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", program, .. arguments])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Servers live where an ordinary account's PATH does not look.
        start.Environment["PATH"] = Path;
        process = Children.Start(start);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    private static string Path => Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";

    public Task UntilAsync(Func<Task<bool>> ready) =>
        Until.Holds(
            async () => process.HasExited ? throw new InvalidOperationException($"{Name} ended: {Written}") : await ready(),
            $"{Name}, ready,",
            () => Task.FromResult(Written)
        );

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    private string Written
    {
        get
        {
            lock (written)
                return written.ToString();
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (written)
        {
            written.AppendLine(line.Data);
            if (written.Length > Tail)
                written.Remove(0, written.Length - Tail);
        }
    }

    private static bool Exists(string program) => Path.Split(':').Any(folder => File.Exists(System.IO.Path.Combine(folder, program)));
}
