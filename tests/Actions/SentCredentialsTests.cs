using System.Net.Sockets;
using System.Text;
using Integrations;
using Integrations.Postgres;
using Integrations.Slack.Api;
using k8s;
using k8s.Authentication;
using k8s.Autorest;
using Refit;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>What is shown to be let in is known to the mask when it leaves, whoever put it there.</summary>
public sealed class SentCredentialsTests
{
    private readonly ActionCall call = new("run-1", "step", "run-1/step", null, default, StepEffect.Read, null, 1, _ => { })
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

    [Fact]
    public async Task The_password_that_the_client_of_PostgreSQL_finds_by_itself_is_masked()
    {
        // Asks for the password in clear, and refuses it in words that hold it.
        await using var server = new LoopbackListener(
            async (socket, stop) =>
            {
                using (socket)
                {
                    await TakeAsync(socket, stop);
                    await socket.SendAsync("R\0\0\0\u0008\0\0\0\u0003"u8.ToArray(), stop);
                    // p, its length, the password, and a zero.
                    var shown = Encoding.UTF8.GetString((await TakeAsync(socket, stop))[5..^1]);
                    byte[] fields = [.. Encoding.UTF8.GetBytes($"SFATAL\0VFATAL\0C28P01\0Mwho is {shown}?\0\0")];
                    await socket.SendAsync((byte[])[(byte)'E', 0, 0, 0, (byte)(fields.Length + 4), .. fields], stop);
                }
            }
        );
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "*:*:*:bot:of-the-pgpass\n");

        var failed = await Called.FailsAsync(
            new PostgresQueryAction(Called.Outward),
            new
            {
                connection = $"Host=127.0.0.1;Port={server.Port};Username=bot;Database=shop;Passfile={file};SSL Mode=Disable",
                sql = "select 1",
            },
            FailureClass.NotSent
        );

        File.Delete(file);
        failed.Because.ShouldContain("who is ***?");

        static async Task<byte[]> TakeAsync(Socket socket, CancellationToken stop)
        {
            var buffer = new byte[1024];
            return buffer[..await socket.ReceiveAsync(buffer, SocketFlags.None, stop)];
        }
    }

    [Fact]
    public async Task The_token_for_Slack_is_in_no_words_of_its_refusal()
    {
        const string Token = "xoxb-planted-0123456789";
        var answer =
            $$"""{ "ok": false, "error": "invalid_auth", "response_metadata": { "messages": ["[ERROR] who is Bearer {{Token}}?"] } }""";
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {answer.Length}\n\n{answer}"
        );
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://127.0.0.1:{target.Port}/api") };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);

        var refused = await SlackApi.CallAsync(
            RestService.For<IAuthApi>(client, new RefitSettings { ContentSerializer = new FormContent() }).Test(new AuthTest(), default),
            default
        );

        refused.Error.ShouldBe("invalid_auth: [ERROR] who is Bearer ***?");
    }
}
