using Tests.Servers;
using Tests.Support;

namespace Tests.Library;

internal sealed class DeadBackend() : PlanStage("haproxy-backend-down")
{
    private HttpBackend server = null!;
    private HaproxyServer haproxy = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts =>
        [("drain", "drain"), ("restart", "restart-backend"), ("ready", "ready")];

    public override async Task SetUpAsync()
    {
        server = Started(new HttpBackend(Folder, "s1"));
        server.Start();
        haproxy = Started(new HaproxyServer(Folder, server));
        await haproxy.UntilUpAsync(server);
        server.Kill();
        await Until.Holds(async () => await haproxy.StatusAsync(server) == "DOWN", "the death of the server");
        (Inputs["socket"], Inputs["backend"], Inputs["server"]) = (haproxy.Socket, HaproxyServer.Backend, server.Name);
    }

    // One that is drained shows as DRAIN or "DOWN (agent)", never as DOWN alone with this state.
    public override async Task<string> WrittenAsync() =>
        $"{await haproxy.StatusAsync(server)} {await haproxy.AdminStateAsync(server)} {server.Starts}";
}

internal class BadRelease() : PlanStage("bad-rollout")
{
    private GitHubServer github = null!;

    protected virtual string Errors => "vector(0.2)";

    public override IReadOnlyList<(string Step, string Says)> Acts => [("deploy", "deploy.yml"), ("theirs", "post: Nothing was deployed")];

    public override int? Asked => github.Requests.Count;

    public override async Task SetUpAsync()
    {
        github = Started(await GitHubServer.StartAsync(Folder + "/web.git"));
        var prometheus = Started(new PrometheusServer(Folder));
        await prometheus.UntilReadyAsync();
        (Inputs["repository"], Inputs["version"], Inputs["previous"]) = (GitHubServer.Repository, "2.0.1", "2.0.0");
        (Inputs["released"], Inputs["prometheus"], Inputs["errors"]) = (GitHubServer.Repository, prometheus.Address, Errors);
        (Environment["GitHub__Token"], Environment["GitHub__ApiUrl"]) = (GitHubServer.Token, github.Address.ToString());
    }

    public override Task<string> WrittenAsync() =>
        Task.FromResult(
            string.Join('\n', github.Requests.Select(one => one.Operation).Where(one => !one.StartsWith("GET ", StringComparison.Ordinal)))
                + string.Join('\n', github.Objections)
        );
}

/// <summary>It killed all traffic: a share of nothing.</summary>
internal sealed class SilentRelease : BadRelease
{
    protected override string Errors => "vector(0) / vector(0)";
}

internal sealed class OldCertificate() : PlanStage("certificate-expiring")
{
    private TlsTarget server = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts => [("renew", "certbot renew"), ("reload", "systemctl reload")];

    /// <summary>Handshakes for the name that clients ask for.</summary>
    public override int? Asked => server.Names.Count(name => name is "shop.example");

    public override Task SetUpAsync()
    {
        server = Started(TlsTarget.SelfSigned("shop.example"));
        (Inputs["host"], Inputs["port"]) = ("127.0.0.1", $"{server.Port}");
        (Inputs["name"], Inputs["days"]) = ("shop.example", "60");
        Environment["CERTIFICATE_SSH_KEY"] = Secret;
        return Task.CompletedTask;
    }

    public override Task<string> WrittenAsync() => Task.FromResult($"{server.Requests} requests after a handshake");
}

internal sealed class IllNameServer() : PlanStage("dns-failure")
{
    private NameServer ill = null!;
    private NameServer other = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts => [("restart", "systemctl restart")];

    public override int? Asked => Math.Min(ill.Queries, other.Queries);

    public override Task SetUpAsync()
    {
        ill = Started(new NameServer(fails: true));
        other = Started(new NameServer());
        (Inputs["name"], Inputs["other"]) = ("shop.example", other.Address);
        Inputs["server"] = Inputs["resolver"] = ill.Address;
        Environment["DNS_SSH_KEY"] = Secret;
        return Task.CompletedTask;
    }

    public override Task<string> WrittenAsync() => Task.FromResult($"{ill.Updates} and {other.Updates} updates");
}

internal sealed class IllService() : PlanStage("restart-service")
{
    private TcpTarget ill = null!;
    private CountingTarget service = null!;

    public override IReadOnlyList<(string Step, string Says)> Acts => [("restart", "POST " + service.Address + "/restart")];

    public override int? Asked => ill.Requests;

    public override async Task SetUpAsync()
    {
        ill = Started(TcpTarget.Answering("HTTP/1.1 503 Service Unavailable\nContent-Length: 0\n\n"));
        service = Started(await CountingTarget.StartAsync());
        Inputs["service"] = "shop";
        (Inputs["health-url"], Inputs["restart-url"]) = ($"http://127.0.0.1:{ill.Port}/health", service.Address + "/restart");
    }

    public override Task<string> WrittenAsync() => Task.FromResult($"{service.EffectsOf("restart")} restarts");
}
