using System.Security.Cryptography;
using System.Text;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>A file that a script left and that is kept, by its content.</summary>
/// <param name="Name">Its path below the folder that the script started in.</param>
/// <param name="Size">Of what is kept, in bytes.</param>
/// <param name="Hash">SHA-256 (hex) of what is kept.</param>
/// <param name="Text">It is UTF-8, and nothing but text.</param>
/// <param name="Masked">A secret was taken out of it: it is not what the script wrote, byte for byte.</param>
public sealed record Artifact(string Name, long Size, string Hash, bool Text, bool Masked = false);

/// <summary>An artifact at its place in the run.</summary>
public sealed record RunArtifact(string Step, int Attempt, DateTimeOffset At, Artifact File);

/// <param name="File">Bytes of one file.</param>
/// <param name="Run">Bytes of a run, over all its steps and attempts.</param>
public sealed record ArtifactLimits(long File, long Run)
{
    /// <summary>Files of one attempt.</summary>
    public const int MostFiles = 100;

    /// <summary>Files of a run.</summary>
    public const int MostOfRun = 1_000;

    /// <summary>A file is in memory while secrets are looked for.</summary>
    public const long LargestFile = 50_000_000;

    public static ArtifactLimits Usual { get; } = new(10_000_000, 100_000_000);
}

/// <summary>Where artifacts are kept, each by its content.</summary>
public interface IArtifactStore
{
    ArtifactLimits Limits { get; }

    /// <summary>Keeps it before the fact that names it is recorded; what the run has already is the same file.</summary>
    /// <returns>False if the run would have more than its limit.</returns>
    Task<bool> PutAsync(string run, string hash, ReadOnlyMemory<byte> content, CancellationToken cancel);
}

/// <summary>
/// Takes what one attempt leaves: bounded, masked where it is text, and not at all where a secret stands in something else. Whoever
/// finds the files brings them one by one. What is not kept is told, and fails nothing.
/// </summary>
/// <param name="folder">Where the patterns begin; null: the script's own folder.</param>
/// <param name="before">How many files the run has already.</param>
public sealed class StepArtifacts(
    IArtifactStore store,
    string run,
    string step,
    int attempt,
    IReadOnlyList<string> patterns,
    string? folder,
    int before,
    SecretMask mask,
    IOutputSink output
)
{
    private const int MostTold = 20;

    // A run must not wait for a disk that answers no more.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly List<Artifact> kept = [];
    private readonly List<string> refused = [];
    private int found;

    /// <summary>Paths below the folder; <see cref="ArtifactPattern"/>.</summary>
    public IReadOnlyList<string> Patterns => patterns;

    public string? Folder => folder;

    /// <summary>Bytes of one file; of a larger one nobody needs to read more.</summary>
    public long Largest => store.Limits.File;

    /// <summary>How many were refused so far.</summary>
    public int Refused => refused.Count;

    /// <summary>What to record of it; null: nothing.</summary>
    public RunFact.ArtifactsKept? Fact =>
        kept.Count + refused.Count == 0
            ? null
            : new RunFact.ArtifactsKept(
                step,
                attempt,
                kept,
                refused.Count <= MostTold ? refused : [.. refused.Take(MostTold), $"{refused.Count - MostTold} more"]
            );

    /// <summary>Has the files brought, within bounds, and says what is kept. Never throws: the script has done what it did.</summary>
    /// <param name="bring">Calls <see cref="AddAsync"/>, <see cref="Refuse"/> and <see cref="Missed"/>.</param>
    public async Task CollectAsync(Func<CancellationToken, Task> bring, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(Longest, time);
        try
        {
            await bring(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Refuse("the rest", $"it took longer than {Duration.Write(Longest)}");
        }
        catch (Exception fault)
        {
            Refuse("the rest", $"{fault.GetType().Name}: {fault.Message}");
        }

        foreach (var file in kept)
            Tell($"artifacts: kept {RunSentences.Of(file)}");
        if (refused.Count > MostTold)
            Tell($"artifacts: {refused.Count - MostTold} more are not kept");
    }

    /// <summary>Nothing matches a pattern.</summary>
    public void Missed(string pattern) => Tell($"artifacts: nothing matches '{pattern}'");

    /// <summary>It stays where it is.</summary>
    public void Refuse(string name, string because)
    {
        var said = Shown($"{name}: {because}");
        refused.Add(said);
        if (refused.Count <= MostTold)
            Tell($"artifacts: not kept: {said}");
    }

    /// <param name="content">Whole, or longer than <see cref="Largest"/>.</param>
    public async Task AddAsync(string name, byte[] content, CancellationToken cancel)
    {
        if (Barred(content.Length) is { } because)
        {
            Refuse(name, because);
            return;
        }

        var text = PlainUtf8(content);
        var shown = text is null ? null : mask.Apply(text);
        if (!mask.IsEmpty && (shown is null ? IsSecretIn(content) : Holds(PlainText.Of(shown))))
        {
            Refuse(name, "a secret of the run stands in it, where it cannot be masked");
            return;
        }

        var masked = !ReferenceEquals(shown, text);
        var bytes = masked ? Encoding.UTF8.GetBytes(shown!) : content;
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (!await store.PutAsync(run, hash, bytes, cancel))
        {
            Refuse(name, $"with it the run would keep more than {ByteSize.Said(store.Limits.Run)} (Runbooks:Artifacts:RunMB)");
            return;
        }

        kept.Add(new Artifact(Shown(name), bytes.Length, hash, text is not null, masked));
    }

    private string? Barred(long length) =>
        ++found > ArtifactLimits.MostFiles ? $"of one attempt at most {ArtifactLimits.MostFiles} files are kept"
        : before + kept.Count >= ArtifactLimits.MostOfRun ? $"of one run at most {ArtifactLimits.MostOfRun} files are kept"
        : length > Largest ? $"it is larger than {ByteSize.Said(Largest)}, the most of one file (Runbooks:Artifacts:FileMB)"
        : null;

    private void Tell(string text) => output.Write(run, step, StepOutput.Info, Shown(text));

    // A name is the script's own; it may hold anything but a slash.
    private string Shown(string text) => mask.Apply(PlainText.Of(text).Replace('\n', ' '));

    /// <returns>Null for what is no text.</returns>
    private static string? PlainUtf8(byte[] content)
    {
        if (content.AsSpan().Contains((byte)0))
            return null;
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // As texts stand in programs, databases and dumps of memory: UTF-8, or two bytes for a letter, beginning anywhere.
    private bool IsSecretIn(byte[] content) =>
        Holds(Encoding.UTF8.GetString(content))
        || new[] { Encoding.Unicode, Encoding.BigEndianUnicode }.Any(encoding =>
            Holds(encoding.GetString(content)) || (content.Length > 0 && Holds(encoding.GetString(content.AsSpan(1))))
        );

    private bool Holds(string text) => !ReferenceEquals(mask.Apply(text), text);
}
