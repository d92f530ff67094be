using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integrations;
using Integrations.Kubernetes;
using k8s;
using k8s.Models;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>
/// The actions for Kubernetes on a real API server with its controllers: <c>INCIDENT_KUBERNETES=FOLDER dotnet test --filter KubernetesCluster</c>,
/// where the folder has <c>kube-apiserver</c> and <c>kube-controller-manager</c>. No package brings them, so that the usual run does without.
/// </summary>
public sealed class KubernetesClusterTests : IAsyncLifetime
{
    private const string Programs = "INCIDENT_KUBERNETES";
    private const string Space = "shop";
    private const string Node = "worker-3";
    private const string NoImage = "nowhere.invalid/none:1";
    private const string ClientHello = "\u0016\u0003\u0001";

    private readonly CancellationTokenSource over = new();
    private KubernetesCluster cluster = null!;
    private Task kubelet = Task.CompletedTask;

    private static Outward Hasty { get; } = new(new AllowedHosts(["127.0.0.1"]), new HastyTime(10));

    public async Task InitializeAsync()
    {
        cluster = await KubernetesCluster.StartAsync();
        await cluster.Admin.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = Space } });
        await Until.Holds(
            async () =>
                (await cluster.Admin.CoreV1.ListNamespacedServiceAccountAsync(Space)).Items.Any(account =>
                    account.Metadata.Name is "default"
                ),
            "the namespace's account"
        );
        await cluster.Admin.CoreV1.CreateNodeAsync(new V1Node { Metadata = new() { Name = Node } });
        kubelet = RunPodsAsync(over.Token);
        await cluster.Admin.AppsV1.CreateNamespacedDeploymentAsync(Deployment("web", "web:1"), Space);
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"));
    }

    public async Task DisposeAsync()
    {
        await over.CancelAsync();
        await kubelet;
        await cluster.DisposeAsync();
        over.Dispose();
    }

    [OnDemandFact(Programs)]
    public async Task A_rollout_is_restarted_undone_scaled_and_waited_for()
    {
        var restarted = await DoAsync(new KubernetesRolloutRestartAction(Called.Outward), With("web"));
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"));
        var again = await DoAsync(new KubernetesRolloutRestartAction(Called.Outward), With("web"));
        again.GetProperty("generation").GetInt64().ShouldBe(restarted.GetProperty("generation").GetInt64());

        await DoAsync(new KubernetesPatchAction(Called.Outward), With("web", ("kind", "deployment"), ("patch", Image("web:bad"))));
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"));
        var undone = await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("web"));
        var status = await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"));
        undone.GetProperty("from").GetInt64().ShouldBe(3);
        undone.GetProperty("to").GetInt64().ShouldBe(2);
        status.GetProperty("ready").GetInt32().ShouldBe(2);
        var found = await cluster.Admin.AppsV1.ReadNamespacedDeploymentAsync("web", Space);
        found.Spec.Template.Spec.Containers[0].Image.ShouldBe("web:1");
        found.Spec.Template.Metadata.Annotations.ShouldContainKey("kubectl.kubernetes.io/restartedAt");
        found.Metadata.Annotations["deployment.kubernetes.io/revision"].ShouldBe("4");
        await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("web", ("revision", 2)));
        (await cluster.Admin.AppsV1.ReadNamespacedDeploymentAsync("web", Space)).Metadata.Generation.ShouldBe(found.Metadata.Generation);
        var history = await DoAsync(new KubernetesRolloutHistoryAction(Called.Outward), With("web"));
        (history.GetProperty("current").GetInt64(), history.GetProperty("previous").GetInt64()).ShouldBe((4, 1));
        // The replica set of now was made before that of the bad revision, and rolled out again after it.
        WasRolledOutAfter(history, 1);
        history.GetProperty("revisions")[0].GetProperty("former").ToString().ShouldBe("[2]");

        var scaled = await DoAsync(new KubernetesScaleAction(Called.Outward), With("web", ("replicas", 4)));
        scaled.GetProperty("before").GetInt32().ShouldBe(2);
        (await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"))).GetProperty("ready").GetInt32().ShouldBe(4);
        (await DoAsync(new KubernetesWaitAction(Called.Outward), With("web", ("kind", "deployment"), ("condition", "Available"))))
            .GetProperty("reason")
            .GetString()
            .ShouldBe("MinimumReplicasAvailable");
    }

    [OnDemandFact(Programs)]
    public async Task A_rollout_that_Kubernetes_gave_up_is_undone_and_rolled_out()
    {
        // With one pod nothing tells of progress before the rollout is over.
        await DoAsync(new KubernetesScaleAction(Called.Outward), With("web", ("replicas", 1)));
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"));
        var stuck = JsonSerializer.SerializeToNode(Image(NoImage))!;
        stuck["spec"]!["progressDeadlineSeconds"] = 1;
        await DoAsync(new KubernetesPatchAction(Called.Outward), With("web", ("kind", "deployment"), ("patch", stuck)));
        (await FailsAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"))).ShouldStartWith(
            "Kubernetes gave the rollout up: ReplicaSet \"web-"
        );

        await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("web"));
        var status = await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web"));

        status.GetProperty("updated").GetInt32().ShouldBe(1);
        (await cluster.Admin.AppsV1.ReadNamespacedDeploymentAsync("web", Space)).Spec.Template.Spec.Containers[0].Image.ShouldBe("web:1");
    }

    [OnDemandFact(Programs)]
    public async Task Pods_are_selected_by_expressions_as_well()
    {
        var other = Deployment("api", "api:1");
        other.Spec.Selector = new()
        {
            MatchExpressions =
            [
                new()
                {
                    Key = "app",
                    OperatorProperty = "In",
                    Values = ["api", "none"],
                },
                new()
                {
                    Key = "app",
                    OperatorProperty = "NotIn",
                    Values = ["web"],
                },
                new() { Key = "app", OperatorProperty = "Exists" },
                new() { Key = "old", OperatorProperty = "DoesNotExist" },
            ],
        };
        await cluster.Admin.AppsV1.CreateNamespacedDeploymentAsync(other, Space);
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("api"));

        var pods = (await DoAsync(new KubernetesPodsAction(Called.Outward), With("api"))).GetProperty("pods");

        pods.EnumerateArray().Select(one => one.GetProperty("name").GetString()![..4]).ShouldBe(["api-", "api-"]);
    }

    [OnDemandFact(Programs)]
    public async Task A_stateful_set_is_undone_by_its_controller_revisions()
    {
        await cluster.Admin.AppsV1.CreateNamespacedStatefulSetAsync(
            new V1StatefulSet
            {
                Metadata = new() { Name = "db" },
                Spec = new()
                {
                    Replicas = 1,
                    ServiceName = "db",
                    Selector = new() { MatchLabels = Labels("db") },
                    Template = Template("db", "db:1"),
                },
            },
            Space
        );
        var set = ("kind", (object?)"stateful-set");
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("db", set));
        await DoAsync(new KubernetesPatchAction(Called.Outward), With("db", set, ("patch", Image("db:2", "db"))));
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("db", set));

        var undone = await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("db", set));
        await DoAsync(new KubernetesRolloutStatusAction(Called.Outward), With("db", set));

        (undone.GetProperty("from").GetInt64(), undone.GetProperty("to").GetInt64()).ShouldBe((2, 1));
        (await cluster.Admin.CoreV1.ReadNamespacedPodAsync("db-0", Space)).Spec.Containers[0].Image.ShouldBe("db:1");
        var history = await DoAsync(new KubernetesRolloutHistoryAction(Called.Outward), With("db", set));
        history.GetProperty("current").GetInt64().ShouldBe(3);
        WasRolledOutAfter(history, 1);
    }

    [OnDemandFact(Programs)]
    public async Task Objects_of_every_kind_are_looked_at_in_the_version_that_the_server_has_and_others_by_their_group()
    {
        var pod = new { spec = new { restartPolicy = "Never", containers = new[] { new { name = "a", image = "a:1" } } } };
        var storage = new { requests = new { storage = "1Gi" } };
        (string Kind, string Group, string Version, string Path, object Body)[] made =
        [
            (
                "CronJob",
                "batch",
                "v1beta1",
                $"namespaces/{Space}/cronjobs",
                new { spec = new { schedule = "0 3 * * *", jobTemplate = new { spec = new { template = pod } } } }
            ),
            ("Job", "batch", "v1", $"namespaces/{Space}/jobs", new { spec = new { template = pod } }),
            (
                "HorizontalPodAutoscaler",
                "autoscaling",
                "v2beta2",
                $"namespaces/{Space}/horizontalpodautoscalers",
                new
                {
                    spec = new
                    {
                        maxReplicas = 4,
                        scaleTargetRef = new
                        {
                            kind = "Deployment",
                            name = "web",
                            apiVersion = "apps/v1",
                        },
                    },
                }
            ),
            (
                "PodDisruptionBudget",
                "policy",
                "v1beta1",
                $"namespaces/{Space}/poddisruptionbudgets",
                new { spec = new { minAvailable = 1, selector = new { } } }
            ),
            (
                "Ingress",
                "networking.k8s.io",
                "v1",
                $"namespaces/{Space}/ingresses",
                new { spec = new { defaultBackend = new { service = new { name = "web", port = new { number = 80 } } } } }
            ),
            (
                "NetworkPolicy",
                "networking.k8s.io",
                "v1",
                $"namespaces/{Space}/networkpolicies",
                new { spec = new { podSelector = new { } } }
            ),
            ("StorageClass", "storage.k8s.io", "v1", "storageclasses", new { provisioner = "example.com/disk" }),
            (
                "PersistentVolumeClaim",
                "",
                "v1",
                $"namespaces/{Space}/persistentvolumeclaims",
                new { spec = new { accessModes = new[] { "ReadWriteOnce" }, resources = storage } }
            ),
            (
                "PersistentVolume",
                "",
                "v1",
                "persistentvolumes",
                new
                {
                    spec = new
                    {
                        accessModes = new[] { "ReadWriteOnce" },
                        capacity = storage.requests,
                        hostPath = new { path = "/data" },
                    },
                }
            ),
        ];
        foreach (var (kind, group, version, path, body) in made)
        {
            await CreateAsync(group, version, path, kind, "one", body);
            var word = JsonNamingPolicy.KebabCaseLower.ConvertName(kind);
            var found = await DoAsync(new KubernetesGetAction(Called.Outward), With("one", ("kind", word)));
            found.GetProperty("object").GetProperty("apiVersion").GetString().ShouldBe($"{group}/{version}".TrimStart('/'), kind);
        }

        await DoAsync(
            new KubernetesPatchAction(Called.Outward),
            With("one", ("kind", "cron-job"), ("patch", new { spec = new { suspend = true } }))
        );
        (await DoAsync(new KubernetesGetAction(Called.Outward), With("one", ("kind", "cron-job"))))
            .GetProperty("object")
            .GetProperty("spec")
            .GetProperty("suspend")
            .GetBoolean()
            .ShouldBeTrue();

        // The JSON library of 1.20 is older than Debian's compiler, and falls over objects of custom definitions: groups of the server's own are
        // found in the same way.
        (
            await FailsAsync(new KubernetesGetAction(Called.Outward), With("things.example.com", ("kind", "custom-resource-definition")))
        ).ShouldStartWith("there is no such thing (404): customresourcedefinitions.apiextensions.k8s.io \"things.example.com\" not found");
        var ofCluster = ("resource", (object?)"apiregistration.k8s.io/v1/apiservices");
        (await DoAsync(new KubernetesWaitAction(Called.Outward), With("v1.apps", ofCluster, ("condition", "Available"))))
            .GetProperty("reason")
            .GetString()
            .ShouldBe("Local");
        var inSpace = ("resource", (object?)"networking.k8s.io/v1/ingresses");
        await DoAsync(
            new KubernetesPatchAction(Called.Outward),
            With("one", inSpace, ("patch", new { metadata = new { annotations = new { seen = "yes" } } }))
        );
        (await DoAsync(new KubernetesGetAction(Called.Outward), With("one", inSpace)))
            .GetProperty("object")
            .GetProperty("metadata")
            .GetProperty("annotations")
            .ToString()
            .ShouldBe("""{"seen":"yes"}""");
        foreach (var none in (string[])["networking.k8s.io/v1/others", "networking.k8s.io/v9/ingresses", "other.example.com/v1/things"])
            (await FailsAsync(new KubernetesGetAction(Called.Outward), With("one", ("resource", none)))).ShouldStartWith(
                $"the API server has no {none}"
            );
    }

    [OnDemandFact(Programs)]
    public async Task What_the_API_server_refuses_ends_refused_with_what_to_do()
    {
        var viewer = await cluster.AccountAsync(
            Space,
            "viewer",
            [
                new V1PolicyRule
                {
                    ApiGroups = ["apps"],
                    Resources = ["deployments"],
                    Verbs = ["get"],
                },
            ]
        );

        (await FailsAsync(new KubernetesScaleAction(Called.Outward), With("web", ("replicas", 3), ("kubeconfig", viewer)))).ShouldBe(
            "the account may not do this (403): deployments.apps \"web\" is forbidden: User \"system:serviceaccount:shop:viewer\" cannot get "
                + "resource \"deployments/scale\" in API group \"apps\" in the namespace \"shop\". What is missing is this rule of a Role in namespace "
                + "shop that is bound to it: { apiGroups: [\"apps\"], resources: [\"deployments/scale\"], verbs: [\"get\"] }"
        );
        (await FailsAsync(new KubernetesRolloutStatusAction(Called.Outward), With("web", ("kubeconfig", viewer)))).ShouldContain(
            "verbs: [\"list\"]"
        );
        (await FailsAsync(new KubernetesCordonAction(Called.Outward), On(Node, ("kubeconfig", viewer)))).ShouldContain("a ClusterRole");
        (await FailsAsync(new KubernetesRolloutRestartAction(Called.Outward), With("nothing"))).ShouldBe(
            "there is no such thing (404): deployments.apps \"nothing\" not found in namespace \"shop\""
        );
        var stale = JsonElement.Parse("""{ "metadata": { "resourceVersion": "1" }, "spec": { "replicas": 9 } }""");
        (
            await FailsAsync(
                new KubernetesPatchAction(Called.Outward),
                With("web", ("kind", "deployment"), ("patch", stale), ("type", "merge"))
            )
        ).ShouldContain("it is not as it was when it was looked at (409): Operation cannot be fulfilled on deployments.apps \"web\"");
        (await cluster.Admin.AppsV1.ReadNamespacedDeploymentAsync("web", Space)).Spec.Replicas.ShouldBe(2);
        (
            await FailsAsync(
                new KubernetesGetAction(Called.Outward),
                With("web", ("kind", "deployment"), ("kubeconfig", viewer.Replace("token: ", "token: x", StringComparison.Ordinal)))
            )
        ).ShouldContain("does not know who asks (401)");
    }

    [OnDemandFact(Programs)]
    public async Task A_client_certificate_signs_in_and_one_of_a_stranger_does_not()
    {
        var get = new KubernetesGetAction(Called.Outward);
        var deployment = ("kind", (object?)"deployment");

        await DoAsync(get, With("web", deployment, ("kubeconfig", cluster.CertificateKubeconfig("bot"))));
        (await FailsAsync(get, With("web", deployment, ("kubeconfig", cluster.CertificateKubeconfig("bot", known: false))))).ShouldContain(
            "does not know who asks"
        );
    }

    [OnDemandFact(Programs)]
    public async Task A_pod_is_deleted_by_its_UID_and_a_node_cordoned_but_not_drained_by_so_old_a_server()
    {
        var pod = (await cluster.Admin.CoreV1.ListNamespacedPodAsync(Space)).Items[0].Metadata;
        var delete = new KubernetesDeletePodAction(Called.Outward);

        (await FailsAsync(delete, With(pod.Name, ("uid", Guid.Empty.ToString())))).ShouldContain("(409)");
        (await cluster.Admin.CoreV1.ReadNamespacedPodAsync(pod.Name, Space)).Metadata.Uid.ShouldBe(pod.Uid);
        (await DoAsync(delete, With(pod.Name, ("uid", pod.Uid), ("wait", true)))).GetProperty("deleted").GetBoolean().ShouldBeTrue();
        (await cluster.Admin.CoreV1.ListNamespacedPodAsync(Space)).Items.ShouldNotContain(one => one.Metadata.Uid == pod.Uid);

        (await FailsAsync(new KubernetesDrainAction(Called.Outward), On(Node))).ShouldContain("no eviction of policy/v1");
        (await cluster.Admin.CoreV1.ReadNodeAsync(Node)).Spec.Unschedulable.ShouldBeNull();
        await DoAsync(new KubernetesCordonAction(Called.Outward), On(Node));
        (await cluster.Admin.CoreV1.ReadNodeAsync(Node)).Spec.Unschedulable.ShouldBe(true);
        const string mark = "incident/cordoned-by";
        await UndoAsync("other.undo");
        (await cluster.Admin.CoreV1.ReadNodeAsync(Node)).Spec.Unschedulable.ShouldBe(true);
        foreach (var _ in (int[])[1, 2])
            await UndoAsync("step.undo");
        var node = await cluster.Admin.CoreV1.ReadNodeAsync(Node);
        node.Spec.Unschedulable.ShouldNotBe(true);
        (node.Metadata.Annotations?.ContainsKey(mark) is true).ShouldBeFalse();
        // As people do it: an undo whose step was refused leaves it so.
        var closed = new { spec = new { unschedulable = true } };
        await cluster.Admin.CoreV1.PatchNodeAsync(new V1Patch(closed, V1Patch.PatchType.StrategicMergePatch), Node);
        await UndoAsync("step.undo");
        (await cluster.Admin.CoreV1.ReadNodeAsync(Node)).Spec.Unschedulable.ShouldBe(true);
        await DoAsync(new KubernetesCordonAction(Called.Outward), On(Node, ("on", false)));
        (await cluster.Admin.CoreV1.ReadNodeAsync(Node)).Spec.Unschedulable.ShouldNotBe(true);

        async Task UndoAsync(string step) =>
            (
                await Called.RunAsync(new KubernetesCordonAction(Called.Outward), On(Node, ("on", false)), step: step)
            ).ShouldBeOfType<ActionResult.Succeeded>();
    }

    [OnDemandFact(Programs)]
    public async Task A_watch_outlives_a_lost_connection_and_a_restart_but_no_end_of_the_API_server()
    {
        await cluster.Admin.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new() { Name = "slow", Labels = Labels("slow") },
                Spec = Template("slow", "slow:1").Spec,
            },
            Space
        );
        var with = With("slow", ("kind", "pod"), ("condition", "Incident"));
        var lines = new ConcurrentQueue<string>();
        var connections = 0;
        await using var way = new BreakingProxy(
            said => !said.StartsWith(ClientHello, StringComparison.Ordinal) || Interlocked.Increment(ref connections) > 0,
            cluster.Port
        );
        // One whose roles a server that has just started does not know yet.
        with["kubeconfig"] = await cluster.AccountAsync(
            Space,
            "waiter",
            [
                new V1PolicyRule
                {
                    ApiGroups = [""],
                    Resources = ["pods"],
                    Verbs = ["list", "watch"],
                },
            ],
            way.Port
        );

        var waiting = Called.RunAsync(new KubernetesWaitAction(Called.Outward), with, TimeSpan.FromMinutes(5), output: lines.Enqueue);
        await WatchesAsync();
        cluster.KillApi();
        await GoesAsync(() => lines.Any(line => line.Contains("taken up again", StringComparison.Ordinal)), "a word of it");
        await cluster.RestartApiAsync();
        await SayAsync("slow", "Incident");
        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();

        with["condition"] = "Never";
        Volatile.Write(ref connections, 0);
        waiting = Called.RunAsync(new KubernetesWaitAction(Hasty), with, TimeSpan.FromMinutes(5), output: lines.Enqueue);
        await WatchesAsync();
        cluster.KillApi();
        var failed = (await waiting).ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.Unknown);
        failed.Because.ShouldStartWith("the watch on pods broke off and could not be taken up again");

        Task WatchesAsync() => GoesAsync(() => Volatile.Read(ref connections) > 1, "a watch after the list");

        // One that has ended already says why, in place of a watch that is waited for in vain.
        Task GoesAsync(Func<bool> holds, string what) =>
            Until.Holds(
                async () => waiting.IsCompleted ? throw new ShouldAssertException($"it waits no more: {await waiting}") : holds(),
                what
            );
    }

    /// <summary>By its group, version and path, which need no class of the client's.</summary>
    private Task<object> CreateAsync(string group, string version, string path, string kind, string name, object body)
    {
        var one = JsonSerializer.SerializeToNode(body)!.AsObject();
        (one["apiVersion"], one["kind"]) = (group.Length > 0 ? $"{group}/{version}" : version, kind);
        one["metadata"] = new JsonObject { ["name"] = name };
        return cluster.Admin.CustomObjects.CreateClusterCustomObjectAsync(one, group, version, path);
    }

    // The times are in whole seconds, each cut off by itself: of two within one the later may show as the earlier.
    private static void WasRolledOutAfter(JsonElement history, int revision)
    {
        var at = TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(history.GetProperty("age").GetDouble());
        var created = history.GetProperty("revisions")[revision].GetProperty("created").GetDateTimeOffset();
        at.ShouldBeGreaterThan(created - TimeSpan.FromSeconds(1));
    }

    private Task<V1Pod> SayAsync(string pod, string condition) =>
        cluster.Admin.CoreV1.PatchNamespacedPodStatusAsync(
            new V1Patch(
                $$"""{ "status": { "conditions": [{ "type": "{{condition}}", "status": "True" }] } }""",
                V1Patch.PatchType.StrategicMergePatch
            ),
            pod,
            Space
        );

    // As a kubelet would: each pod that is there is ready, if there is its image.
    private async Task RunPodsAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var pod in (await cluster.Admin.CoreV1.ListNamespacedPodAsync(Space, cancellationToken: stop)).Items)
                {
                    if (pod.Status?.Phase is not "Running" && pod.Spec.Containers[0].Image is not NoImage)
                        await cluster.Admin.CoreV1.PatchNamespacedPodStatusAsync(
                            new V1Patch(
                                """{ "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] } }""",
                                V1Patch.PatchType.StrategicMergePatch
                            ),
                            pod.Metadata.Name,
                            Space,
                            cancellationToken: stop
                        );
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, stop);
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or k8s.Autorest.HttpOperationException)
            {
                // The API server is gone for a while, or the pod.
            }
        }
    }

    private static V1Deployment Deployment(string name, string image) =>
        new()
        {
            Metadata = new() { Name = name },
            Spec = new()
            {
                Replicas = 2,
                Selector = new() { MatchLabels = Labels(name) },
                Template = Template(name, image),
            },
        };

    private static V1PodTemplateSpec Template(string name, string image) =>
        new()
        {
            Metadata = new() { Labels = Labels(name) },
            Spec = new() { Containers = [new() { Name = name, Image = image }] },
        };

    private static Dictionary<string, string> Labels(string name) => new() { ["app"] = name };

    private static object Image(string image, string container = "web") =>
        new { spec = new { template = new { spec = new { containers = new[] { new { name = container, image } } } } } };

    private Dictionary<string, object?> With(string name, params (string Key, object? Value)[] more) =>
        More([("name", name), ("namespace", Space), .. more]);

    private Dictionary<string, object?> On(string node, params (string Key, object? Value)[] more) => More([("node", node), .. more]);

    private Dictionary<string, object?> More(IEnumerable<(string Key, object? Value)> more)
    {
        var with = new Dictionary<string, object?> { ["kubeconfig"] = cluster.AdminKubeconfig() };
        foreach (var (key, value) in more)
            with[key] = value;
        return with;
    }

    private static Task<JsonElement> DoAsync(IStepAction action, Dictionary<string, object?> with) => Called.SucceedsAsync(action, with);

    private static async Task<string> FailsAsync(IStepAction action, Dictionary<string, object?> with) =>
        (await Called.FailsAsync(action, with, FailureClass.Refused)).Because;
}
