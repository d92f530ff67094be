using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Tests.Support;

/// <summary>Packages of npm at the versions of a <c>package.json</c>, installed once into the account's cache, outside of the source tree.</summary>
internal static class NodePackages
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Installed = new(StringComparer.Ordinal);

    /// <param name="name">Begins the name of the folder in the cache.</param>
    /// <param name="wanted">Path of the <c>package.json</c>.</param>
    /// <returns>The folder that holds <c>node_modules</c>.</returns>
    public static Task<string> InstallAsync(string name, string wanted) =>
        Installed.GetOrAdd(wanted, _ => new Lazy<Task<string>>(() => MakeAsync(name, wanted))).Value;

    private static async Task<string> MakeAsync(string name, string path)
    {
        var wanted = await File.ReadAllTextAsync(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))[..12];
        var home = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "incident-tests"
        );
        var folder = Path.Combine(home, $"{name}-{hash}");
        if (Directory.Exists(folder))
            return folder;
        // Beside it first, then renamed: another test run never sees half of it.
        var making = Directory.CreateDirectory(Path.Combine(home, $"making-{hash}-{Environment.ProcessId}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(making, "package.json"), wanted);
        using var npm = Children.Start(
            new ProcessStartInfo(
                "setpriv",
                ["--pdeathsig", "KILL", "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
            )
            {
                UseShellExecute = false,
                WorkingDirectory = making,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        );
        var errors = npm.StandardError.ReadToEndAsync();
        var written = npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync().WaitAsync(Patience);
        if (npm.ExitCode != 0)
            throw new InvalidOperationException($"npm could not install what {path} names: {await errors}{await written}");
        try
        {
            Directory.Move(making, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(making, recursive: true);
        }

        return folder;
    }
}
