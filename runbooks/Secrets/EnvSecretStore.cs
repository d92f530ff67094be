namespace Runbooks.Secrets;

/// <summary>Environment variables of the bot's own process.</summary>
public sealed class EnvSecretStore : ISecretStore
{
    public string Scheme => "env";

    public string Shape => "env:NAME";

    public Task<SecretRead> ReadAsync(string name, CancellationToken cancel) =>
        Task.FromResult<SecretRead>(
            Environment.GetEnvironmentVariable(name) is { } value
                ? new SecretRead.Value(value)
                : new SecretRead.Missing($"the environment variable {name} is not set for the bot's process")
        );
}
