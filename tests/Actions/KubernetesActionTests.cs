using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integrations;
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
    private const string Webs = "/apis/apps/v1/namespaces/shop/deployments";
    private KubernetesServer server = null!;

    // Its pauses, up to a minute, pass in a blink.
    private static Outward Hasty { get; } = new(new AllowedHosts(["127.0.0.1"]), new HastyTime(50));

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
        server[Web]["spec"]!["template"]!["metadata"]!["annotations"]!["kubectl.kubernetes.io/restartedAt"].ShouldNotBeNull();
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
    public async Task What_is_undone_is_undone_again_before_the_controller_has_seen_it()
    {
        await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 2));
        await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 3));

        server[Web]["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("web:3");
    }

    [Fact]
    public async Task Of_the_revisions_that_are_kept_it_tells_which_is_now_and_which_was_before()
    {
        var history = await DoAsync(new KubernetesRolloutHistoryAction(Called.Outward), With());

        history.GetProperty("current").GetInt64().ShouldBe(3);
        history.GetProperty("previous").GetInt64().ShouldBe(2);
        history
            .GetProperty("revisions")
            .EnumerateArray()
            .Select(one => one.GetProperty("images")[0].GetString())
            .ShouldBe(["web:3", "web:2", "web:1"]);
    }

    [Fact]
    public async Task Of_the_pods_those_that_are_ill_come_first_and_what_was_told_of_them()
    {
        const string mail = "/api/v1/namespaces/mail/";
        server.Add("/apis/apps/v1/namespaces/mail/deployments/web", """{ "spec": { "selector": { "matchLabels": { "app": "web" } } } }""");
        server.Add(
            mail + "pods/web-well",
            """{ "spec": { "containers": [{ "image": "web:2" }] }, "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] } }"""
        );
        server.Add(
            mail + "pods/web-ill",
            """
            { "spec": { "containers": [{ "image": "web:3" }] },
              "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "False" }],
                          "containerStatuses": [{ "restartCount": 4, "state": { "waiting": { "reason": "CrashLoopBackOff" } } }] } }
            """
        );
        foreach (var (name, pod, at) in new[] { ("a", "web-ill", "07:00"), ("b", "web-ill", "07:01"), ("c", "web-well", "07:02") })
            server.Add(
                mail + "events/" + name,
                $$"""{ "involvedObject": { "name": "{{pod}}" }, "reason": "BackOff", "message": "number {{name}}", "lastTimestamp": "2026-11-29T{{at}}:00Z" }"""
            );

        var found = await DoAsync(new KubernetesPodsAction(Called.Outward), With("namespace", "mail"));

        found.GetProperty("ready").GetInt32().ShouldBe(1);
        found.GetProperty("ill").ToString().ShouldBe("""["web-ill"]""");
        found
            .GetProperty("pods")[0]
            .ToString()
            .ShouldBe(
                """{"name":"web-ill","phase":"Running","ready":false,"restarts":4,"images":["web:3"],"because":"CrashLoopBackOff","events":["BackOff: number b","BackOff: number a"]}"""
            );
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

        server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        var waiting = Called.RunAsync(status, With());
        await WatchedAsync(1);
        server.Change(Web, one => one["status"]!["availableReplicas"] = 2);
        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
        server.Requests.Count(one => one == "GET " + Webs).ShouldBe(2);

        server.Change(
            Web,
            one =>
            {
                one["status"]!["conditions"]![0]!["reason"] = "ProgressDeadlineExceeded";
                one["status"]!["conditions"]![0]!["message"] = "ReplicaSet web-3 has timed out progressing.";
            }
        );
        (await FailsAsync(status, With(), FailureClass.Refused)).ShouldContain("timed out progressing");
    }

    [Fact]
    public async Task What_Kubernetes_says_of_an_earlier_rollout_is_not_said_of_this_one()
    {
        server.Change(
            Web,
            one =>
            {
                one["metadata"]!["generation"] = 4;
                one["status"]!["conditions"]![0]!["reason"] = "ProgressDeadlineExceeded";
            }
        );

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(Called.Outward), With());
        await WatchedAsync(1);
        server.Change(
            Web,
            one =>
            {
                one["status"]!["observedGeneration"] = 4;
                one["status"]!["conditions"]![0]!["reason"] = "NewReplicaSetAvailable";
            }
        );

        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
    }

    [Theory]
    [InlineData(WatchFault.Gone, 2, "too old resource version")]
    [InlineData(WatchFault.Error, 1, "leader changed")]
    [InlineData(WatchFault.Nonsense, 1, "cannot be read")]
    [InlineData(WatchFault.Drop, 1, "the answer broke off")]
    [InlineData(WatchFault.Silence, 1, "nothing came any more")]
    [InlineData(WatchFault.End, 1, null)]
    public async Task A_watch_that_ends_is_taken_up_where_it_was_or_anew_if_the_server_has_forgotten(
        WatchFault fault,
        int lists,
        string? told
    )
    {
        server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        server.Faults.Enqueue(fault);
        var lines = new ConcurrentQueue<string>();

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(Hasty), With(), output: lines.Enqueue);
        await WatchedAsync(2);
        server.Change(Web, one => one["status"]!["availableReplicas"] = 2);

        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
        server.Requests.Count(one => one == "GET " + Webs).ShouldBe(lists);
        if (told is null)
            lines.ShouldNotContain(line => line.Contains("the watch", StringComparison.Ordinal));
        else
            lines.ShouldContain(line => line.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watch_that_cannot_be_taken_up_again_ends_unknown()
    {
        server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        for (var one = 0; one < 20; one++)
            server.Faults.Enqueue(WatchFault.Drop);

        (await FailsAsync(new KubernetesRolloutStatusAction(Hasty), With(), FailureClass.Unknown)).ShouldContain(
            "the watch on deployments broke off and could not be taken up again"
        );

        server.Requests.Count(one => one == "WATCH " + Webs).ShouldBe(8);
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_stopped_and_when_what_it_waits_for_is_deleted()
    {
        server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        using var stop = new CancellationTokenSource();
        var stopped = Called.RunAsync(new KubernetesRolloutStatusAction(Called.Outward), With(), stop: stop.Token);
        await WatchedAsync(1);
        await stop.CancelAsync();
        (await stopped).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);

        var bereft = Called.RunAsync(new KubernetesRolloutStatusAction(Called.Outward), With());
        await WatchedAsync(2);
        server.Remove(Web);
        var failed = (await bereft).ShouldBeOfType<ActionResult.Failed>();
        (failed.Class, failed.Because).ShouldBe(
            (FailureClass.Refused, "it was deleted while it was waited for: deployments \"web\" in namespace \"shop\"")
        );
        (await FailsAsync(new KubernetesRolloutStatusAction(Called.Outward), With(), FailureClass.Refused)).ShouldBe(
            "there is no such thing (404): deployments \"web\" in namespace \"shop\""
        );
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

        server.Log = string.Concat(Enumerable.Range(0, 20_000).Select(line => $"line {line}\n"));
        var last = (await DoAsync(new KubernetesLogsAction(Called.Outward), With("name", "web-a"))).GetProperty("text").GetString()!;
        last.Length.ShouldBeInRange(63 * 1024, 64 * 1024);
        last.ShouldStartWith("line ");
        last.ShouldEndWith("line 19999\n");
    }

    [Theory]
    [InlineData("../secrets/db")]
    [InlineData("web?watch=true")]
    [InlineData("Web")]
    public async Task What_is_no_name_reaches_no_path(string name)
    {
        var with = new Dictionary<string, object?> { ["kind"] = "config-map", ["name"] = name };

        (await FailsAsync(new KubernetesGetAction(Called.Outward), With(with), FailureClass.NotSent)).ShouldContain($"'name' is '{name}'");

        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stateful_set_is_taken_back_to_its_controller_revision_as_it_was_looked_at()
    {
        const string Sets = "/apis/apps/v1/namespaces/shop/statefulsets/db";
        server.Add(Sets, """{ "spec": { "selector": { "matchLabels": { "app": "db" } }, "template": { "spec": { "image": "db:2" } } } }""");
        foreach (var revision in (int[])[1, 2])
            server.Add(
                $"/apis/apps/v1/namespaces/shop/controllerrevisions/db-{revision}",
                $$"""
                { "metadata": { "ownerReferences": [{ "uid": "uid-of-db" }] }, "revision": {{revision}},
                  "data": { "spec": { "template": { "spec": { "image": "db:{{revision}}" } } } } }
                """
            );

        var undone = await DoAsync(
            new KubernetesRolloutUndoAction(Called.Outward),
            With(new Dictionary<string, object?> { ["kind"] = "stateful-set", ["name"] = "db" })
        );

        (undone.GetProperty("from").GetInt64(), undone.GetProperty("to").GetInt64()).ShouldBe((2, 1));
        server[Sets]["spec"]!["template"]!["spec"]!["image"]!.GetValue<string>().ShouldBe("db:1");
    }

    [Fact]
    public async Task A_paused_deployment_is_neither_restarted_nor_undone()
    {
        server.Change(Web, one => one["spec"]!["paused"] = true);

        foreach (
            var action in (IStepAction[])
                [new KubernetesRolloutRestartAction(Called.Outward), new KubernetesRolloutUndoAction(Called.Outward)]
        )
            (await FailsAsync(action, With(), FailureClass.Refused)).ShouldContain("is paused: resume it first");

        server[Web]["metadata"]!["generation"]!.GetValue<int>().ShouldBe(3);
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

        var drained = await DoAsync(new KubernetesDrainAction(Hasty), With("node", "worker-3", named: false));

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
    public async Task What_may_not_be_drained_is_refused_in_words_and_the_node_left_as_it_was()
    {
        var drain = new KubernetesDrainAction(Called.Outward);
        server.IsOld = true;
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain("older than Kubernetes 1.22");
        server.IsOld = false;

        Pod("lonely", null);
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain(
            "Nobody would make anew: shop/lonely."
        );
        server.Remove(Pods + "lonely");
        server.Change(Pods + "web-a", pod => pod["spec"]!["volumes"] = new JsonArray(new JsonObject { ["emptyDir"] = new JsonObject() }));
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain(
            "Data in an emptyDir would be lost: shop/web-a."
        );
        server[Node]["spec"]!.AsObject().ShouldBeEmpty();

        await DoAsync(
            drain,
            With(new Dictionary<string, object?> { ["node"] = "worker-3", ["delete-emptydir-data"] = true }, named: false)
        );
        server.Has(Pods + "web-a").ShouldBeFalse();
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
        server.Has(Pods + "web-a").ShouldBeFalse();
        (await DoAsync(delete, With(right))).GetProperty("deleted").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task What_the_API_server_refuses_is_told_and_no_secret_with_it()
    {
        var cordon = new KubernetesCordonAction(Called.Outward);

        (await FailsAsync(cordon, With("node", "forbidden", named: false), FailureClass.Refused)).ShouldBe(
            "the account may not do this (403): nodes \"forbidden\" is forbidden: User \"***\" cannot patch resource \"nodes\" in API group \"\" "
                + "at the cluster scope. What is missing is this rule of a ClusterRole that is bound to it: "
                + "{ apiGroups: [\"\"], resources: [\"nodes\"], verbs: [\"patch\"] }"
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

    private Task WatchedAsync(int times) =>
        Until.Holds(
            () => Task.FromResult(server.Requests.Count(one => one.StartsWith("WATCH", StringComparison.Ordinal)) >= times),
            $"watch number {times}"
        );

    private void Pod(string name, string? owner) =>
        server.Add(
            Pods + name,
            owner is null
                ? """{ "spec": { "nodeName": "worker-3" } }"""
                : $$"""{ "metadata": { "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "{{owner}}", "name": "x", "uid": "u", "controller": true }] }, "spec": { "nodeName": "worker-3" } }"""
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
