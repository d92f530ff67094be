namespace Integrations;

/// <summary>
/// Setting a platform up from the command line: <c>incident WORD manifest</c> and <c>incident WORD check</c>. Discovered.
/// </summary>
public interface IPlatformSetup
{
    /// <summary>The command's word, as <c>slack</c>.</summary>
    static abstract string Word { get; }

    /// <summary>What the platform wants to read to make the app, made from what this version uses.</summary>
    /// <param name="publicUrl">Where people reach this bot.</param>
    string Manifest(Uri publicUrl);

    /// <summary>Looks at the app as it is installed: what is well, what is missing with its fix, and what cannot be told.</summary>
    Task<IReadOnlyList<SetupFinding>> CheckAsync(CancellationToken cancel);
}

/// <param name="Fix">What to do; null where all is well.</param>
public sealed record SetupFinding(string What, string? Fix)
{
    public bool IsWell => Fix is null;

    /// <summary>False where it cannot be told with what the check was given; the fix says how it can.</summary>
    public bool IsKnown { get; init; } = true;
}
