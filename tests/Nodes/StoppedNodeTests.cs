using System.Text.Json;
using Bot.Storage;
using Bot.Storage.Postgres;
using Runbooks.Running;
using Tests.Crash;
using Tests.Crash.Host;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>
/// A node is stopped for longer than its lease while it drives a step that must happen once: the other one takes over, nothing is
/// decided before the old call is surely over, and what the old node does when it wakes changes nothing.
/// </summary>
public sealed class StoppedNodeTests : IAsyncLifetime
{
    private const string Key = "STOPPED_NODE_SSH_KEY";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-stopped-");
    private readonly string database = PostgresServer.Shared.NewDatabase();
    private readonly List<BotProcess> nodes = [];
    private Bell bell = null!;

    public async Task InitializeAsync() => bell = await Bell.StartAsync();

    public async Task DisposeAsync()
    {
        nodes.ForEach(node => node.Dispose());
        await bell.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_once_call_of_a_stopped_node_is_over_at_its_deadline_and_its_late_answer_changes_nothing()
    {
        var (one, two) = await NodesAsync(Call("12s"), "one", "two");
        var run = await StartRunAsync(one);
        var call = await bell.NextAsync();
        one.Suspend();

        var countdown = await WaitAsync(two, run, "time");
        countdown
            .GetProperty("text")
            .GetString()
            .ShouldBe("node one, which began it, has not said what came of it, and may still do it until then");
        countdown.GetProperty("expiresAt").GetDateTimeOffset().ShouldBe((await ReadAsync(run)).State.Steps["restart"].Attempts[0].Deadline);
        await AskedAsync(two, run);

        var record = await ReadAsync(run);
        record.Facts.OfType<RunFact.TakenOver>().Count().ShouldBe(1);
        var attempt = record.State.Steps["restart"].Attempts.ShouldHaveSingleItem();
        attempt.EndedAt!.Value.ShouldBeGreaterThanOrEqualTo(attempt.Deadline);
        attempt.Because.ShouldBe("no answer was recorded by node one, which was silent when the run was taken over");
        call.Answer(200);
        one.Resume();
        // Awake again, it has an answer for a step that is no longer its own.
        (await one.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, DateTimeOffset.UnixEpoch)))).ShouldBeTrue();
        await DecideAsync(one, run, "happened");
        await OverAsync(two, run);
        (await ReadAsync(run)).State.Steps["restart"].Because.ShouldBe("token:bootstrap (the node is silent) says that it happened");
    }

    [Fact]
    public async Task A_node_whose_process_is_proven_dead_is_not_waited_for()
    {
        // Nodes without a name of their own are called by machine and process id, and that can be looked up.
        var (one, two) = await NodesAsync(Call("10m"), "", "");
        var run = await StartRunAsync(one);
        await bell.NextAsync();
        one.Kill();

        await AskedAsync(two, run);

        var record = await ReadAsync(run);
        var attempt = record.State.Steps["restart"].Attempts.ShouldHaveSingleItem();
        attempt.EndedAt!.Value.ShouldBeLessThan(attempt.Deadline);
    }

    [Fact]
    public async Task What_a_stopped_node_began_on_a_host_is_ended_there_and_the_node_is_not_waited_for()
    {
        using var host = new SshServer(folder.FullName);
        await host.UntilReadyAsync();
        Environment.SetEnvironmentVariable(Key, host.ClientKey);
        var (one, two) = await NodesAsync(
            $$$"""
            inputs: { key: { type: secret, ref: "env:{{{Key}}}" } }
            steps:
              - id: restart
                uses: ssh/run@1
                with:
                  host: 127.0.0.1
                  port: {{{host.Port}}}
                  user: {{{host.User}}}
                  key: ${{ inputs.key }}
                  host-keys: [{{{host.HostKey}}}]
                  command: echo $$ >{{{folder}}}/begun; sleep 1000
                effect: once
                timeout: 10m
            """,
            "one",
            "two"
        );
        var run = await StartRunAsync(one);
        var shell = await Until.Comes(
            async () =>
                File.Exists(folder + "/begun") && await File.ReadAllTextAsync(folder + "/begun") is [.., '\n'] pid ? pid.Trim() : null,
            "the command"
        );
        one.Suspend();

        await AskedAsync(two, run);

        Directory.Exists($"/proc/{shell}").ShouldBeFalse();
        var attempt = (await ReadAsync(run)).State.Steps["restart"].Attempts.ShouldHaveSingleItem();
        attempt.EndedAt!.Value.ShouldBeLessThan(attempt.Deadline);
    }

    [Theory]
    [InlineData("stop", "cancelled")]
    [InlineData("done-by-hand", "succeeded")]
    public async Task Nobody_has_to_wait_for_a_silent_node_who_decides_himself(string decision, string end)
    {
        var (one, two) = await NodesAsync(Call("60m"), "one", "two");
        var run = await StartRunAsync(one);
        var call = await bell.NextAsync();
        one.Suspend();
        await WaitAsync(two, run, "time");

        await DecideAsync(two, run, decision, step: decision is "stop" ? "" : "restart");

        await Until.Holds(
            async () => (await two.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() == end,
            "the end of the run",
            async () => (await two.GetAsync("/api/v1/runs/" + run)).ToString()
        );
        var attempt = (await ReadAsync(run)).State.Steps["restart"].Attempts.ShouldHaveSingleItem();
        attempt.Outcome.ShouldBe(StepOutcome.Unknown);
        attempt.SilentUntil.ShouldBe(attempt.Deadline);
        call.Answer(200);
    }

    [Fact]
    public async Task A_node_that_is_told_to_end_leaves_no_doubt_that_it_acts_no_more()
    {
        var (one, two) = await NodesAsync("steps: [{ id: restart, run: sleep 1000, timeout: 60m }]", "one", "two");
        var run = await StartRunAsync(one);
        await Until.Holds(
            async () => (await ReadAsync(run)).State.Steps.GetValueOrDefault("restart") is { Open.Process: not null },
            "the script"
        );
        one.Terminate();

        await AskedAsync(two, run);

        var attempt = (await ReadAsync(run)).State.Steps["restart"].Attempts.ShouldHaveSingleItem();
        attempt.HasEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_node_that_was_stopped_before_its_call_does_not_make_it_after_the_deadline()
    {
        var (one, two) = await NodesAsync(Call("12s"), "one", "two", "Tests.dll");
        await File.WriteAllTextAsync(Armed(1), CrashPoints.Stop + "before the call of restart");
        var started = StartRunAsync(one);
        var run = await Until.Comes(
            async () =>
                (await two.GetAsync("/api/v1/runs"))
                    .GetProperty("items")
                    .EnumerateArray()
                    .Select(item => item.GetProperty("id").GetString())
                    .FirstOrDefault(),
            "the run"
        );
        await AskedAsync(two, run);
        await DecideAsync(two, run, "run-again");
        (await bell.NextAsync()).Answer(200);
        await OverAsync(two, run);

        one.Resume();

        // It passes the point after its call, whatever came of it.
        await Until.Holds(
            async () => (await File.ReadAllTextAsync(Passed(1))).Contains("after the call of restart", StringComparison.Ordinal),
            "the end of the late call"
        );
        (await started).ShouldBe(run);
        bell.Waiting.ShouldBe(0);
        (await ReadAsync(run)).AttemptsOf("restart").ShouldBe(2);
    }

    private string Armed(int node) => $"{folder.FullName}/armed-{node}";

    private string Passed(int node) => $"{folder.FullName}/passed-{node}";

    private string Call(string timeout) =>
        $$"""
            steps:
              - id: restart
                uses: http/request@1
                with: { method: POST, url: "{{bell.Address}}/restart" }
                timeout: {{timeout}}
            """;

    private async Task<(BotProcess One, BotProcess Two)> NodesAsync(string steps, string one, string two, string program = "incident.dll")
    {
        await File.WriteAllTextAsync(folder.FullName + "/restart.yaml", "runbook: restart\n" + steps);
        foreach (var name in new[] { one, two })
        {
            var settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Node__Lease"] = "00:00:02",
                ["Node__Drain"] = "00:00:01",
                ["Runbooks__Paths__0"] = folder.FullName,
                [CrashPoints.ArmedVariable] = Armed(nodes.Count + 1),
                [CrashPoints.PassedVariable] = Passed(nodes.Count + 1),
            };
            nodes.Add(new BotProcess(database, name, settings, program));
            await nodes[^1].StartAsync();
        }

        return (nodes[0], nodes[1]);
    }

    private static async Task<string> StartRunAsync(BotProcess node) =>
        (await node.PostAsync("/api/v1/runs", new { runbook = "restart" })).GetProperty("id").GetString()!;

    private static async Task AskedAsync(BotProcess node, string run) => await WaitAsync(node, run, "unknown");

    private static async Task<JsonElement> WaitAsync(BotProcess node, string run, string kind)
    {
        JsonElement? found = null;
        await Until.Holds(
            async () =>
                (
                    found = (await node.GetAsync("/api/v1/runs/" + run))
                        .GetProperty("waitingFor")
                        .EnumerateArray()
                        .Select(wait => (JsonElement?)wait)
                        .FirstOrDefault(wait => wait!.Value.GetProperty("kind").GetString() == kind)
                )
                    is not null,
            $"a wait for {kind}",
            async () => (await node.GetAsync("/api/v1/runs/" + run)).ToString()
        );
        return found!.Value;
    }

    private static async Task DecideAsync(BotProcess node, string run, string decision, string step = "restart") =>
        await node.PostAsync(
            $"/api/v1/runs/{run}/decisions",
            new
            {
                step,
                decision,
                reason = "the node is silent",
            }
        );

    private static Task OverAsync(BotProcess node, string run) =>
        Until.Holds(
            async () => (await node.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() is "succeeded",
            "the end of the run",
            async () => (await node.GetAsync("/api/v1/runs/" + run)).ToString()
        );

    private async Task<RunRecord> ReadAsync(string run)
    {
        await using var store = new PostgresStore(database);
        return await RunRecord.ReadAsync(new EventTable(store), run);
    }
}
