using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bot.Parts;
using Integrations.Kubernetes;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>The actions for objects, pods and nodes of Kubernetes.</summary>
public sealed class KubernetesActionTests : KubernetesLab
{
    private static readonly Dictionary<string, object?> Worker = new() { ["node"] = "worker-3" };

    [Fact]
    public async Task An_object_is_looked_at_and_scaled()
    {
        var found = await DoAsync(new KubernetesGetAction(Called.Outward), With("kind", "deployment"));
        var scaled = await DoAsync(new KubernetesScaleAction(Called.Outward), With("replicas", 6));

        found.GetProperty("uid").GetString().ShouldBe("uid-of-web");
        found.GetProperty("object").GetProperty("spec").GetProperty("replicas").GetInt32().ShouldBe(2);
        scaled.GetProperty("before").GetInt32().ShouldBe(2);
        Server[Web]["spec"]!["replicas"]!.GetValue<int>().ShouldBe(6);
    }

    [Fact]
    public async Task What_kubernetes_and_kubectl_note_of_an_object_beside_it_is_no_part_of_what_is_found()
    {
        var metadata = Server[Web]["metadata"]!.AsObject();
        metadata["managedFields"] = new JsonArray(new JsonObject { ["manager"] = "kubectl" });
        metadata["annotations"] = new JsonObject
        {
            ["kubectl.kubernetes.io/last-applied-configuration"] = new string('x', 100_000),
            ["team"] = "web",
        };

        var found = (await DoAsync(new KubernetesGetAction(Called.Outward), With("kind", "deployment"))).GetProperty("object");

        found.GetProperty("metadata").TryGetProperty("managedFields", out _).ShouldBeFalse();
        found.GetProperty("metadata").GetProperty("annotations").ToString().ShouldBe("""{"team":"web"}""");
    }

    [Theory]
    [InlineData("exec", "exec: { apiVersion: client.authentication.k8s.io/v1, command: touch, args: [ MARK ], interactiveMode: Never }")]
    [InlineData("auth-provider", "auth-provider: { name: gcp, config: { cmd-path: touch, cmd-args: MARK } }")]
    public async Task A_kubeconfig_that_names_a_program_is_refused_and_the_program_is_not_started(string by, string login)
    {
        var mark = Path.Combine(Path.GetTempPath(), "incident-" + Path.GetRandomFileName());
        var with = With("kind", "deployment");
        with["kubeconfig"] = Server.Kubeconfig.Replace(
            $"token: {KubernetesServer.Token}",
            login.Replace("MARK", mark, StringComparison.Ordinal),
            StringComparison.Ordinal
        );

        (await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.NotSent)).ShouldContain(
            $"the user 'bot' of 'kubeconfig' signs in by '{by}'"
        );

        File.Exists(mark).ShouldBeFalse();
        Server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("current-context: lab.eu", "", "'kubeconfig' has no current-context: name one in 'context'. It has lab.eu.")]
    [InlineData("current-context: lab.eu", "current-context: prod", "'kubeconfig' has no context 'prod'. It has lab.eu.")]
    [InlineData("cluster: lab.eu,", "cluster: gone,", "is about the cluster 'gone', which is not in it. It has lab.eu.")]
    [InlineData(", user: bot", ", user: nobody", "signs in as the user 'nobody', of whom it holds no credentials. It has bot.")]
    [InlineData("server: \"http:", "server: \"", "as its 'server': give the address of its API server")]
    [InlineData("//127.0.0.1", "//anna:planted@127.0.0.1", "give them as 'username' and 'password' of the user")]
    [InlineData(
        "token: ",
        "tokenFile: /nowhere/",
        "the user 'bot' of 'kubeconfig' has a file of this machine as its 'tokenFile', and it cannot"
    )]
    [InlineData("token: ", "client-certificate: /nowhere/", "as its 'client-certificate', and it cannot be read")]
    public async Task What_a_kubeconfig_lacks_is_named(string part, string instead, string because)
    {
        var with = With("kind", "deployment");
        with["kubeconfig"] = Server.Kubeconfig.Replace(part, instead, StringComparison.Ordinal);

        var said = await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.NotSent);

        said.ShouldContain(because);
        said.ShouldNotContain("planted@");
        Server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_is_read_from_the_file_that_a_kubeconfig_names()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, KubernetesServer.Token + "\n");
        var with = With("kind", "deployment");
        with["kubeconfig"] = Server.Kubeconfig.Replace($"token: {KubernetesServer.Token}", $"tokenFile: {file}", StringComparison.Ordinal);

        (await DoAsync(new KubernetesGetAction(Called.Outward), with)).GetProperty("uid").GetString().ShouldBe("uid-of-web");

        File.Delete(file);
    }

    [Fact]
    public async Task Names_in_a_kubeconfig_are_told_apart_by_their_case_as_kubectl_does_it()
    {
        var server = Server.Kubeconfig.Split('"')[1];
        var kubeconfig = $$"""
            apiVersion: v1
            kind: Config
            current-context: LAB
            clusters: [{ name: LAB, cluster: { server: "http://127.0.0.1:9" } }, { name: lab, cluster: { server: "{{server}}" } }]
            users: [{ name: BOT, user: { tokenFile: /nowhere } }, { name: bot, user: { token: {{KubernetesServer.Token}} } }]
            contexts: [{ name: LAB, context: { cluster: LAB, user: BOT } }, { name: lab, context: { cluster: lab, user: bot } }]
            """;

        (await DoAsync(new KubernetesGetAction(Called.Outward), In("lab"))).GetProperty("uid").GetString().ShouldBe("uid-of-web");
        (await FailsAsync(new KubernetesGetAction(Called.Outward), In("Lab"), FailureClass.NotSent)).ShouldBe(
            "'kubeconfig' has no context 'Lab'. It has LAB, lab."
        );

        Dictionary<string, object?> In(string context) =>
            With(
                new Dictionary<string, object?>
                {
                    ["kind"] = "deployment",
                    ["context"] = context,
                    ["kubeconfig"] = kubeconfig,
                }
            );
    }

    [Fact]
    public async Task Without_an_authority_in_the_kubeconfig_those_of_the_machine_vouch()
    {
        using var target = TlsTarget.SelfSigned();
        var with = With("kind", "deployment");
        with["kubeconfig"] = Server.Kubeconfig.Replace(Server.Kubeconfig.Split('"')[1], target.Address, StringComparison.Ordinal);

        (await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.NotSent)).ShouldStartWith(
            "no TLS with the API server"
        );

        target.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task A_context_without_a_kubeconfig_is_none_of_the_bots_own_cluster()
    {
        var with = With(new Dictionary<string, object?> { ["kind"] = "deployment", ["context"] = "prod" });
        with.Remove("kubeconfig");

        (await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.NotSent)).ShouldStartWith(
            "'context' is 'prod', and no 'kubeconfig' is given"
        );
    }

    [Fact]
    public async Task Whoever_speaks_TLS_where_there_is_none_or_none_where_there_is_is_told_so()
    {
        const string said = "Client sent an HTTP request to an HTTPS server.\n";
        var with = With("kind", "deployment");
        await using var speaksTls = TcpTarget.Answering($"HTTP/1.0 400 Bad Request\nContent-Length: {said.Length}\n\n{said}");
        await using var speaksNone = new LoopbackListener(
            async (socket, stop) =>
            {
                using (socket)
                {
                    await socket.ReceiveAsync(new byte[4096], stop);
                    await TcpTarget.SayAsync(socket, "HTTP/1.1 400 Bad Request\nConnection: close\n\n400 Bad Request");
                }
            }
        );
        var server = Server.Kubeconfig.Split('"')[1];

        with["kubeconfig"] = Server.Kubeconfig.Replace(server, $"http://127.0.0.1:{speaksTls.Port}", StringComparison.Ordinal);
        (await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.Refused)).ShouldBe(
            "the API server speaks TLS on this port (400): the kubeconfig's 'server' has to begin with https://"
        );
        with["kubeconfig"] = Server.Kubeconfig.Replace(
            $"server: \"{server}\"",
            $"server: \"https://127.0.0.1:{speaksNone.Port}\", insecure-skip-tls-verify: true",
            StringComparison.Ordinal
        );
        (await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.NotSent)).ShouldStartWith(
            "what answers there does not speak TLS: the kubeconfig's 'server' has to begin with http://"
        );
    }

    [Fact]
    public async Task A_patch_that_does_not_fit_any_more_is_refused_with_what_to_do()
    {
        object patch = new[]
        {
            new
            {
                op = "test",
                path = "/spec/replicas",
                value = 9,
            },
        };
        var test = new Dictionary<string, object?>
        {
            ["kind"] = "deployment",
            ["type"] = "json",
            ["patch"] = patch,
        };
        var older = new Dictionary<string, object?>
        {
            ["kind"] = "deployment",
            ["type"] = "merge",
            ["patch"] = JsonElement.Parse("""{ "metadata": { "resourceVersion": "4711" } }"""),
        };

        (await FailsAsync(new KubernetesPatchAction(Called.Outward), With(test), FailureClass.Refused)).ShouldBe(
            $"the patch does not fit what is there (422): the server rejected our request due to an error in our request (PATCH {Web}). "
                + "A `test` in it does not hold, or a path of it is not there. Nothing was changed. Look at the object with kubernetes/get@1"
        );
        (await FailsAsync(new KubernetesPatchAction(Called.Outward), With(older), FailureClass.Refused)).ShouldEndWith(
            "the object has been modified. Nothing was changed. Look at it again, and begin anew from what it is now"
        );
        // This step's own attempt may be what it is not as before of.
        var lost = await Called.RunAsync(
            new KubernetesPatchAction(Called.Outward),
            With(older),
            lostSince: TimeProvider.System.GetUtcNow()
        );
        var failed = lost.ShouldBeOfType<ActionResult.Failed>();
        failed.Class.ShouldBe(FailureClass.Unknown);
        failed.Because.ShouldContain("An attempt before this one, whose answer was lost, may have changed it.");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_pod_without_a_UID_is_not_asked_for(string uid)
    {
        var with = With(new Dictionary<string, object?> { ["name"] = "web-a", ["uid"] = uid });

        Called
            .Misfit(new KubernetesDeletePodAction(Called.Outward), with)
            .ShouldBe("The argument 'uid' of 'kubernetes/delete-pod@1' must be a text that is not empty.");
    }

    [Fact]
    public async Task What_a_middleman_refuses_is_told_with_what_was_asked()
    {
        await using var middleman = TcpTarget.Answering("HTTP/1.1 403 Forbidden\nContent-Length: 4\n\nnope");
        var with = With("node", "worker-3", named: false);
        with["kubeconfig"] = Server.Kubeconfig.Replace(
            Server.Kubeconfig.Split('"')[1],
            $"http://127.0.0.1:{middleman.Port}",
            StringComparison.Ordinal
        );

        (await FailsAsync(new KubernetesCordonAction(Called.Outward), with, FailureClass.Refused)).ShouldBe(
            $"the account may not do this (403): Forbidden (GET {Node})"
        );
    }

    [Fact]
    public void The_rule_that_is_missing_is_written_for_paths_as_well() =>
        ApiStatus
            .MissingRule("forbidden: User \"bot\" cannot get path \"/apis/example.com/v1\"")
            .ShouldEndWith("""{ nonResourceURLs: ["/apis/example.com/v1"], verbs: ["get"] }""");

    [Fact]
    public async Task A_kubeconfig_that_acts_as_somebody_else_is_refused()
    {
        var with = With("kind", "deployment");
        with["kubeconfig"] = Server.Kubeconfig.Replace("user: { token", "user: { as: viewer, token", StringComparison.Ordinal);

        (await FailsAsync(new KubernetesGetAction(Called.Outward), with, FailureClass.NotSent)).ShouldContain(
            "the user 'bot' of 'kubeconfig' acts as 'viewer' ('as')"
        );

        Server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_API_server_is_known_by_its_name_and_by_the_authority_of_the_kubeconfig()
    {
        using var target = TlsTarget.SelfSigned();
        using var stranger = TlsTarget.Certificate("localhost");
        var name = $"https://localhost:{target.Port}";
        var address = $"https://127.0.0.1:{target.Port}";

        (await TellAsync(FailureClass.NotSent, address, target.Pem)).ShouldContain("it is for another name (localhost)");
        (await TellAsync(FailureClass.NotSent, name, stranger.ExportCertificatePem())).ShouldContain("'certificate-authority-data'");
        (await TellAsync(FailureClass.NotSent, name, "no certificate")).ShouldContain("holds no certificate");
        target.Requests.ShouldBe(0);
        await TellAsync(FailureClass.Unknown, name, target.Pem);
        await TellAsync(FailureClass.Unknown, address, target.Pem, ", tls-server-name: localhost");
        target.Requests.ShouldBe(2);

        // As kubectl has it: one that another authority vouches for is an authority as well, and no other of that name.
        using var above = new Authority();
        using var below = above.Below();
        using var other = new Authority();
        using var namesake = other.Below();
        var (certificate, key) = below.Issue("kube-apiserver");
        using var vouched = TlsTarget.Of(certificate, key);
        await TellAsync(FailureClass.Unknown, $"https://127.0.0.1:{vouched.Port}", below.Pem);
        vouched.Requests.ShouldBe(1);
        await TellAsync(FailureClass.NotSent, $"https://127.0.0.1:{vouched.Port}", namesake.Pem);
        (await TellAsync(FailureClass.NotSent, $"https://localhost:{vouched.Port}", below.Pem)).ShouldContain("it is for another name");
        vouched.Requests.ShouldBe(1);

        Task<string> TellAsync(FailureClass expected, string server, string authority, string more = "")
        {
            var with = With("kind", "deployment");
            with["kubeconfig"] = Server.Kubeconfig.Replace(
                $"server: \"{Server.Kubeconfig.Split('"')[1]}\"",
                $"server: \"{server}\", certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(authority))}{more}",
                StringComparison.Ordinal
            );
            return FailsAsync(new KubernetesGetAction(Called.Outward), with, expected);
        }
    }

    [Fact]
    public async Task Of_the_pods_those_that_are_ill_come_first_and_what_was_told_of_them()
    {
        const string mail = "/api/v1/namespaces/mail/";
        Server.Add("/apis/apps/v1/namespaces/mail/deployments/web", """{ "spec": { "selector": { "matchLabels": { "app": "web" } } } }""");
        Server.Add(
            mail + "pods/web-well",
            """{ "spec": { "containers": [{ "image": "web:2" }] }, "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] } }"""
        );
        Server.Add(
            mail + "pods/web-ill",
            """
            { "spec": { "containers": [{ "image": "web:3" }] },
              "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "False" }],
                          "containerStatuses": [{ "restartCount": 4, "state": { "waiting": { "reason": "CrashLoopBackOff" } } }] } }
            """
        );
        foreach (var (name, pod, at) in new[] { ("a", "web-ill", "07:00"), ("b", "web-ill", "07:01"), ("c", "web-well", "07:02") })
            Server.Add(
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
    public async Task Pods_are_asked_for_by_the_whole_selector_and_of_a_set_only_its_own_count()
    {
        Server.Add(
            "/apis/apps/v1/namespaces/mail/statefulsets/db",
            """
            { "spec": { "selector": {
                "matchLabels": { "app": "db" },
                "matchExpressions": [{ "key": "tier", "operator": "In", "values": ["gold", "silver"] }, { "key": "zone", "operator": "NotIn", "values": ["x"] },
                                     { "key": "live", "operator": "Exists" }, { "key": "old", "operator": "DoesNotExist" }] } } }
            """
        );
        Server.Add("/api/v1/namespaces/mail/pods/db-0", """{ "metadata": { "ownerReferences": [{ "uid": "uid-of-db" }] } }""");
        Server.Add("/api/v1/namespaces/mail/pods/by-hand", "{}");
        var with = new Dictionary<string, object?>
        {
            ["kind"] = "stateful-set",
            ["name"] = "db",
            ["namespace"] = "mail",
        };

        var found = await DoAsync(new KubernetesPodsAction(Called.Outward), With(with));

        Server.Selectors.ShouldBe(["app=db,tier in (gold,silver),zone notin (x),live,!old"]);
        found.GetProperty("ill").ToString().ShouldBe("""["db-0"]""");
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

        Server.Log = string.Concat(Enumerable.Range(0, 20_000).Select(line => $"line {line}\n"));
        var last = (await DoAsync(new KubernetesLogsAction(Called.Outward), With("name", "web-a"))).GetProperty("text").GetString()!;
        last.Length.ShouldBeInRange(63 * 1024, 64 * 1024);
        last.ShouldStartWith("line ");
        last.ShouldEndWith("line 19999\n");

        // Of a last line that is longer than that, its end.
        Server.Log = new string('x', 100_000) + "end\n";
        last = (await DoAsync(new KubernetesLogsAction(Called.Outward), With("name", "web-a"))).GetProperty("text").GetString()!;
        last.Length.ShouldBe(64 * 1024);
        last.ShouldEndWith("xend\n");
    }

    [Theory]
    [InlineData("../secrets/db")]
    [InlineData("web?watch=true")]
    [InlineData("Web")]
    [InlineData("web\n")]
    [InlineData("")]
    public void What_is_no_name_reaches_no_path(string name)
    {
        var places = PartCatalog
            .OfProduct.Implementing<IStepAction>()
            .Where(type => type.Namespace == typeof(KubernetesGetAction).Namespace)
            .SelectMany(type => ArgumentList.Of(((IStepAction)Activator.CreateInstance(type, Called.Outward)!).Arguments))
            .Where(argument => argument.Key is "name" or "namespace" or "node")
            .ToList();

        places.ShouldNotBeEmpty();
        foreach (var place in places)
            place.Rules.OfType<KubernetesNameAttribute>().ShouldHaveSingleItem().Problem(name).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("v1/secrets")]
    [InlineData("batch/v1/jobs")]
    [InlineData("example.com/v1/../secrets")]
    [InlineData("example.com/v1/widgets\n")]
    public void What_is_no_custom_resource_reaches_no_path(string resource) =>
        Called
            .Misfit(new KubernetesGetAction(Called.Outward), With(new Dictionary<string, object?> { ["resource"] = resource }))
            .ShouldContain("group/version/plural");

    [Theory]
    [InlineData(null, null, "Give one of 'kind' and 'resource'")]
    [InlineData("pod", "example.com/v1/widgets", "Give one of 'kind' and 'resource'")]
    public async Task What_is_meant_is_one_kind_or_one_custom_resource(string? kind, string? resource, string because)
    {
        var with = new Dictionary<string, object?> { ["kind"] = kind, ["resource"] = resource };

        (await FailsAsync(new KubernetesGetAction(Called.Outward), With(with), FailureClass.NotSent)).ShouldContain(because);

        Server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{ "kind": "ingress", "name": "web", "namespace": "shop" }""", "look at ingress shop/web in the bot's own cluster")]
    [InlineData("""{ "kind": "persistent-volume", "name": "disk-1" }""", "look at persistent-volume disk-1 in the bot's own cluster")]
    [InlineData("""{ "resource": "example.com/v1/widgets", "name": "w" }""", "look at example.com/v1/widgets w in the bot's own cluster")]
    public void A_plan_names_the_namespace_where_the_kind_has_one(string with, string said) =>
        new KubernetesGetAction(Called.Outward).Describe(JsonElement.Parse(with)).ShouldBe(said);

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

        Server[Web]["spec"]!["paused"]!.GetValue<bool>().ShouldBeTrue();
        Server[Web]["spec"]!["replicas"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_node_is_drained_within_its_budgets_and_what_belongs_to_it_stays()
    {
        Server.HeldUp = 1;

        var drained = await DoAsync(new KubernetesDrainAction(Hasty), With("node", "worker-3", named: false));

        drained.GetProperty("evicted").ToString().ShouldBe("""["shop/web-a"]""");
        drained.GetProperty("left").GetInt32().ShouldBe(1);
        drained.GetProperty("was-cordoned").GetBoolean().ShouldBeFalse();
        Server[Node]["spec"]!["unschedulable"]!.GetValue<bool>().ShouldBeTrue();
        Server.Has(Pods + "web-a").ShouldBeFalse();
        await DoAsync(
            new KubernetesCordonAction(Called.Outward),
            With(new Dictionary<string, object?> { ["node"] = "worker-3", ["on"] = false }, named: false)
        );
        Server[Node]["spec"]!["unschedulable"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task A_drain_says_whether_others_have_cordoned_the_node_before_it_also_after_an_attempt_that_was_lost()
    {
        var (drain, cordon, with) = (
            new KubernetesDrainAction(Hasty),
            new KubernetesCordonAction(Called.Outward),
            With(Worker, named: false)
        );

        (await DrainAsync("run-1/step")).ShouldBeFalse();
        // The same round again, whose first attempt has done it; and another one, before which it was done.
        (await DrainAsync("run-1/step", lost: true)).ShouldBeFalse();
        (await DrainAsync("run-2/step")).ShouldBeTrue();
        (await DrainAsync("run-1/step", lost: true)).ShouldBeFalse();
        await DoAsync(cordon, With(new Dictionary<string, object?>(Worker) { ["on"] = false }, named: false));
        Server[Node]["metadata"]!["annotations"]!.AsObject().ShouldBeEmpty();
        // As people do it.
        Server.Change(Node, node => node["spec"]!["unschedulable"] = true);
        (await DrainAsync("run-1/step")).ShouldBeTrue();
        (await DrainAsync("run-1/step", lost: true)).ShouldBeTrue();

        async Task<bool> DrainAsync(string round, bool lost = false) =>
            (await Called.RunAsync(drain, with, round: round, lostSince: lost ? DateTimeOffset.UnixEpoch : null))
                .ShouldBeOfType<ActionResult.Succeeded>()
                .Result.GetProperty("was-cordoned")
                .GetBoolean();
    }

    [Fact]
    public async Task A_cordon_says_whether_others_have_cordoned_the_node_before_it_also_after_an_attempt_that_was_lost()
    {
        (await CordonAsync("run-1/step")).ShouldBeFalse();
        (await CordonAsync("run-1/step")).ShouldBeFalse();
        (await CordonAsync("run-2/step")).ShouldBeTrue();
        // As people do it.
        Server.Change(Node, node => node["metadata"]!.AsObject().Remove("annotations"));
        (await CordonAsync("run-1/step")).ShouldBeTrue();

        async Task<bool> CordonAsync(string round) =>
            (await Called.RunAsync(new KubernetesCordonAction(Called.Outward), With(Worker, named: false), round: round))
                .ShouldBeOfType<ActionResult.Succeeded>()
                .Result.GetProperty("was-cordoned")
                .GetBoolean();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_undo_opens_the_node_that_its_step_has_closed_and_no_other(bool drains)
    {
        IStepAction closes = drains ? new KubernetesDrainAction(Hasty) : new KubernetesCordonAction(Called.Outward);
        var opens = new Dictionary<string, object?>(Worker) { ["on"] = false };
        await CloseAsync("run-1/step");
        // Of a step that found it closed, of another run, of another step.
        (await OpensAsync("other.undo")).ShouldBeFalse();
        (await OpensAsync("step.undo", run: "run-11")).ShouldBeFalse();
        (await OpensAsync("step.undo")).ShouldBeTrue();
        // In a later round a person had it done once more, and nobody heard what came of it.
        await CloseAsync("run-1/step#2");
        (await OpensAsync("step.undo")).ShouldBeTrue();
        // Its step was refused, or began when a person had closed it.
        Server.Change(Node, node => node["spec"]!["unschedulable"] = true);
        (await OpensAsync("step.undo")).ShouldBeFalse();
        await CloseAsync("run-1/step");
        (await OpensAsync("step.undo")).ShouldBeFalse();

        // Wherever else it stands, it does what it is told to.
        opens["own"] = true;
        (await OpensAsync("later")).ShouldBeFalse();
        opens["own"] = false;
        (await OpensAsync("step.undo")).ShouldBeTrue();
        await CloseAsync("run-1/step");
        opens["own"] = true;
        (await OpensAsync("later")).ShouldBeTrue();
        await CloseAsync("run-1/step");
        opens.Remove("own");
        (await OpensAsync("later")).ShouldBeTrue();

        async Task CloseAsync(string round) =>
            (await Called.RunAsync(closes, With(Worker, named: false), round: round)).ShouldBeOfType<ActionResult.Succeeded>();

        async Task<bool> OpensAsync(string step, string run = "run-1")
        {
            var opened = await Called.RunAsync(
                new KubernetesCordonAction(Called.Outward),
                With(opens, named: false),
                run: run,
                step: step,
                round: $"{run}/{step}"
            );
            opened.ShouldBeOfType<ActionResult.Succeeded>();
            return !Server[Node]["spec"]!["unschedulable"]!.GetValue<bool>();
        }
    }

    [Fact]
    public async Task A_drain_whose_time_is_over_says_what_had_to_wait_and_why()
    {
        Server.HeldUp = int.MaxValue;

        (
            await EndedAsync(new KubernetesDrainAction(Called.Outward), With(Worker, named: false), "has to wait", FailureClass.Unknown)
        ).ShouldBe("within 1m it was not done: shop/web-a has to wait: Cannot evict pod as it would violate the pod's disruption budget.");
    }

    [Fact]
    public async Task A_pod_that_is_deleted_and_stays_is_told_with_what_holds_it()
    {
        Server.Change(Pods + "web-a", pod => pod["metadata"]!["finalizers"] = new JsonArray("example.com/backup"));
        var with = new Dictionary<string, object?>
        {
            ["name"] = "web-a",
            ["uid"] = "uid-of-web-a",
            ["wait"] = true,
        };

        (await EndedAsync(new KubernetesDeletePodAction(Called.Outward), With(with), "still there", FailureClass.Unknown)).ShouldBe(
            "within 1m it was not done: shop/web-a is being deleted and still there; finalizers hold it: example.com/backup"
        );
    }

    [Fact]
    public async Task A_condition_that_does_not_come_is_told_as_it_is()
    {
        Server.Change(
            Web,
            one =>
            {
                var available = one["status"]!["conditions"]![0]!;
                (available["status"], available["reason"], available["message"]) = ("False", "MinimumReplicasUnavailable", "1 is missing");
            }
        );

        (await WaitAsync("Available")).ShouldBe("within 1m it was not done: Available is False (MinimumReplicasUnavailable: 1 is missing)");
        (await WaitAsync("Complete")).ShouldBe("within 1m it was not done: it has no condition Complete yet");

        Task<string> WaitAsync(string condition)
        {
            var with = With(new Dictionary<string, object?> { ["kind"] = "deployment", ["condition"] = condition });
            return EndedAsync(new KubernetesWaitAction(Called.Outward), with, condition, FailureClass.Refused);
        }
    }

    [Fact]
    public async Task What_may_not_be_drained_is_refused_in_words_and_the_node_left_as_it_was()
    {
        var drain = new KubernetesDrainAction(Called.Outward);
        Server.IsOld = true;
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain("older than Kubernetes 1.22");
        Server.IsOld = false;

        Pod("lonely", null);
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain(
            "Nobody would make anew: shop/lonely."
        );
        Server.Remove(Pods + "lonely");
        Server.Change(Pods + "web-a", pod => pod["spec"]!["volumes"] = new JsonArray(new JsonObject { ["emptyDir"] = new JsonObject() }));
        (await FailsAsync(drain, With("node", "worker-3", named: false), FailureClass.Refused)).ShouldContain(
            "Data in an emptyDir would be lost: shop/web-a."
        );
        Server[Node]["spec"]!.AsObject().ShouldBeEmpty();

        await DoAsync(
            drain,
            With(new Dictionary<string, object?> { ["node"] = "worker-3", ["delete-emptydir-data"] = true }, named: false)
        );
        Server.Has(Pods + "web-a").ShouldBeFalse();
    }

    [Fact]
    public async Task A_pod_is_deleted_by_its_UID_and_no_other_of_that_name()
    {
        var delete = new KubernetesDeletePodAction(Called.Outward);
        var other = new Dictionary<string, object?> { ["name"] = "web-a", ["uid"] = "uid-of-an-older-one" };
        var right = new Dictionary<string, object?> { ["name"] = "web-a", ["uid"] = "uid-of-web-a" };

        (await FailsAsync(delete, With(other), FailureClass.Refused)).ShouldContain("(409)");
        // The attempt before was refused for certain: it has deleted nothing.
        (await FailsAsync(delete, With(other), FailureClass.Refused)).ShouldContain("(409)");
        Server.Has(Pods + "web-a").ShouldBeTrue();
        (await DoAsync(delete, With(right))).GetProperty("deleted").GetBoolean().ShouldBeTrue();
        Server.Has(Pods + "web-a").ShouldBeFalse();
        (await FailsAsync(delete, With(right), FailureClass.Refused)).ShouldStartWith("there is no such thing (404)");
        (await Called.SucceedsAsync(delete, With(right), lostSince: DateTimeOffset.UnixEpoch))
            .GetProperty("deleted")
            .GetBoolean()
            .ShouldBeFalse();
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
        stranger["kubeconfig"] = Server.Kubeconfig.Replace(KubernetesServer.Token, "another-planted-token", StringComparison.Ordinal);
        (await FailsAsync(cordon, stranger, FailureClass.Refused)).ShouldNotContain("planted");
        stranger["kubeconfig"] = Server.Kubeconfig.Replace("token: ", "username: bot, password: ", StringComparison.Ordinal);
        (await FailsAsync(cordon, stranger, FailureClass.Refused)).ShouldBe(
            "the API server does not know who asks (403): are the kubeconfig's credentials still good?"
        );
        stranger["kubeconfig"] = "users: [{ token: planted";
        (await FailsAsync(cordon, stranger, FailureClass.NotSent)).ShouldNotContain("planted");
        stranger["kubeconfig"] = Server.Kubeconfig.Replace("127.0.0.1", "192.0.2.1", StringComparison.Ordinal);
        (await FailsAsync(cordon, stranger, FailureClass.NotSent)).ShouldContain("Runbooks:AllowedHosts");
    }

    [Theory]
    [InlineData("token: planted-login", "Bearer ***")]
    [InlineData("username: bot, password: planted-login", "Basic ***")]
    public async Task Whatever_is_shown_to_be_let_in_is_told_by_nobody_who_says_it_again(string login, string told)
    {
        var with = With("node", "echo", named: false);
        with["kubeconfig"] = Server.Kubeconfig.Replace($"token: {KubernetesServer.Token}", login, StringComparison.Ordinal);

        var because = await FailsAsync(new KubernetesCordonAction(Called.Outward), with, FailureClass.Refused);

        because.ShouldBe($"the account may not do this (403): who is '{told}', or ***?");
    }

    [Fact]
    public async Task A_lost_answer_is_unknown_and_nothing_is_sent_again()
    {
        await using var resets = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        var cordon = new KubernetesCordonAction(Called.Outward);

        await Called.FailsAsync(cordon, Opening(resets.Port), FailureClass.Unknown);
        await Called.FailsAsync(cordon, Opening(silent.Port), FailureClass.Unknown, TimeSpan.FromSeconds(1));
        await Called.FailsAsync(cordon, Opening(Loopback.FreePort()), FailureClass.NotSent);

        (resets.Requests, resets.Connections).ShouldBe((1, 1));
    }

    [Fact]
    public async Task An_answer_that_was_lost_before_anything_changes_leaves_nothing_unknown()
    {
        await using var resets = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());
        await using var middle = TcpTarget.Answering("HTTP/1.1 504 Later\nContent-Length: 0\n\n");
        var restart = new KubernetesRolloutRestartAction(Called.Outward);
        var drain = new KubernetesDrainAction(Called.Outward);

        foreach (var port in (int[])[resets.Port, silent.Port, middle.Port])
        {
            (await LookedAsync(restart, port)).ShouldEndWith("(it had only looked so far: nothing was changed)");
            (await LookedAsync(drain, port)).ShouldEndWith("(it had only looked so far: nothing was changed)");
        }

        async Task<string> LookedAsync(IStepAction action, int port)
        {
            var with = At(port);
            with["name"] = "web";
            with.Remove(action is KubernetesDrainAction ? "name" : "node");
            return (await Called.FailsAsync(action, with, FailureClass.NotSent, TimeSpan.FromSeconds(1))).Because;
        }
    }

    [Fact]
    public async Task An_answer_that_was_lost_after_the_look_is_unknown()
    {
        Server.LosesPatches = true;

        await FailsAsync(new KubernetesRolloutRestartAction(Called.Outward), With(), FailureClass.Unknown);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"items":[]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    public async Task An_answer_that_is_no_object_of_Kubernetes_is_no_success(string body)
    {
        await using var target = TcpTarget.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}"
        );

        (await FailsAsync(new KubernetesCordonAction(Called.Outward), Opening(target.Port), FailureClass.Unknown)).ShouldContain("answer");
        // It looks what there is before it acts.
        (await FailsAsync(new KubernetesDrainAction(Called.Outward), At(target.Port), FailureClass.Refused)).ShouldContain("answer");
    }

    [Fact]
    public async Task One_that_is_watched_to_the_end_of_its_time_is_what_it_was_seen_to_be_also_when_the_timer_is_late()
    {
        await using var api = new FloodingKubernetes();
        var with = new
        {
            name = "web",
            uid = "stays",
            wait = true,
            kubeconfig = api.Kubeconfig,
        };

        // In between a watch ends, and another one cannot begin any more.
        var failed = await Called.FailsAsync(
            new KubernetesDeletePodAction(Called.Outward),
            with,
            FailureClass.Unknown,
            limit: TimeSpan.FromSeconds(8),
            deadline: TimeProvider.System.GetUtcNow().AddSeconds(4)
        );

        failed.Because.ShouldBe("within 8s it was not done: default/web is being deleted and still there");
    }

    // It needs no look.
    private Dictionary<string, object?> Opening(int port)
    {
        var with = At(port);
        with["on"] = false;
        return with;
    }

    private Dictionary<string, object?> At(int port)
    {
        var with = With("node", "worker-3", named: false);
        with["kubeconfig"] = Server.Kubeconfig.Replace(
            new Uri(Server.Kubeconfig.Split('"')[1]).Authority,
            $"127.0.0.1:{port}",
            StringComparison.Ordinal
        );
        return with;
    }
}
