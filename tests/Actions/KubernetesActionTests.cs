using System.Text.Json;
using Integrations.Kubernetes;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>The actions for Kubernetes, through its own client, on a server that a real API server's description of itself judges.</summary>
public sealed class KubernetesActionTests : IAsyncLifetime
{
    private const string Web = "/apis/apps/v1/namespaces/shop/deployments/web";
    private const string Node = "/api/v1/nodes/worker-3";
    private const string Pods = "/api/v1/namespaces/shop/pods/";
    private KubernetesServer server = null!;

    public async Task InitializeAsync()
    {
        server = await KubernetesServer.StartAsync();
        server.Add(
            Web,
            """
            { "metadata": { "generation": 3, "annotations": { "deployment.kubernetes.io/revision": "3" } },
              "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "web" } }, "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "web", "image": "web:3" }] } } },
              "status": { "observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
                          "conditions": [{ "type": "Available", "status": "True", "reason": "MinimumReplicasAvailable" }] } }
            """
        );
        foreach (var revision in (int[])[1, 2, 3])
            server.Add(
                $"/apis/apps/v1/namespaces/shop/replicasets/web-{revision}",
                $$"""
                { "metadata": { "annotations": { "deployment.kubernetes.io/revision": "{{revision}}" }, "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "uid-of-web" }] },
                  "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": { "metadata": { "labels": { "app": "web", "pod-template-hash": "h{{revision}}" } }, "spec": { "containers": [{ "name": "web", "image": "web:{{revision}}" }] } } } }
                """
            );
        server.Add(Node, """{ "spec": {} }""");
        Pod("web-a", "ReplicaSet");
        Pod("logs", "DaemonSet");
    }

    public async Task DisposeAsync()
    {
        server.Objections.ShouldBeEmpty();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task An_object_is_looked_at_and_scaled()
    {
        var found = await DoAsync(new KubernetesGetAction(Called.Outward), With("kind", "deployment"));
        var scaled = await DoAsync(new KubernetesScaleAction(Called.Outward), With("replicas", 6));

        found.GetProperty("uid").GetString().ShouldBe("uid-of-web");
        found.GetProperty("object").GetProperty("spec").GetProperty("replicas").GetInt32().ShouldBe(2);
        scaled.GetProperty("before").GetInt32().ShouldBe(2);
        server[Web]["spec"]!["replicas"]!.GetValue<int>().ShouldBe(6);
    }

    [Fact]
    public async Task A_restart_makes_new_pods_once_however_often_it_is_repeated()
    {
        var restart = new KubernetesRolloutRestartAction(Called.Outward);

        var first = await DoAsync(restart, With());
        var again = await DoAsync(restart, With());

        first.GetProperty("generation").GetInt64().ShouldBe(4);
        again.GetProperty("generation").GetInt64().ShouldBe(4);
    }

    [Theory]
    [InlineData("exec", "exec: { apiVersion: client.authentication.k8s.io/v1, command: touch, args: [ MARK ], interactiveMode: Never }")]
    [InlineData("auth-provider", "auth-provider: { name: gcp, config: { cmd-path: touch, cmd-args: MARK } }")]
    public async Task A_kubeconfig_that_names_a_program_is_refused_and_the_program_is_not_started(string by, string login)
    {
        var mark = Path.Combine(Path.GetTempPath(), "incident-" + Path.GetRandomFileName());
        var with = With("kind", "deployment");
        with["kubeconfig"] = server.Kubeconfig.Replace(
            $"token: {KubernetesServer.Token}",
            login.Replace("MARK", mark, StringComparison.Ordinal),
            StringComparison.Ordinal
        );

        (await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.NotSent)).ShouldContain(
            $"the user 'bot' of 'kubeconfig' signs in by '{by}'"
        );

        File.Exists(mark).ShouldBeFalse();
        server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, 2, "web:2")]
    [InlineData(1, 1, "web:1")]
    public async Task An_undo_takes_the_pods_of_an_earlier_revision(int? revision, int to, string image)
    {
        var undone = await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", revision));

        undone.GetProperty("to").GetInt64().ShouldBe(to);
        var template = server[Web]["spec"]!["template"]!;
        template["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe(image);
        template["metadata"]!["labels"]!.AsObject().ContainsKey("pod-template-hash").ShouldBeFalse();
    }

    [Fact]
    public async Task A_revision_that_is_no_more_is_refused_with_those_that_are() =>
        (await FailsAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 9), FailureClass.Refused)).ShouldContain(
            "1, 2, 3"
        );

    [Fact]
    public async Task A_rollout_is_waited_for_and_one_that_Kubernetes_gave_up_fails()
    {
        var status = new KubernetesRolloutStatusAction(Called.Outward);
        (await DoAsync(status, With())).GetProperty("ready").GetInt32().ShouldBe(2);

        server[Web]["status"]!["availableReplicas"] = 1;
        var waiting = Called.RunAsync(status, With());
        await Until.Holds(() => Task.FromResult(server.Requests.Count(one => one == "GET " + Web) > 1), "a look at it");
        // A connection that is lost on the way does not end the wait.
        server.Drops = 1;
        await Until.Holds(() => Task.FromResult(server.Requests.Count(one => one == "GET " + Web) > 2), "another look at it");
        server.Drops.ShouldBe(0);
        server[Web]["status"]!["availableReplicas"] = 2;
        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();

        server[Web]["status"]!["conditions"]![0]!["reason"] = "ProgressDeadlineExceeded";
        server[Web]["status"]!["conditions"]![0]!["message"] = "ReplicaSet web-3 has timed out progressing.";
        (await FailsAsync(status, With(), FailureClass.Refused)).ShouldContain("timed out progressing");
    }

    [Fact]
    public async Task A_condition_is_waited_for_and_a_pod_shows_what_it_wrote()
    {
        var wait = new Dictionary<string, object?> { ["kind"] = "deployment", ["condition"] = "Available" };
        (await DoAsync(new KubernetesWaitAction(Called.Outward), With(wait)))
            .GetProperty("reason")
            .GetString()
            .ShouldBe("MinimumReplicasAvailable");

        (await DoAsync(new KubernetesLogsAction(Called.Outward), With("name", "web-a")))
            .GetProperty("text")
            .GetString()
            .ShouldBe("one\ntwo\n");
    }

    [Fact]
    public async Task A_patch_changes_a_part()
    {
        var patch = new Dictionary<string, object?>
        {
            ["kind"] = "deployment",
            ["patch"] = new { spec = new { paused = true } },
            ["type"] = "merge",
        };

        await DoAsync(new KubernetesPatchAction(Called.Outward), With(patch));

        server[Web]["spec"]!["paused"]!.GetValue<bool>().ShouldBeTrue();
        server[Web]["spec"]!["replicas"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_node_is_drained_within_its_budgets_and_what_belongs_to_it_stays()
    {
        server.HeldUp = 1;

        var drained = await DoAsync(new KubernetesDrainAction(Called.Outward), With("node", "worker-3", named: false));

        drained.GetProperty("evicted").ToString().ShouldBe("""["shop/web-a"]""");
        drained.GetProperty("left").GetInt32().ShouldBe(1);
        server[Node]["spec"]!["unschedulable"]!.GetValue<bool>().ShouldBeTrue();
        server.Has(Pods + "web-a").ShouldBeFalse();
        await DoAsync(
            new KubernetesCordonAction(Called.Outward),
            With(new Dictionary<string, object?> { ["node"] = "worker-3", ["on"] = false }, named: false)
        );
        server[Node]["spec"]!["unschedulable"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task An_old_server_and_a_pod_of_nobody_are_refused_in_words()
    {
        var drain = new KubernetesDrainAction(Called.Outward);
        server.IsOld = true;
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain("older than Kubernetes 1.22");

        Pod("lonely", null);
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain(
            "shop/lonely belongs to nobody"
        );
    }

    [Fact]
    public async Task A_pod_is_deleted_by_its_UID_and_no_other_of_that_name()
    {
        var delete = new KubernetesDeletePodAction(Called.Outward);
        var other = new Dictionary<string, object?> { ["name"] = "web-a", ["uid"] = "uid-of-an-older-one" };
        var right = new Dictionary<string, object?> { ["name"] = "web-a", ["uid"] = "uid-of-web-a" };

        (await DoAsync(delete, With(other))).GetProperty("deleted").GetBoolean().ShouldBeFalse();
        server.Has(Pods + "web-a").ShouldBeTrue();
        (await DoAsync(delete, With(right))).GetProperty("deleted").GetBoolean().ShouldBeTrue();
        (await DoAsync(delete, With(right))).GetProperty("deleted").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task What_the_API_server_refuses_is_told_and_no_secret_with_it()
    {
        var cordon = new KubernetesCordonAction(Called.Outward);

        (await FailsAsync(cordon, With("node", "forbidden", named: false), FailureClass.Refused)).ShouldContain(
            "may not do this (403): nodes"
        );
        (await FailsAsync(cordon, With("node", "nothing", named: false), FailureClass.Refused)).ShouldContain("no such thing (404)");
        var stranger = With("node", "worker-3", named: false);
        stranger["kubeconfig"] = server.Kubeconfig.Replace(KubernetesServer.Token, "another-planted-token", StringComparison.Ordinal);
        (await FailsAsync(cordon, stranger, FailureClass.Refused)).ShouldNotContain("planted");
        stranger["kubeconfig"] = "users: [{ token: planted";
        (await FailsAsync(cordon, stranger, FailureClass.NotSent)).ShouldNotContain("planted");
        stranger["kubeconfig"] = server.Kubeconfig.Replace("127.0.0.1", "192.0.2.1", StringComparison.Ordinal);
        (await FailsAsync(cordon, stranger, FailureClass.NotSent)).ShouldContain("Runbooks:AllowedHosts");
    }

    [Fact]
    public async Task A_lost_answer_is_unknown_and_nothing_is_sent_again()
    {
        await using var resets = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        var cordon = new KubernetesCordonAction(Called.Outward);

        await Called.FailsAsync(cordon, At(resets.Port), FailureClass.Unknown);
        await Called.FailsAsync(cordon, At(silent.Port), FailureClass.Unknown, TimeSpan.FromSeconds(1));
        await Called.FailsAsync(cordon, At(Loopback.FreePort()), FailureClass.NotSent);

        (resets.Requests, resets.Connections).ShouldBe((1, 1));

        Dictionary<string, object?> At(int port)
        {
            var with = With("node", "worker-3", named: false);
            with["kubeconfig"] = server.Kubeconfig.Replace(
                new Uri(server.Kubeconfig.Split('"')[1]).Authority,
                $"127.0.0.1:{port}",
                StringComparison.Ordinal
            );
            return with;
        }
    }

    private void Pod(string name, string? owner) =>
        server.Add(
            Pods + name,
            owner is null
                ? """{ "spec": { "nodeName": "worker-3" } }"""
                : $$"""{ "metadata": { "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "{{owner}}", "name": "x", "uid": "u" }] }, "spec": { "nodeName": "worker-3" } }"""
        );

    private Dictionary<string, object?> With(string? key = null, object? value = null, bool named = true) =>
        With(key is null ? [] : new Dictionary<string, object?> { [key] = value }, named);

    private Dictionary<string, object?> With(Dictionary<string, object?> more, bool named = true)
    {
        var with = new Dictionary<string, object?> { ["kubeconfig"] = server.Kubeconfig };
        if (named)
            (with["name"], with["namespace"]) = ("web", "shop");
        foreach (var (key, value) in more)
            with[key] = value;
        return with;
    }

    private static Task<JsonElement> DoAsync(IStepAction action, Dictionary<string, object?> with) => Called.SucceedsAsync(action, with);

    private static async Task<string> FailsAsync(IStepAction action, Dictionary<string, object?> with, FailureClass expected) =>
        (await Called.FailsAsync(action, with, expected)).Because;
}
