using System.Diagnostics;
using System.Text.Json;
using Bot.Cli;

namespace Tests.Cli;

/// <summary>A command as somebody typed it, with what came of it.</summary>
internal sealed record Typed(int Exit, string Output, string Error)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public JsonElement Json => JsonElement.Parse(Output);

    /// <summary>What <c>config check --format json</c> found.</summary>
    public IEnumerable<string> Problems => Json.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()!);

    public override string ToString() => $"exit code {Exit}\n{Output}\n{Error}";

    /// <summary>In this process.</summary>
    public static async Task<Typed> HereAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var exit = await CommandLine.RunAsync(args, output, error);
        return new Typed(exit, output.ToString(), error.ToString());
    }

    /// <summary>In a process of its own, with settings by the environment.</summary>
    public static async Task<Typed> InProcessAsync(IReadOnlyDictionary<string, string> settings, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "incident.dll"), .. args])
        {
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return new Typed(process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
