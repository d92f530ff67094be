namespace Runbooks.Secrets;

/// <summary>
/// A place where secrets lie. A new one is one new file: it is discovered, and <c>ref: SCHEME:NAME</c> works. Called at the start and at every
/// step of a run, from many threads; what it returns is never stored.
/// </summary>
public interface ISecretStore
{
    /// <summary>What stands before the colon of a reference (<c>env</c>), unique among the parts.</summary>
    string Scheme { get; }

    /// <summary>How a reference is written, for problems and the reference page: <c>env:NAME</c>.</summary>
    string Shape { get; }

    /// <param name="name">What stands behind the colon; not empty.</param>
    Task<SecretRead> ReadAsync(string name, CancellationToken cancel);
}

/// <summary>What came of reading one secret.</summary>
public abstract record SecretRead
{
    private SecretRead() { }

    public sealed record Value(string Text) : SecretRead;

    /// <summary>There is none of that name.</summary>
    /// <param name="Because">A sentence for people; it must not hold the secret or any part of it.</param>
    public sealed record Missing(string Because) : SecretRead;

    /// <summary>There may be one, and it cannot be read or used: also where a runbook can do without it, nobody takes it for none.</summary>
    /// <inheritdoc cref="Missing"/>
    public sealed record Unusable(string Because) : SecretRead;
}
