using Tests.Support;

namespace Tests.Nodes;

/// <summary>A node is told to end while a step that acts only once is under way: the run is handed over between two steps, without a question.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private Bell bell = null!;

    public async Task InitializeAsync() => bell = await Bell.StartAsync();

    public async Task DisposeAsync() => await bell.DisposeAsync();

    [Fact]
    public async Task A_step_under_way_comes_to_its_end_and_another_node_goes_on_behind_it()
    {
        using var nodes = await NodePair.StartAsync(Rings);
        var (run, first) = await UnderWayAsync(nodes.One);

        await DrainsAsync(nodes.One);
        first.Answer(200);

        await Until.Holds(() => Task.FromResult(!nodes.One.IsAlive), "the end of the node");
        await GoesOnAsync(nodes.Two, run);
    }

    [Fact]
    public async Task Of_steps_beside_each_other_each_comes_to_its_end()
    {
        using var nodes = await NodePair.StartAsync(
            $$"""
            runbook: rings
            summary: Rings twice at once, and once more
            steps:
              - id: both
                parallel:
                  - { id: a, uses: http/request@1, with: { method: POST, url: "{{bell.Address}}/first" }, effect: once, timeout: 60s }
                  - { id: b, uses: http/request@1, with: { method: POST, url: "{{bell.Address}}/first" }, effect: once, timeout: 60s }
              - { id: second, uses: http/request@1, with: { method: POST, url: "{{bell.Address}}/second" }, effect: once, timeout: 60s }
            """
        );
        var (run, one) = await UnderWayAsync(nodes.One);
        var other = await bell.NextAsync();

        await DrainsAsync(nodes.One);
        one.Answer(200);
        nodes.One.IsAlive.ShouldBeTrue();
        other.Answer(200);

        await GoesOnAsync(nodes.Two, run);
    }

    [Fact]
    public async Task A_script_has_some_seconds_to_its_end()
    {
        var port = new Uri(bell.Address).Port;
        using var nodes = await NodePair.StartAsync(
            $$"""
            runbook: rings
            summary: Takes its time
            steps:
              - id: slow
                effect: once
                run: |
                  printf 'POST /first HTTP/1.0\r\nContent-Length: 0\r\n\r\n' >/dev/tcp/127.0.0.1/{{port}}
                  sleep 4
              - { id: second, uses: http/request@1, with: { method: POST, url: "{{bell.Address}}/second" }, effect: once, timeout: 60s }
            """
        );
        var (run, _) = await UnderWayAsync(nodes.One);

        nodes.One.Terminate();

        await GoesOnAsync(nodes.Two, run);
    }

    [Fact]
    public async Task A_step_that_takes_longer_is_cut_and_people_are_asked_what_came_of_it()
    {
        using var nodes = await NodePair.StartAsync(Rings, new Dictionary<string, string> { ["Node__Drain"] = "00:00:00.5" });
        var (run, _) = await UnderWayAsync(nodes.One);

        nodes.One.Terminate();

        await Until.Holds(() => Task.FromResult(!nodes.One.IsAlive), "the end of the node");
        await StateAsync(nodes.Two, run, "waiting");
        bell.Waiting.ShouldBe(0);
    }

    private string Rings =>
        $$"""
            runbook: rings
            summary: Rings twice
            steps:
              - { id: first, uses: http/request@1, with: { method: POST, url: "{{bell.Address}}/first" }, effect: once, timeout: 60s }
              - { id: second, uses: http/request@1, with: { method: POST, url: "{{bell.Address}}/second" }, effect: once, timeout: 60s }
            """;

    private async Task<(string Run, Bell.Call First)> UnderWayAsync(BotProcess node)
    {
        var run = (await node.PostAsync("/api/v1/runs", new { runbook = "rings" })).GetProperty("id").GetString()!;
        var first = await bell.NextAsync();
        first.Line.ShouldBe("POST /first");
        return (run, first);
    }

    private static async Task DrainsAsync(BotProcess node)
    {
        node.Terminate();
        await Until.Holds(() => ClosedAsync(node), "a node that takes nothing new");
    }

    // Behind what came to its end, and nothing is done twice.
    private async Task GoesOnAsync(BotProcess node, string run)
    {
        var second = await bell.NextAsync();
        second.Line.ShouldBe("POST /second");
        second.Answer(200);
        await StateAsync(node, run, "succeeded");
        bell.Waiting.ShouldBe(0);
    }

    private static async Task<bool> ClosedAsync(BotProcess node)
    {
        try
        {
            using var answer = await node.Http.GetAsync("/health/live");
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    private static Task<object> StateAsync(BotProcess node, string run, string wanted) =>
        Until.Comes<object>(
            async () =>
                await node.GetAsync($"/api/v1/runs/{run}") is var state && state.GetProperty("state").GetString() == wanted ? state : null,
            $"the state {wanted} of the run"
        );
}
