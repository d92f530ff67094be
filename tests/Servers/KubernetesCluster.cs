using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Tests.Support;

namespace Tests.Servers;

/// <summary>
/// A real API server with its controllers and roles (RBAC), on an etcd of its own. It has no nodes: a node is an object that somebody
/// adds, and a pod is as ready as somebody says. Debian has only its source (package <c>kubernetes</c>), so that the programs come from
/// the folder that <c>INCIDENT_KUBERNETES</c> names.
/// </summary>
internal sealed class KubernetesCluster : IAsyncDisposable
{
    private const string AdminToken = "planted-token-of-the-cluster-admin";
    private const string ManagerToken = "planted-token-of-the-controllers";
    private readonly string folder = Directory.CreateTempSubdirectory("incident-kubernetes-").FullName;
    private readonly int etcdPort = Loopback.FreePort();
    private readonly string authority;
    private readonly ServerProcess etcd;
    private ServerProcess api;
    private ServerProcess? controllers;

    private KubernetesCluster()
    {
        authority = Base64(WriteKeys());
        File.WriteAllText(At("tokens.csv"), $"{AdminToken},admin,1,system:masters\n{ManagerToken},system:kube-controller-manager,2\n");
        File.WriteAllText(At("controllers.kubeconfig"), KubeconfigOf(ManagerToken));
        etcd = new ServerProcess(
            "etcd",
            "etcd-server",
            folder,
            "--data-dir",
            At("etcd"),
            "--listen-client-urls",
            Etcd,
            "--advertise-client-urls",
            Etcd,
            "--listen-peer-urls",
            $"http://127.0.0.1:{Loopback.FreePort()}"
        );
        api = StartApi();
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(AdminKubeconfig()));
        Admin = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(text));
    }

    public int Port { get; } = Loopback.FreePort();

    public k8s.Kubernetes Admin { get; }

    private string Etcd => $"http://127.0.0.1:{etcdPort}";

    public static async Task<KubernetesCluster> StartAsync()
    {
        var cluster = new KubernetesCluster();
        await cluster.UntilReadyAsync();
        cluster.controllers = cluster.StartControllers();
        // Without the account that they give each namespace there are no pods.
        await cluster.controllers.UntilAsync(() =>
            AnswersAsync(() => cluster.Admin.CoreV1.ReadNamespacedServiceAccountAsync("default", "default"))
        );
        return cluster;
    }

    private string KubeconfigOf(string token, int? port = null) =>
        $$"""
            apiVersion: v1
            kind: Config
            current-context: {{KubernetesServer.Name}}
            clusters: [{ name: {{KubernetesServer.Name}}, cluster: { server: "https://127.0.0.1:{{port
                ?? Port}}", certificate-authority-data: {{authority}} } }]
            users: [{ name: bot, user: { token: {{token}} } }]
            contexts: [{ name: {{KubernetesServer.Name}}, context: { cluster: {{KubernetesServer.Name}}, user: bot } }]
            """;

    /// <summary>The kubeconfig of a new service account, which may do what the rules say and nothing else.</summary>
    public async Task<string> AccountAsync(string space, string name, V1PolicyRule[] rules, int? port = null)
    {
        await Admin.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = name } }, space);
        await Admin.RbacAuthorizationV1.CreateClusterRoleAsync(
            new V1ClusterRole
            {
                Metadata = new() { Name = name },
                Rules = rules,
            }
        );
        await Admin.RbacAuthorizationV1.CreateClusterRoleBindingAsync(
            new V1ClusterRoleBinding
            {
                Metadata = new() { Name = name },
                RoleRef = new()
                {
                    ApiGroup = "rbac.authorization.k8s.io",
                    Kind = "ClusterRole",
                    Name = name,
                },
                Subjects =
                [
                    new()
                    {
                        Kind = "ServiceAccount",
                        Name = name,
                        NamespaceProperty = space,
                    },
                ],
            }
        );
        var token = await Admin.CoreV1.CreateNamespacedServiceAccountTokenAsync(
            new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } },
            name,
            space
        );
        return KubeconfigOf(token.Status.Token, port);
    }

    public string AdminKubeconfig(int? port = null) => KubeconfigOf(AdminToken, port);

    /// <summary>One that signs in by a certificate, as an admin.</summary>
    /// <param name="known">Whether it is of an authority that the API server takes.</param>
    public string CertificateKubeconfig(string name, bool known = true)
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest($"CN={name}, O=system:masters", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var issuer = X509Certificate2.CreateFromPemFile(At("clients.crt"), At("clients.key"));
        using var certificate = known
            ? request.Create(issuer, now.AddMinutes(-1), now.AddHours(1), [1])
            : request.CreateSelfSigned(now.AddMinutes(-1), now.AddHours(1));
        return AdminKubeconfig()
            .Replace(
                $"token: {AdminToken}",
                $"client-certificate-data: {Base64(certificate.ExportCertificatePem())}, client-key-data: {Base64(key.ExportPkcs8PrivateKeyPem())}",
                StringComparison.Ordinal
            );
    }

    /// <summary>SIGKILL.</summary>
    public void KillApi() => api.Kill();

    public async Task RestartApiAsync()
    {
        api.Dispose();
        api = StartApi();
        await UntilReadyAsync();
    }

    public ValueTask DisposeAsync()
    {
        Admin.Dispose();
        controllers?.Dispose();
        api.Dispose();
        etcd.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private ServerProcess StartControllers() =>
        new(
            Program("kube-controller-manager"),
            "kubernetes (its source)",
            folder,
            "--kubeconfig",
            At("controllers.kubeconfig"),
            "--service-account-private-key-file",
            At("accounts.key"),
            "--use-service-account-credentials",
            "--leader-elect=false",
            "--bind-address",
            "127.0.0.1",
            "--port",
            "0",
            "--secure-port",
            $"{Loopback.FreePort()}",
            "--cert-dir",
            At("certs"),
            // A node that never reports would be taken for dead.
            "--controllers",
            "*,-nodelifecycle"
        );

    private ServerProcess StartApi() =>
        new(
            Program("kube-apiserver"),
            "kubernetes (its source)",
            folder,
            "--etcd-servers",
            Etcd,
            "--bind-address",
            "127.0.0.1",
            "--secure-port",
            $"{Port}",
            "--advertise-address",
            "127.0.0.1",
            "--tls-cert-file",
            At("server.crt"),
            "--tls-private-key-file",
            At("server.key"),
            "--authorization-mode",
            "RBAC",
            "--client-ca-file",
            At("clients.crt"),
            "--token-auth-file",
            At("tokens.csv"),
            "--service-account-key-file",
            At("accounts.key"),
            "--service-account-signing-key-file",
            At("accounts.key"),
            "--service-account-issuer",
            "https://kubernetes.default.svc",
            "--service-cluster-ip-range",
            "10.0.0.0/24",
            "--endpoint-reconciler-type",
            "none",
            "--cert-dir",
            At("certs")
        );

    private Task UntilReadyAsync() => api.UntilAsync(() => AnswersAsync(() => Admin.CoreV1.ReadNamespaceAsync("kube-system")));

    private static async Task<bool> AnswersAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or HttpOperationException)
        {
            return false;
        }
    }

    /// <returns>The certificate that clients trust.</returns>
    private string WriteKeys()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        File.WriteAllText(At("server.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(At("server.crt"), certificate.ExportCertificatePem());
        using var clients = RSA.Create(2048);
        var signer = new CertificateRequest("CN=clients", clients, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        signer.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var signers = signer.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        File.WriteAllText(At("clients.key"), clients.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(At("clients.crt"), signers.ExportCertificatePem());
        using var accounts = RSA.Create(2048);
        File.WriteAllText(At("accounts.key"), accounts.ExportRSAPrivateKeyPem());
        return certificate.ExportCertificatePem();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string At(string file) => Path.Combine(folder, file);

    private static string Program(string name) =>
        Path.Combine(
            Environment.GetEnvironmentVariable("INCIDENT_KUBERNETES")
                ?? throw new InvalidOperationException(
                    "INCIDENT_KUBERNETES names no folder with kube-apiserver and kube-controller-manager."
                ),
            name
        );
}
