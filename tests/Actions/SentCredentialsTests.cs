using Integrations;
using k8s;
using k8s.Authentication;
using k8s.Autorest;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>What is shown to be let in is known to the mask when it leaves, whoever put it there.</summary>
public sealed class SentCredentialsTests
{
    private readonly ActionCall call = new("run-1", "step", 1, null, default, StepEffect.Read, null, 1, _ => { })
    {
        Secrets = new CallMask(new SecretMask(["of-the-run"])),
    };

    [Fact]
    public async Task The_token_that_a_pod_has_in_a_file_is_masked_as_it_is_read()
    {
        await using var target = TcpTarget.Answering("HTTP/1.1 403 No\nContent-Length: 0\n\n");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "of-the-pod");
        // As the client does it inside a cluster.
        var config = new KubernetesClientConfiguration
        {
            Host = $"http://127.0.0.1:{target.Port}",
            TokenProvider = new TokenFileAuth(file),
        };
        using var client = new k8s.Kubernetes(config, new SentCredentials(call));

        await Should.ThrowAsync<HttpOperationException>(() => client.CoreV1.ReadNodeAsync("worker-3"));

        File.Delete(file);
        call.Mask.Apply("of-the-pod of-the-run of-nobody").ShouldBe("*** *** of-nobody");
        call.Secrets.Besides.Apply("of-the-pod of-the-run of-nobody").ShouldBe("*** of-the-run of-nobody");
    }
}
