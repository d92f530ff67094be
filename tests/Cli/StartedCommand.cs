using System.Diagnostics;
using System.Globalization;
using Tests.Support;

namespace Tests.Cli;

/// <summary>The real executable as somebody started it in a terminal: read while it runs, ended by Ctrl-C or by itself.</summary>
internal sealed class StartedCommand : IDisposable
{
    /// <summary>For what takes a second or two on an idle machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Heard output = new();
    private readonly Heard error = new();

    /// <param name="settings">Environment of the process, settings among it: <c>Node__Lease</c>, <c>TMPDIR</c>.</param>
    public StartedCommand(IReadOnlyDictionary<string, string> settings, params string[] args)
    {
        // Whoever runs the tests in the background has Ctrl-C ignored, and so have its children, but for this.
        var start = new ProcessStartInfo(
            "env",
            [
                "--default-signal=INT",
                "setpriv",
                "--pdeathsig",
                "KILL",
                "dotnet",
                Path.Combine(AppContext.BaseDirectory, "incident.dll"),
                .. args,
            ]
        )
        {
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        process = Children.Start(start);
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it wrote so far.</summary>
    public Typed SoFar => new(process.HasExited ? process.ExitCode : -1, output.ToString(), error.ToString());

    /// <summary>Waits for a line that it writes to either side.</summary>
    public Task<string> SaysAsync(string text) =>
        Until.Comes(() => Task.FromResult(Line(text) ?? Over(text)), $"'{text}'", () => Task.FromResult(SoFar.ToString()));

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task<Typed> EndsAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"It did not end within {Patience}. {SoFar}", e);
        }

        return SoFar;
    }

    /// <summary>SIGINT, as Ctrl-C sends it; then waits for the end.</summary>
    public async Task<Typed> InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await EndsAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    // Null: the end of the stream.
    private static void Keep(Heard heard, string? line)
    {
        if (line is not null)
            heard.WriteLine(line);
    }

    private string? Line(string text) =>
        $"{output}\n{error}".Split('\n').FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));

    private string? Over(string text) =>
        process.HasExited && Line(text) is null ? throw new InvalidOperationException($"It ended without '{text}'. {SoFar}") : null;
}
