using Runbooks.Running;

namespace Integrations.Scripts;

/// <summary>
/// Where a script's body and its outputs stand while it runs: its working directory, too, unless the step names another. The
/// script may do with it what it likes, and so nothing here trusts what it finds.
/// </summary>
internal sealed class ScriptFolder
{
    private const string Prefix = "incident-script-";

    // A link, since reading one never waits, whoever made it: its target is the process's id and start.
    private const string Owner = ".process";

    private ScriptFolder(string location) => Location = location;

    public string Location { get; }

    public string Body => Path.Combine(Location, "body");

    public string Outputs => Path.Combine(Location, "output");

    /// <summary>Whether a name in it is ours, not the script's.</summary>
    public static bool IsOurs(string name) => name is "body" or "output" or Owner;

    public static ScriptFolder Create() => new(Directory.CreateTempSubdirectory(Prefix).FullName);

    /// <summary>The folder that an earlier process of ours left behind with a script.</summary>
    public static ScriptFolder? Of(StepProcess process) =>
        Directory
            .EnumerateDirectories(Path.GetTempPath(), Prefix + "*")
            .Where(folder => new FileInfo(Path.Combine(folder, Owner)).LinkTarget == Told(process))
            .Select(folder => new ScriptFolder(folder))
            .FirstOrDefault();

    public async Task WriteAsync(string body, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Body, body, cancel);
        await File.WriteAllTextAsync(Outputs, "", cancel);
    }

    public void BelongsTo(StepProcess process) => File.CreateSymbolicLink(Path.Combine(Location, Owner), Told(process));

    /// <returns>Null, or why it is still there.</returns>
    public string? Remove()
    {
        try
        {
            Directory.Delete(Location, recursive: true);
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            // The script removed it by itself.
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"{Location} could not be removed: {fault.Message}";
        }
    }

    /// <summary>The lines <c>name=value</c> of its file; what is none is told and not taken.</summary>
    public async Task<Dictionary<string, string>> ReadOutputsAsync(StepOutput output, CancellationToken cancel)
    {
        var outputs = new Dictionary<string, string>(StringComparer.Ordinal);
        using var lines = new StringReader(await TextAsync(output, cancel));
        for (var number = 1; await lines.ReadLineAsync(cancel) is { } line; number++)
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                outputs[line[..equals].Trim()] = line[(equals + 1)..];
            else if (!string.IsNullOrWhiteSpace(line))
                output.Tell($"line {number} of the file in $INCIDENT_OUTPUT is no name=value and is not taken");
        }

        return outputs;
    }

    private static string Told(StepProcess process) => FormattableString.Invariant($"{process.Pid}-{process.StartTicks}");

    private async Task<string> TextAsync(StepOutput output, CancellationToken cancel)
    {
        if (new FileInfo(Outputs).LinkTarget is { } elsewhere)
            return NotTaken($"is a link to {elsewhere}");
        try
        {
            // A pipe that is opened for writing, too, does not wait for a writer: fifo(7).
            var options = new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
            };
            await using var file = new FileStream(Outputs, options);
            if (!file.CanSeek)
                return NotTaken("is no regular file");
            // Its length is not asked for: a device has none, and somebody may still be writing.
            var bytes = new byte[ScriptGuide.LargestOutputs + 1];
            var read = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
            if (read == bytes.Length)
                return NotTaken($"is larger than {ScriptGuide.LargestOutputs / 1024} KB");
            using var text = new StreamReader(new MemoryStream(bytes, 0, read));
            return await text.ReadToEndAsync(cancel);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            // The script removed it: it has no outputs.
            return "";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return NotTaken($"cannot be read: {fault.Message}");
        }

        string NotTaken(string because)
        {
            output.Tell($"the file in $INCIDENT_OUTPUT {because}: its outputs are not taken");
            return "";
        }
    }
}
