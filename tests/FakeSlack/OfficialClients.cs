using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Tests.Support;

namespace Tests.FakeSlack;

/// <summary>
/// Slack's own clients for Node, at the versions of <c>Clients/package.json</c>, installed once into the account's cache by
/// npm, outside of the source tree.
/// </summary>
internal static class OfficialClients
{
    private static string Scripts => Path.Combine(AppContext.BaseDirectory, "FakeSlack", "Clients");

    /// <summary>Runs a script to its end.</summary>
    /// <returns>Its exit code and everything it wrote.</returns>
    public static async Task<(int Exit, string Written)> RunAsync(string script, string? input, params string[] arguments)
    {
        using var process = await StartAsync(script, arguments);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var written = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, written + await errors);
    }

    /// <summary>Starts a script that goes on until it is disposed.</summary>
    public static async Task<Running> BeginAsync(string script, params string[] arguments) => new(await StartAsync(script, arguments));

    private static async Task<Process> StartAsync(string script, string[] arguments)
    {
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "node", Path.Combine(Scripts, script), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CLIENTS"] = await NodePackages.InstallAsync("slack", Path.Combine(Scripts, "package.json"));
        return Children.Start(start);
    }

    /// <summary>A client at work; what it writes is read line by line.</summary>
    internal sealed class Running : IAsyncDisposable
    {
        private readonly Process process;
        private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
        private readonly StringBuilder written = new();

        public Running(Process process)
        {
            this.process = process;
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        /// <summary>Waits for a line that holds all of this; lines before it are passed over.</summary>
        public async Task<string> SaysAsync(params string[] parts)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            try
            {
                while (true)
                {
                    var line = await lines.Reader.ReadAsync(patience.Token);
                    if (parts.All(part => line.Contains(part, StringComparison.Ordinal)))
                        return line;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
            {
                lock (written)
                    throw new ShouldAssertException($"It never said {string.Join(" … ", parts)}, only:\n{written}", e);
            }
        }

        /// <summary>Writes a line, and waits for the one that answers it.</summary>
        public async Task<string> AsksAsync(string line, params string[] parts)
        {
            await process.StandardInput.WriteLineAsync(line);
            await process.StandardInput.FlushAsync();
            return await SaysAsync(parts);
        }

        public async ValueTask DisposeAsync()
        {
            process.StandardInput.Close();
            try
            {
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5));
            }
            catch (TimeoutException)
            {
                process.Kill();
            }

            process.Dispose();
        }

        private void Keep(string? line)
        {
            if (line is null)
                return;
            lock (written)
                written.AppendLine(line);
            lines.Writer.TryWrite(line);
        }
    }
}
