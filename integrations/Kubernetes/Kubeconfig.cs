using System.Text;
using k8s;
using k8s.KubeConfigModels;
using Runbooks.Running;

namespace Integrations.Kubernetes;

/// <summary>
/// A kubeconfig, looked through before the client takes it up: what it lacks is named, and nothing of it that may be a secret. The client
/// compares names whatever their case, and kubectl does not: it is given what the exact names mean, and nothing else.
/// </summary>
internal static class Kubeconfig
{
    // Of the names in a large one so many are told.
    private const int MostNames = 10;

    /// <summary>The context, its cluster and its user alone. Also reads the token of a <c>tokenFile</c>, which the client does not know.</summary>
    /// <exception cref="CallRefusedException">The client could not use it, or would do more with it than sign in.</exception>
    public static async Task<K8SConfiguration> ReadAsync(string text, string? context, CancellationToken cancel)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var config = await KubernetesClientConfiguration.LoadKubeConfigAsync(file);
        var contexts = config.Contexts ?? [];
        if ((context ?? config.CurrentContext) is not { Length: > 0 } name)
            throw Refused($"'kubeconfig' has no current-context: name one in 'context'. {Has(contexts.Select(one => one.Name))}");
        if (contexts.FirstOrDefault(one => one.Name == name) is not { ContextDetails: { } details } found)
            throw Refused($"'kubeconfig' has no context '{name}'. {Has(contexts.Select(one => one.Name))}");
        config.Contexts = [found];
        config.Clusters = [CheckedCluster(config, name, details.Cluster)];
        // A context without a user asks as nobody.
        if (!string.IsNullOrWhiteSpace(details.User))
        {
            var user = CheckedUser(config, name, details.User);
            if (TokenFile(text, details.User) is { } path)
                user.UserCredentials.Token = await TokenAsync(details.User, path, cancel);
            config.Users = [user];
        }

        return config;
    }

    private static Cluster CheckedCluster(K8SConfiguration config, string context, string? name)
    {
        var clusters = config.Clusters ?? [];
        if (clusters.FirstOrDefault(one => one.Name == name) is not { ClusterEndpoint: { } cluster } found)
            throw Refused(
                $"the context '{context}' of 'kubeconfig' is about the cluster '{name}', which is not in it. {Has(clusters.Select(one => one.Name))}"
            );
        if (!Uri.TryCreate(cluster.Server, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
            throw Refused(
                $"the cluster '{name}' of 'kubeconfig' has '{SafeAddress.Of(cluster.Server)}' as its 'server': give the address of its API server, "
                    + "as https://10.0.0.1:6443"
            );
        if (server.UserInfo.Length > 0)
            throw Refused(
                $"the 'server' of the cluster '{name}' of 'kubeconfig' holds a user's name or password, and it is not sent from there: "
                    + "give them as 'username' and 'password' of the user"
            );
        if (server.Scheme is "https" && string.IsNullOrEmpty(cluster.CertificateAuthorityData))
            CheckFile($"the cluster '{name}'", "certificate-authority", cluster.CertificateAuthority);
        return found;
    }

    private static User CheckedUser(K8SConfiguration config, string context, string name)
    {
        var users = config.Users ?? [];
        if (users.FirstOrDefault(one => one.Name == name) is not { UserCredentials: { } user } found)
            throw Refused(
                $"the context '{context}' of 'kubeconfig' signs in as the user '{name}', of whom it holds no credentials. {Has(users.Select(one => one.Name))}"
            );
        CheckLogin(name, user);
        if (string.IsNullOrWhiteSpace(user.ClientCertificateData))
            CheckFile($"the user '{name}'", "client-certificate", user.ClientCertificate);
        if (string.IsNullOrWhiteSpace(user.ClientKeyData))
            CheckFile($"the user '{name}'", "client-key", user.ClientKey);
        return found;
    }

    // It goes before a token that stands in the kubeconfig itself, as kubectl has it.
    private static string? TokenFile(string text, string user) =>
        KubernetesYaml.Deserialize<Dictionary<string, object>>(text).GetValueOrDefault("users") is IEnumerable<object> users
            ? users
                .OfType<IDictionary<object, object>>()
                .Where(one => one.TryGetValue("name", out var name) && name as string == user)
                .Select(one => one.TryGetValue("user", out var login) ? login as IDictionary<object, object> : null)
                .Select(login => login is not null && login.TryGetValue("tokenFile", out var path) ? path as string : null)
                .FirstOrDefault()
            : null;

    private static async Task<string> TokenAsync(string user, string path, CancellationToken cancel)
    {
        try
        {
            return (await File.ReadAllTextAsync(path, cancel)).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable($"the user '{user}'", "tokenFile", fault);
        }
    }

    // The client would start the program that a kubeconfig names, with all that the bot may do.
    private static void CheckLogin(string name, UserCredentials user)
    {
        if (user.Impersonate is { Length: > 0 } other)
            throw Refused(
                $"the user '{name}' of 'kubeconfig' acts as '{other}' ('as'), and the bot acts as nobody else: give it credentials of that account"
            );
        var by = user switch
        {
            { ExternalExecution: not null } => "exec",
            { AuthProvider: not null } => "auth-provider",
            _ => null,
        };
        if (by is not null)
            throw Refused(
                $"the user '{name}' of 'kubeconfig' signs in by '{by}', and the bot starts no program for that: "
                    + "give it a token or a client certificate, as of a service account"
            );
    }

    private static void CheckFile(string whose, string key, string? path)
    {
        if (string.IsNullOrWhiteSpace(path))
            return;
        try
        {
            File.OpenHandle(path).Dispose();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(whose, key, fault);
        }
    }

    private static CallRefusedException Unreadable(string whose, string key, Exception fault) =>
        Refused(
            $"{whose} of 'kubeconfig' has a file of this machine as its '{key}', and it cannot be read ({fault.Message.TrimEnd('.')}): "
                + "let the bot's account read it, or give the text with what is in it (`kubectl config view --raw --flatten`)"
        );

    private static string Has(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Count == 0
            ? "It has none."
            : $"It has {string.Join(", ", all.Take(MostNames))}{(all.Count > MostNames ? $" and {all.Count - MostNames} more" : "")}.";
    }

    private static CallRefusedException Refused(string because) => new(FailureClass.NotSent, because);
}
