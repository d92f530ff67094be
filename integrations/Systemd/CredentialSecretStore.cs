using Runbooks.Secrets;

namespace Integrations.Systemd;

/// <summary>Credentials that systemd hands to the unit, encrypted on disk if wanted (systemd.exec(5), "Credentials").</summary>
public sealed class CredentialSecretStore : ISecretStore
{
    private const string Folder = "CREDENTIALS_DIRECTORY";

    public string Scheme => "credential";

    public string Shape => "credential:NAME";

    public async Task<SecretRead> ReadAsync(string name, CancellationToken cancel)
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { Length: > 0 } folder)
            return new SecretRead.Missing("the bot's unit has no credentials: systemd gives them by LoadCredential=");
        // A name is one file of that folder; anything else would read other files of the machine.
        return name is "." or ".." || name.Contains('/', StringComparison.Ordinal)
            ? new SecretRead.Unusable($"'{name}' is no name of a credential")
            : await SecretFile.ReadAsync(Path.Combine(folder, name), cancel);
    }
}
