using System.Net;
using Octokit;
using Octokit.Internal;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.GitHub;

/// <summary>
/// Lets an action work with one repository through Octokit, on a transport that sends nothing twice, and words what goes wrong
/// (docs/adr/0041).
/// </summary>
internal sealed class GitHubAccess(GitHubOptions options, TimeProvider time)
{
    private static readonly ProductHeaderValue Product = new("incident-runbook");

    // The operator named this host in the settings; runbooks name only repositories.
    private readonly Outward outward = new(new AllowedHosts([options.ApiUrl.Host]), time);
    private readonly GitHubAppTokens tokens = new(options, time);

    public TimeProvider Time => time;

    /// <param name="passes">Told when GitHub answers that it cannot or will not answer for now, and how long it is to be left alone.</param>
    public async Task<ActionResult> AskAsync(
        ActionCall call,
        string repository,
        Func<GitHubClient, RepositoryName, Task<ActionResult>> ask,
        CancellationToken cancel,
        Action<TimeSpan>? passes = null
    )
    {
        var name = RepositoryName.Parse(repository)!;
        if (!options.IsOn)
            return new ActionResult.Failed(
                FailureClass.NotSent,
                "GitHub is not set up. An operator sets GitHub:Token, or GitHub:AppId and GitHub:PrivateKey."
            );
        using var transport = new GitHubTransport(outward, call, cancel);
        try
        {
            return await ask(Client(transport, await CredentialsAsync(transport, name)), name);
        }
        catch (ApiException fault)
        {
            if (fault.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                tokens.Forget(name);
            if (GitHubFailures.Pause(fault, time) is { } pause)
                passes?.Invoke(pause);
            return GitHubFailures.Answered(fault, call, transport);
        }
        catch (Exception fault) when (transport.Failed(fault) is { } failed)
        {
            return failed;
        }
    }

    private async Task<Credentials> CredentialsAsync(GitHubTransport transport, RepositoryName name)
    {
        if (!options.IsApp)
            return new Credentials(options.Token);
        transport.Prepares = true;
        var token = await tokens.ForAsync(name, proof => Client(transport, new Credentials(proof, AuthenticationType.Bearer)));
        transport.Prepares = false;
        return new Credentials(token);
    }

    private GitHubClient Client(GitHubTransport transport, Credentials credentials) =>
        new(new Connection(Product, options.ApiUrl, new InMemoryCredentialStore(credentials), transport, new GitHubJson()));
}

/// <summary><c>owner/name</c>.</summary>
internal sealed record RepositoryName(string Owner, string Name)
{
    public static RepositoryName? Parse(string text) =>
        text.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } name] && (owner + name).All(Allowed) && name is not ("." or "..")
            ? new RepositoryName(owner, name)
            : null;

    public override string ToString() => $"{Owner}/{Name}";

    // Of GitHub's own rules; it also keeps the name one piece of a path.
    private static bool Allowed(char one) => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.';
}
