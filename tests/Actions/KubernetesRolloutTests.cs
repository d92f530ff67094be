using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integrations;
using Integrations.Kubernetes;
using Microsoft.Extensions.Time.Testing;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Rollouts: begun, waited for, and taken back.</summary>
public sealed class KubernetesRolloutTests : KubernetesLab
{
    private const string Webs = "/apis/apps/v1/namespaces/shop/deployments";

    // Nothing counts for having stayed.
    private static Outward Standing { get; } = new(new AllowedHosts(["127.0.0.1"]), new FakeTimeProvider());

    [Fact]
    public async Task A_restart_makes_new_pods_once_in_each_round_however_often_it_is_repeated()
    {
        var restart = new KubernetesRolloutRestartAction(Called.Outward);

        var first = await DoAsync(restart, With());
        var again = await DoAsync(restart, With());

        first.GetProperty("generation").GetInt64().ShouldBe(4);
        Server[Web]["spec"]!["template"]!["metadata"]!["annotations"]!["kubectl.kubernetes.io/restartedAt"].ShouldNotBeNull();
        again.GetProperty("generation").GetInt64().ShouldBe(4);
        (await Called.RunAsync(restart, With(), round: "run-1/step#1"))
            .ShouldBeOfType<ActionResult.Succeeded>()
            .Result.GetProperty("generation")
            .GetInt64()
            .ShouldBe(5);
    }

    [Theory]
    [InlineData(null, 2, "web:2")]
    [InlineData(1, 1, "web:1")]
    public async Task An_undo_takes_the_pods_of_an_earlier_revision(int? revision, int to, string image)
    {
        var undone = await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", revision));

        undone.GetProperty("to").GetInt64().ShouldBe(to);
        var template = Server[Web]["spec"]!["template"]!;
        template["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe(image);
        template["metadata"]!["labels"]!.AsObject().ContainsKey("pod-template-hash").ShouldBeFalse();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public async Task A_controller_that_notes_something_meanwhile_holds_up_no_undo(int? revision)
    {
        foreach (var ready in (int[])[0, 1, 2, 2])
            Server.Meanwhile.Enqueue(() => Server.Change(Web, one => one["status"]!["readyReplicas"] = ready));

        var undone = await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", revision));

        (undone.GetProperty("from").GetInt64(), undone.GetProperty("to").GetInt64()).ShouldBe((3, 2));
        Server[Web]["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("web:2");
    }

    [Fact]
    public async Task An_undo_gives_up_on_what_is_changed_at_each_look()
    {
        for (var each = 0; each < 9; each++)
            Server.Meanwhile.Enqueue(() => Server.Change(Web, one => one["status"]!["readyReplicas"] = 0));

        var failed = await Called.FailsAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 2), FailureClass.Refused);

        failed.Because.ShouldBe(
            "shop/web is left as it is: something changed it each of the 5 times between the look and the patch (409): "
                + "find out what, or let it settle, and try again"
        );
        failed.Code.ShouldBe(409);
        Server.Requests.Count(one => one.StartsWith("PATCH", StringComparison.Ordinal)).ShouldBe(5);
    }

    [Fact]
    public async Task What_somebody_rolled_out_meanwhile_is_not_undone()
    {
        Server.Meanwhile.Enqueue(() => Server.Change(Web, one => one["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "web:4"));

        (await FailsAsync(new KubernetesRolloutUndoAction(Called.Outward), With(), FailureClass.Refused)).ShouldBe(
            "shop/web is left as it is: somebody rolled out something else while it was looked at (409): look whether that is to be taken back, too"
        );
        Server[Web]["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("web:4");
    }

    [Fact]
    public async Task What_is_undone_is_undone_again_before_the_controller_has_seen_it()
    {
        await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 2));
        await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 3));

        Server[Web]["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("web:3");
    }

    [Fact]
    public async Task An_undo_to_a_number_is_done_once_although_the_controller_gives_the_revision_another_one()
    {
        var undo = new KubernetesRolloutUndoAction(Called.Outward);
        await DoAsync(undo, With("revision", 2));
        Server.Control(Web);

        var again = await DoAsync(undo, With("revision", 2));

        (again.GetProperty("from").GetInt64(), again.GetProperty("to").GetInt64()).ShouldBe((4, 2));
        Server[Web]["metadata"]!["generation"]!.GetValue<int>().ShouldBe(4);
        await DoAsync(undo, With("revision", 3));
        Server.Control(Web);
        await DoAsync(undo, With("revision", 2));
        Server[Web]["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("web:2");
    }

    [Fact]
    public async Task What_was_gone_back_from_is_not_what_was_before()
    {
        await DoAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 2));
        Server.Control(Web);

        var history = await DoAsync(new KubernetesRolloutHistoryAction(Called.Outward), With());

        (history.GetProperty("current").GetInt64(), history.GetProperty("previous").GetInt64()).ShouldBe((4, 1));
        history.GetProperty("images").ToString().ShouldBe("""["web:2"]""");
        history.GetProperty("previous-images").ToString().ShouldBe("""["web:1"]""");
    }

    [Theory]
    [InlineData("ReplicaSetUpdated", 1, 60)]
    [InlineData("NewReplicaSetAvailable", 2, 60)]
    // What it says yet is of the rollout before.
    [InlineData("NewReplicaSetAvailable", 0, null)]
    public async Task Pods_that_were_gone_back_to_are_as_old_as_that_and_not_as_their_replica_set(string reason, int updated, int? age)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var revision in (int[])[1, 2, 3])
            Server.Change(
                Webs.Replace("deployments", $"replicasets/web-{revision}", StringComparison.Ordinal),
                one => one["metadata"]!["creationTimestamp"] = $"{now.AddDays(-1):yyyy-MM-ddTHH:mm:ssZ}"
            );
        var undo = new KubernetesRolloutUndoAction(Called.Outward);
        foreach (var revision in (int[])[2, 3])
        {
            await DoAsync(undo, With("revision", revision));
            Server.Control(Web);
        }

        Server.Change(
            Web,
            one =>
            {
                one["status"]!["updatedReplicas"] = updated;
                one["status"]!["conditions"]!
                    .AsArray()
                    .Add(
                        new JsonObject
                        {
                            ["type"] = "Progressing",
                            ["status"] = "True",
                            ["reason"] = reason,
                            ["lastUpdateTime"] = $"{now.AddMinutes(-1):yyyy-MM-ddTHH:mm:ssZ}",
                        }
                    );
            }
        );

        var history = await DoAsync(new KubernetesRolloutHistoryAction(Called.Outward), With());

        if (age is { } seconds)
            history.GetProperty("age").GetDouble().ShouldBeInRange(seconds, seconds + 30);
        else
            history.GetProperty("age").ValueKind.ShouldBe(JsonValueKind.Null);
        history
            .GetProperty("revisions")
            .EnumerateArray()
            .Select(one => $"{one.GetProperty("revision")} {one.GetProperty("former")}")
            .ShouldBe(["5 [3]", "4 [2]", "1 []"]);
    }

    [Theory]
    [InlineData("deployment", "1", StepEffect.Idempotent)]
    [InlineData("stateful-set", "1", StepEffect.Once)]
    [InlineData("deployment", null, StepEffect.Once)]
    public void Only_a_revision_of_a_deployment_can_be_gone_back_to_twice(string kind, string? revision, StepEffect effect) =>
        new KubernetesRolloutUndoAction(Called.Outward)
            .EffectOf(JsonSerializer.SerializeToElement(revision is null ? (object)new { kind } : new { kind, revision }))
            .ShouldBe(effect);

    [Fact]
    public async Task Of_the_revisions_that_are_kept_it_tells_which_is_now_since_when_and_which_was_before()
    {
        var made = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2);
        Server.Change(
            Webs.Replace("deployments", "replicasets/web-3", StringComparison.Ordinal),
            one => one["metadata"]!["creationTimestamp"] = $"{made:yyyy-MM-ddTHH:mm:ssZ}"
        );

        var history = await DoAsync(new KubernetesRolloutHistoryAction(Called.Outward), With());

        history.GetProperty("current").GetInt64().ShouldBe(3);
        history.GetProperty("previous").GetInt64().ShouldBe(2);
        history.GetProperty("age").GetDouble().ShouldBeInRange(7200, 7260);
        history.GetProperty("revisions")[0].GetProperty("created").GetDateTimeOffset().ShouldBe(made, TimeSpan.FromSeconds(1));
        history
            .GetProperty("revisions")
            .EnumerateArray()
            .Select(one => one.GetProperty("images")[0].GetString())
            .ShouldBe(["web:3", "web:2", "web:1"]);
    }

    [Fact]
    public async Task A_revision_that_is_no_more_is_refused_with_those_that_are() =>
        (await FailsAsync(new KubernetesRolloutUndoAction(Called.Outward), With("revision", 9), FailureClass.Refused)).ShouldContain(
            "1, 2, 3"
        );

    [Fact]
    public async Task Without_an_earlier_revision_there_is_nothing_to_go_back_to()
    {
        foreach (var revision in (int[])[1, 2])
            Server.Remove($"/apis/apps/v1/namespaces/shop/replicasets/web-{revision}");

        (await FailsAsync(new KubernetesRolloutUndoAction(Called.Outward), With(), FailureClass.Refused)).ShouldBe(
            "shop/web has only revision 3: there is none before it"
        );
    }

    [Fact]
    public async Task A_rollout_is_waited_for_and_one_that_Kubernetes_gave_up_fails()
    {
        var status = new KubernetesRolloutStatusAction(Called.Outward);
        (await DoAsync(status, With())).GetProperty("ready").GetInt32().ShouldBe(2);

        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        var waiting = Called.RunAsync(status, With());
        await WatchedAsync(1);
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 2);
        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
        Server.Requests.Count(one => one == "GET " + Webs).ShouldBe(2);

        Server.Change(Web, one => GiveUp(one, "07:00:00"));
        (await FailsAsync(new KubernetesRolloutStatusAction(Hasty), With(), FailureClass.Refused)).ShouldContain("timed out progressing");
    }

    [Fact]
    public async Task A_rollout_that_is_not_over_in_time_says_how_far_it_is()
    {
        var status = new KubernetesRolloutStatusAction(Called.Outward);
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        (await EndedAsync(status, With(), "are ready", FailureClass.Refused)).ShouldBe(
            "within 1m it was not done: of 2 pods 2 are new and 1 are ready"
        );

        Server.Change(Web, one => one["metadata"]!["generation"] = 4);
        (await EndedAsync(status, With(), "are ready", FailureClass.Refused)).ShouldEndWith(
            "and that is of an earlier wish: its controller has not seen the newest one yet"
        );
    }

    [Theory]
    [InlineData(null, "07:00:00")]
    [InlineData("07:00:00", "07:10:00")]
    public async Task A_rollout_that_Kubernetes_gives_up_while_it_is_waited_for_fails_at_once(string? before, string at)
    {
        Server.Change(Web, one => GiveUp(one, before));

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(Standing), With());
        await WatchedAsync(1);
        waiting.IsCompleted.ShouldBeFalse();
        Server.Change(Web, one => GiveUp(one, at));

        (await waiting).ShouldBeOfType<ActionResult.Failed>().Because.ShouldContain("timed out progressing");
    }

    [Fact]
    public async Task What_Kubernetes_has_not_taken_back_yet_of_an_earlier_rollout_is_not_said_of_this_one()
    {
        Server.Change(Web, one => GiveUp(one, "07:00:00"));

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(Standing), With());
        await WatchedAsync(1);
        Server.Change(Web, one => one["status"]!["replicas"] = 3);
        Server.Change(
            Web,
            one =>
            {
                (one["status"]!["replicas"], one["status"]!["availableReplicas"]) = (2, 2);
                one["status"]!["conditions"]![1]!["reason"] = "NewReplicaSetAvailable";
            }
        );

        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
    }

    [Fact]
    public async Task What_Kubernetes_says_of_an_earlier_rollout_is_not_said_of_this_one()
    {
        Server.Change(
            Web,
            one =>
            {
                one["metadata"]!["generation"] = 4;
                GiveUp(one, "07:00:00");
            }
        );

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(Called.Outward), With());
        await WatchedAsync(1);
        Server.Change(
            Web,
            one =>
            {
                (one["status"]!["observedGeneration"], one["status"]!["availableReplicas"]) = (4, 2);
                one["status"]!["conditions"]![1]!["reason"] = "NewReplicaSetAvailable";
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
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        Server.Faults.Enqueue(fault);
        var lines = new ConcurrentQueue<string>();

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(Hasty), With(), output: lines.Enqueue);
        await WatchedAsync(2);
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 2);

        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
        Server.Requests.Count(one => one == "GET " + Webs).ShouldBe(lists);
        if (told is null)
            lines.ShouldNotContain(line => line.Contains("the watch", StringComparison.Ordinal));
        else
            lines.ShouldContain(line => line.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watch_that_cannot_be_taken_up_again_ends_unknown()
    {
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        for (var one = 0; one < 20; one++)
            Server.Faults.Enqueue(WatchFault.Drop);

        (await FailsAsync(new KubernetesRolloutStatusAction(Hasty), With(), FailureClass.Unknown)).ShouldContain(
            "the watch on deployments broke off and could not be taken up again"
        );

        Server.Requests.Count(one => one == "WATCH " + Webs).ShouldBe(8);
    }

    [Fact]
    public async Task A_watch_that_is_forbidden_only_for_a_while_after_it_was_allowed_is_taken_up_again()
    {
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        foreach (var fault in (WatchFault[])[WatchFault.End, WatchFault.Forbidden, WatchFault.Forbidden])
            Server.Faults.Enqueue(fault);

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(Hasty), With());
        await WatchedAsync(4);
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 2);

        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 9)]
    public async Task A_watch_that_stays_forbidden_ends_refused_with_the_rule_that_is_missing(bool allowedOnce, int watches)
    {
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        if (allowedOnce)
            Server.Faults.Enqueue(WatchFault.End);
        for (var one = 0; one < 20; one++)
            Server.Faults.Enqueue(WatchFault.Forbidden);

        (await FailsAsync(new KubernetesRolloutStatusAction(Hasty), With(), FailureClass.Refused)).ShouldContain("verbs: [\"watch\"]");

        Server.Requests.Count(one => one == "WATCH " + Webs).ShouldBe(watches);
    }

    [Fact]
    public async Task A_silent_watch_that_is_cut_again_and_again_is_not_given_up()
    {
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        for (var one = 0; one < 10; one++)
            Server.Faults.Enqueue(WatchFault.Silence);
        var hastier = new Outward(new AllowedHosts(["127.0.0.1"]), new HastyTime(200));

        var waiting = Called.RunAsync(new KubernetesRolloutStatusAction(hastier), With());
        await WatchedAsync(11);
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 2);

        (await waiting).ShouldBeOfType<ActionResult.Succeeded>();
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_stopped_and_when_what_it_waits_for_is_deleted()
    {
        Server.Change(Web, one => one["status"]!["availableReplicas"] = 1);
        using var stop = new CancellationTokenSource();
        var stopped = Called.RunAsync(new KubernetesRolloutStatusAction(Called.Outward), With(), stop: stop.Token);
        await WatchedAsync(1);
        await stop.CancelAsync();
        (await stopped).ShouldBeOfType<ActionResult.Failed>().Class.ShouldBe(FailureClass.Unknown);

        var bereft = Called.RunAsync(new KubernetesRolloutStatusAction(Called.Outward), With());
        await WatchedAsync(2);
        Server.Remove(Web);
        var failed = (await bereft).ShouldBeOfType<ActionResult.Failed>();
        (failed.Class, failed.Because).ShouldBe(
            (FailureClass.Refused, "it was deleted while it was waited for: deployments \"web\" in namespace \"shop\"")
        );
        (await FailsAsync(new KubernetesRolloutStatusAction(Called.Outward), With(), FailureClass.Refused)).ShouldBe(
            "there is no such thing (404): deployments \"web\" in namespace \"shop\""
        );
    }

    [Fact]
    public async Task A_stateful_set_is_taken_back_to_its_controller_revision_as_it_was_looked_at()
    {
        const string Sets = "/apis/apps/v1/namespaces/shop/statefulsets/db";
        Server.Add(
            Sets,
            """
            { "spec": { "selector": { "matchLabels": { "app": "db" } },
                        "template": { "spec": { "containers": [{ "name": "db", "image": "db:2" }] } } } }
            """
        );
        foreach (var revision in (int[])[1, 2])
            Server.Add(
                $"/apis/apps/v1/namespaces/shop/controllerrevisions/db-{revision}",
                $$"""
                { "metadata": { "ownerReferences": [{ "uid": "uid-of-db" }] }, "revision": {{revision}},
                  "data": { "spec": { "template": { "spec": { "containers": [{ "name": "db", "image": "db:{{revision}}" }] } } } } }
                """
            );

        var undone = await DoAsync(
            new KubernetesRolloutUndoAction(Called.Outward),
            With(new Dictionary<string, object?> { ["kind"] = "stateful-set", ["name"] = "db" })
        );

        (undone.GetProperty("from").GetInt64(), undone.GetProperty("to").GetInt64()).ShouldBe((2, 1));
        Server[Sets]["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("db:1");
    }

    [Fact]
    public async Task A_paused_deployment_is_neither_restarted_nor_undone()
    {
        Server.Change(Web, one => one["spec"]!["paused"] = true);

        foreach (
            var action in (IStepAction[])
                [new KubernetesRolloutRestartAction(Called.Outward), new KubernetesRolloutUndoAction(Called.Outward)]
        )
            (await FailsAsync(action, With(), FailureClass.Refused)).ShouldContain("is paused: resume it first");

        Server[Web]["metadata"]!["generation"]!.GetValue<int>().ShouldBe(3);
    }

    /// <param name="at">A time of day; null: it is still at it.</param>
    private static void GiveUp(JsonNode deployment, string? at)
    {
        var status = deployment["status"]!;
        status["availableReplicas"] = 1;
        status["conditions"] = JsonNode.Parse(
            $$"""
            [{ "type": "Available", "status": "True", "reason": "MinimumReplicasAvailable" },
             { "type": "Progressing", "status": "{{(at is null ? "True" : "False")}}", "reason": "{{(
                at is null ? "ReplicaSetUpdated" : "ProgressDeadlineExceeded"
            )}}",
               "message": "ReplicaSet web-3 has timed out progressing.", "lastUpdateTime": "2026-11-29T{{at ?? "06:50:00"}}Z" }]
            """
        );
    }

    private Task WatchedAsync(int times) =>
        Until.Holds(
            () => Task.FromResult(Server.Requests.Count(one => one.StartsWith("WATCH", StringComparison.Ordinal)) >= times),
            $"watch number {times}"
        );
}
