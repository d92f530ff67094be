using System.Text.Json;
using Npgsql;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>A node dies with more runs than go on by themselves: they are held, do nothing, and go on one by one as people say so.</summary>
public sealed class HoldTests : IAsyncLifetime
{
    private Bell bell = null!;
    private NodePair nodes = null!;

    public async Task InitializeAsync()
    {
        bell = await Bell.StartAsync();
        nodes = await NodePair.StartAsync(
            $$$"""
            runbook: rings
            summary: Counts, rings, counts
            inputs: { who: { required: true } }
            steps:
              - { id: before, uses: core/count@1, with: { key: "before-${{ inputs.who }}" } }
              - { id: ring, uses: http/request@1, with: { url: "{{{bell.Address}}}/${{ inputs.who }}" }, timeout: 60s }
              - { id: after, uses: core/count@1, with: { key: "after-${{ inputs.who }}" } }
            """,
            new Dictionary<string, string> { ["Runbooks__HoldAbove"] = "3" }
        );
    }

    public async Task DisposeAsync()
    {
        nodes.Dispose();
        await bell.DisposeAsync();
    }

    [Fact]
    public async Task Runs_of_a_dead_node_are_held_and_each_goes_on_when_somebody_releases_it()
    {
        var runs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var who in new[] { "a", "b", "c", "d" })
        {
            runs[who] = (await nodes.One.PostAsync("/api/v1/runs", new { runbook = "rings", inputs = new { who } }))
                .GetProperty("id")
                .GetString()!;
            (await bell.NextAsync()).Line.ShouldBe($"GET /{who}");
        }

        nodes.One.Kill();

        foreach (var run in runs.Values)
        {
            var hold = await HeldAsync(nodes.Two, run);
            hold.GetProperty("text")
                .GetString()
                .ShouldBe("4 runs were under way when a node ended; they go on when somebody releases them.");
        }

        bell.Waiting.ShouldBe(0);
        // By a typed command; it makes its read again and ends.
        var said = await nodes.Two.PostAsync("/api/v1/commands", new { text = $"/incident decide {runs["a"]} release" });
        said.GetProperty("accepted").GetBoolean().ShouldBeTrue(said.ToString());
        await RingsAndEndsAsync(nodes.Two, "a", runs["a"]);
        // Stopped by its card: it does nothing any more.
        var hash = (await HeldAsync(nodes.Two, runs["b"])).GetProperty("hash").GetString();
        await nodes.Two.PostAsync(
            $"/api/v1/runs/{runs["b"]}/decisions",
            new
            {
                decision = "stop",
                hash,
                reason = "not any more",
            }
        );
        await StateAsync(nodes.Two, runs["b"], "cancelled");
        // At a node that does not have it.
        await nodes.One.StartAsync();
        await HeldAsync(nodes.One, runs["c"]);
        await nodes.One.PostAsync($"/api/v1/runs/{runs["c"]}/decisions", new { decision = "release" });
        await RingsAndEndsAsync(nodes.One, "c", runs["c"]);
        // And when the node that holds it is gone, too.
        nodes.Two.Kill();
        await HeldAsync(nodes.One, runs["d"]);
        await nodes.One.PostAsync($"/api/v1/runs/{runs["d"]}/decisions", new { decision = "release" });
        await RingsAndEndsAsync(nodes.One, "d", runs["d"]);

        bell.Waiting.ShouldBe(0);
        Counts()
            .ShouldBe(
                new Dictionary<string, long>
                {
                    ["before-a"] = 1,
                    ["after-a"] = 1,
                    ["before-b"] = 1,
                    ["before-c"] = 1,
                    ["after-c"] = 1,
                    ["before-d"] = 1,
                    ["after-d"] = 1,
                },
                ignoreOrder: true
            );
    }

    private static async Task<JsonElement> HeldAsync(BotProcess node, string run)
    {
        var state = await StateAsync(node, run, "held");
        var wait = state.GetProperty("waitingFor").EnumerateArray().ShouldHaveSingleItem();
        wait.GetProperty("kind").GetString().ShouldBe("hold");
        return wait;
    }

    private async Task RingsAndEndsAsync(BotProcess node, string who, string run)
    {
        var call = await bell.NextAsync();
        call.Line.ShouldBe($"GET /{who}");
        call.Answer(200);
        await StateAsync(node, run, "succeeded");
    }

    private static async Task<JsonElement> StateAsync(BotProcess node, string run, string wanted)
    {
        JsonElement state = default;
        await Until.Holds(
            async () => (state = await node.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() == wanted,
            $"{run} {wanted}",
            () => Task.FromResult(state.ToString())
        );
        return state;
    }

    private Dictionary<string, long> Counts()
    {
        var name = new NpgsqlConnectionStringBuilder(nodes.Database).Database!;
        var all = (string)PostgresServer.Shared.Execute(name, "select string_agg(key || '=' || count, ' ') from counts")!;
        return all.Split(' ')
            .Select(one => one.Split('='))
            .ToDictionary(
                one => one[0],
                one => long.Parse(one[1], System.Globalization.CultureInfo.InvariantCulture),
                StringComparer.Ordinal
            );
    }
}
