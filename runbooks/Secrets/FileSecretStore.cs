namespace Runbooks.Secrets;

/// <summary>Files, as Kubernetes, Docker and most vaults' agents lay them down. Line breaks at the end are not part of the secret.</summary>
public sealed class FileSecretStore : ISecretStore
{
    public string Scheme => "file";

    public string Shape => "file:PATH";

    public Task<SecretRead> ReadAsync(string name, CancellationToken cancel) => SecretFile.ReadAsync(name, cancel);
}
