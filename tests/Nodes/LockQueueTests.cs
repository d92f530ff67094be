using System.Net.Http.Headers;
using System.Text.Json;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>Runs that name the same lock, on two real processes with one PostgreSQL: one at a time, first come, first served, whoever dies.</summary>
public sealed class LockQueueTests : IAsyncLifetime
{
    private Bell bell = null!;
    private NodePair nodes = null!;

    public async Task InitializeAsync()
    {
        bell = await Bell.StartAsync();
        nodes = await NodePair.StartAsync(
            $$$"""
            runbook: locked
            summary: Rings while it holds the lock of a shard
            inputs: { shard: { required: true }, who: { required: true } }
            locks: ["shop/${{ inputs.shard }}"]
            steps:
              - { id: ring, uses: http/request@1, with: { url: "{{{bell.Address}}}/${{ inputs.who }}" }, timeout: 60s }
            """
        );
    }

    public async Task DisposeAsync()
    {
        nodes.Dispose();
        await bell.DisposeAsync();
    }

    [Fact]
    public async Task The_queue_is_seen_at_both_nodes_and_each_starts_when_the_one_before_it_ends()
    {
        var first = await StartAsync(nodes.One, "first");
        var ringing = await RingsAsync("first");
        var second = await StartAsync(nodes.Two, "second");
        var third = await StartAsync(nodes.One, "third");
        var other = await StartAsync(nodes.Two, "other", shard: "other");

        // Another lock is nobody's business here.
        (await RingsAsync("other")).Answer(200);
        await EndsWellAsync(nodes.One, other);
        foreach (var node in new[] { nodes.One, nodes.Two })
        {
            await QueuedAsync(node, second, $"'shop/main' is held by {first}");
            await QueuedAsync(node, third, $"'shop/main' is held by {first}, 1 more before it");
            var page = await PageAsync(node, second);
            page.ShouldContain("Queued behind another run");
            page.ShouldContain(first);
        }

        bell.Waiting.ShouldBe(0);
        ringing.Answer(200);
        await EndsWellAsync(nodes.Two, first);
        (await RingsAsync("second")).Answer(200);
        await EndsWellAsync(nodes.One, second);
        (await RingsAsync("third")).Answer(200);
        await EndsWellAsync(nodes.Two, third);
    }

    [Fact]
    public async Task A_killed_node_frees_no_lock_its_run_is_carried_on_and_the_next_one_starts_at_its_end()
    {
        var first = await StartAsync(nodes.One, "first");
        await RingsAsync("first");
        var second = await StartAsync(nodes.Two, "second");
        await QueuedAsync(nodes.Two, second, $"'shop/main' is held by {first}");

        nodes.One.Kill();

        // A read is made again by whoever takes the run over; until it has ended the lock is not free.
        var again = await RingsAsync("first");
        await QueuedAsync(nodes.Two, second, $"'shop/main' is held by {first}");
        bell.Waiting.ShouldBe(0);
        again.Answer(200);
        await EndsWellAsync(nodes.Two, first);
        (await RingsAsync("second")).Answer(200);
        await EndsWellAsync(nodes.Two, second);
    }

    [Fact]
    public async Task A_run_that_waits_keeps_its_place_when_its_own_node_is_killed()
    {
        var first = await StartAsync(nodes.Two, "first");
        var ringing = await RingsAsync("first");
        var second = await StartAsync(nodes.One, "second");
        var third = await StartAsync(nodes.Two, "third");
        await QueuedAsync(nodes.Two, second, $"'shop/main' is held by {first}");

        nodes.One.Kill();
        ringing.Answer(200);

        await EndsWellAsync(nodes.Two, first);
        (await RingsAsync("second")).Answer(200);
        await EndsWellAsync(nodes.Two, second);
        (await RingsAsync("third")).Answer(200);
        await EndsWellAsync(nodes.Two, third);
    }

    private static async Task<string> StartAsync(BotProcess node, string who, string shard = "main") =>
        (await node.PostAsync("/api/v1/runs", new { runbook = "locked", inputs = new { who, shard } })).GetProperty("id").GetString()!;

    private async Task<Bell.Call> RingsAsync(string who)
    {
        var call = await bell.NextAsync();
        call.Line.ShouldBe($"GET /{who}");
        return call;
    }

    private static async Task QueuedAsync(BotProcess node, string run, string behind)
    {
        var state = await node.GetAsync("/api/v1/runs/" + run);
        state.GetProperty("state").GetString().ShouldBe("queued");
        var wait = state.GetProperty("waitingFor").EnumerateArray().ShouldHaveSingleItem();
        wait.GetProperty("kind").GetString().ShouldBe("lock");
        wait.GetProperty("text").GetString().ShouldBe(behind);
    }

    private static Task EndsWellAsync(BotProcess node, string run)
    {
        JsonElement seen = default;
        return Until.Holds(
            async () => (seen = await node.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() is "succeeded",
            $"the end of {run}",
            () => Task.FromResult(seen.ToString())
        );
    }

    private static async Task<string> PageAsync(BotProcess node, string run)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/runs/" + run);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", BotProcess.AdminToken);
        using var answer = await node.Http.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}
