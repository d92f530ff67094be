using Runbooks.Definition;
using Runbooks.Running;

namespace Integrations.Scripts;

/// <summary>
/// Finds what a script has left, by the patterns of its step. No link is followed, and what was opened is looked at once more: whoever
/// puts a link in the place of a folder while we go through it gains nothing.
/// </summary>
internal sealed class LeftFiles
{
    // Of "**" from a wrong folder on one could go through a whole disk.
    private const int MostEntries = 50_000;

    // Each file is in memory for a moment; those of many targets at once would be too much.
    private static readonly SemaphoreSlim Turn = new(1, 1);

    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = default,
        IgnoreInaccessible = false,
        MatchType = MatchType.Simple,
    };

    private readonly StepArtifacts artifacts;
    private readonly string root;
    private readonly bool own;
    private readonly CancellationToken cancel;
    private readonly SortedSet<string> found = new(StringComparer.Ordinal);
    private int entries;
    private int hits;

    private LeftFiles(StepArtifacts artifacts, string root, bool own, CancellationToken cancel)
    {
        this.artifacts = artifacts;
        this.root = root;
        this.own = own;
        this.cancel = cancel;
    }

    /// <param name="folder">The script's own; null: it is gone.</param>
    public static async Task BringAsync(StepArtifacts artifacts, ScriptFolder? folder, CancellationToken cancel)
    {
        var start = artifacts.Folder ?? folder?.Location;
        if (start is null || !Directory.Exists(start))
            artifacts.Refuse("all of them", $"the folder {start ?? "of the script"} is gone");
        else if (artifacts.Folder is null && new DirectoryInfo(start).LinkTarget is { } elsewhere)
            artifacts.Refuse("all of them", $"in the place of the script's folder is a link to {elsewhere}");
        else
            await InTurnAsync(new LeftFiles(artifacts, OpenedFile.RealPathOf(start), artifacts.Folder is null, cancel));
    }

    private static async Task InTurnAsync(LeftFiles left)
    {
        await Turn.WaitAsync(left.cancel);
        try
        {
            await left.BringAsync();
        }
        finally
        {
            Turn.Release();
        }
    }

    private async Task BringAsync()
    {
        foreach (var pattern in artifacts.Patterns)
        {
            var before = hits + artifacts.Refused;
            try
            {
                Find("", ArtifactPattern.Names(pattern));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                artifacts.Refuse(pattern, fault.Message);
            }

            if (hits + artifacts.Refused == before)
                artifacts.Missed(pattern);
        }

        foreach (var name in found)
        {
            cancel.ThrowIfCancellationRequested();
            if (Read(name) is { } content)
                await artifacts.AddAsync(name, content, cancel);
        }
    }

    /// <param name="at">The folder, from the root on.</param>
    private void Find(string at, ReadOnlySpan<string> names)
    {
        if (names.IsEmpty || names is [ArtifactPattern.AnyFolders])
        {
            TakeAll(at);
        }
        else if (names[0] is ArtifactPattern.AnyFolders)
        {
            Find(at, names[1..]);
            foreach (var folder in Entries(at).Where(entry => IsFolder(entry) && entry.Name[0] != '.'))
                Find(Path.Join(at, folder.Name), names);
        }
        else if (ArtifactPattern.IsLiteral(names[0]))
        {
            // Not by the list of all names: in /tmp that may be long.
            var path = Path.Join(root, at, names[0]);
            FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (entry.Exists || entry.LinkTarget is not null)
                Go(at, entry, names[1..]);
        }
        else
        {
            foreach (var entry in Entries(at))
            {
                if (ArtifactPattern.Matches(names[0], entry.Name))
                    Go(at, entry, names[1..]);
            }
        }
    }

    private void Go(string at, FileSystemInfo entry, ReadOnlySpan<string> rest)
    {
        var path = Path.Join(at, entry.Name);
        if (IsOurs(at, entry))
            return;
        if (entry.LinkTarget is { } elsewhere)
            artifacts.Refuse(path, $"it is a link to {elsewhere}, and links are not followed");
        else if (IsFolder(entry))
            Find(path, rest);
        else if (rest.IsEmpty)
            Take(path);
    }

    private void TakeAll(string at)
    {
        foreach (var entry in Entries(at).Where(entry => entry.LinkTarget is null && entry.Name[0] != '.' && !IsOurs(at, entry)))
        {
            if (IsFolder(entry))
                TakeAll(Path.Join(at, entry.Name));
            else
                Take(Path.Join(at, entry.Name));
        }
    }

    private void Take(string path)
    {
        hits++;
        found.Add(path);
    }

    private bool IsOurs(string at, FileSystemInfo entry) => own && at.Length == 0 && ScriptFolder.IsOurs(entry.Name);

    private IEnumerable<FileSystemInfo> Entries(string at)
    {
        foreach (var entry in new DirectoryInfo(Path.Join(root, at)).EnumerateFileSystemInfos("*", Everything))
        {
            cancel.ThrowIfCancellationRequested();
            if (++entries > MostEntries)
                throw new IOException($"there are more than {MostEntries} files and folders: name the path more exactly");
            yield return entry;
        }
    }

    private static bool IsFolder(FileSystemInfo entry) => entry is DirectoryInfo && entry.LinkTarget is null;

    /// <returns>Its content, and of one that is too large a byte more than is kept; null where it cannot be read, which is told.</returns>
    private byte[]? Read(string name)
    {
        try
        {
            var path = Path.Join(root, name);
            using var file = OpenedFile.Read(path);
            if (file.RealPath != path)
                artifacts.Refuse(name, "it lies elsewhere, and links are not followed");
            else if (!file.IsSeekable)
                artifacts.Refuse(name, "it is no regular file");
            else
                return file.ToArray(artifacts.Largest + 1);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            artifacts.Refuse(name, $"it cannot be read: {fault.Message}");
        }

        return null;
    }
}
