using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Octokit;

namespace Integrations.GitHub;

/// <summary>
/// Tokens of an app for the repositories where it is installed: each is asked for with a proof that the app's key signs (RFC
/// 7519), lives an hour, and is kept until it is nearly over.
/// </summary>
internal sealed class GitHubAppTokens(GitHubOptions options, TimeProvider time)
{
    // GitHub takes proofs of at most ten minutes, and clocks differ.
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ProofLives = TimeSpan.FromMinutes(9);
    private static readonly TimeSpan NearlyOver = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<RepositoryName, AccessToken> kept = [];

    /// <param name="as">A client that shows the proof.</param>
    public async Task<string> ForAsync(RepositoryName repository, Func<string, GitHubClient> @as)
    {
        if (kept.TryGetValue(repository, out var token) && token.ExpiresAt - NearlyOver > time.GetUtcNow())
            return token.Token;
        var github = @as(Proof());
        var installation = await github.GitHubApps.GetRepositoryInstallationForCurrent(repository.Owner, repository.Name);
        // Octokit's own call asks for one that is good for all repositories of the installation.
        var made = await github.Connection.Post<AccessToken>(
            new Uri($"app/installations/{installation.Id}/access_tokens", UriKind.Relative),
            new { Repositories = new[] { repository.Name } },
            "application/vnd.github+json",
            "application/json"
        );
        kept[repository] = made.Body;
        return made.Body.Token;
    }

    /// <summary>It was not taken: the next one has the rights that the app has by then.</summary>
    public void Forget(RepositoryName repository) => kept.TryRemove(repository, out _);

    private string Proof()
    {
        var now = time.GetUtcNow();
        var head = Encoded(new { alg = "RS256", typ = "JWT" });
        var claims = Encoded(
            new
            {
                iat = (now - ClocksDiffer).ToUnixTimeSeconds(),
                exp = (now + ProofLives).ToUnixTimeSeconds(),
                iss = options.AppId,
            }
        );
        using var key = RSA.Create();
        key.ImportFromPem(options.PrivateKey);
        var signature = key.SignData(
            System.Text.Encoding.ASCII.GetBytes($"{head}.{claims}"),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{head}.{claims}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encoded<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
