using System.Diagnostics;

namespace Tests.Servers;

/// <summary>A bare repository that the real git works on.</summary>
internal sealed class GitRepository
{
    private readonly string folder;

    public GitRepository(string folder)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        Run("init", "--quiet", "--bare", "--initial-branch=main");
    }

    /// <summary>What git wrote.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public string Run(params string[] arguments) =>
        TryRun(arguments) is (0, var written)
            ? written
            : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {TryRun(arguments)}");

    public (int Code, string Written) TryRun(params string[] arguments) => TryRun("", arguments);

    /// <summary>A commit whose tree holds these files, on top of others.</summary>
    public string Commit(string message, IEnumerable<(string Name, string Text)> files, params string[] parents)
    {
        var entries = files.Select(file => $"100644 blob {TryRun(file.Text, "hash-object", "-w", "--stdin").Written}\t{file.Name}\n");
        return CommitTree(TryRun(string.Concat(entries), "mktree").Written, message, parents);
    }

    public string CommitTree(string tree, string message, params IEnumerable<string> parents) =>
        Run(["commit-tree", tree, "-m", message, .. parents.SelectMany(parent => (string[])["-p", parent])]);

    public string TreeOf(string commit) => Run("rev-parse", commit + "^{tree}");

    public string Show(string revision, string file) => Run("show", $"{revision}:{file}");

    private (int Code, string Written) TryRun(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var role in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{role}_NAME"] = "Anna";
            start.Environment[$"GIT_{role}_EMAIL"] = "anna@example.com";
        }

        using var git = Process.Start(start)!;
        var errors = git.StandardError.ReadToEndAsync();
        git.StandardInput.Write(input);
        git.StandardInput.Close();
        var written = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return (git.ExitCode, (written + errors.Result).Trim());
    }
}
