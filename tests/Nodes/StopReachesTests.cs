using System.Net.Sockets;
using System.Text.Json;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>Somebody stops a run at one node that another one drives: it reaches the processes of its script and the call to the API.</summary>
public sealed class StopReachesTests : IAsyncLifetime
{
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoopbackListener api = null!;
    private NodePair nodes = null!;

    public async Task InitializeAsync()
    {
        api = new LoopbackListener(HoldAsync);
        nodes = await NodePair.StartAsync(
            $$"""
            runbook: acts
            summary: A script with children and a call that takes its time
            steps:
              - { id: before, uses: core/count@1, with: { key: before } }
              - id: beside
                parallel:
                  - { id: script, run: "sleep 600 & (sleep 600; sleep 600) & echo they are up; wait", timeout: 20m }
                  - { id: call, uses: http/request@1, with: { method: POST, url: "http://127.0.0.1:{{api.Port}}/" }, timeout: 20m }
              - { id: never, uses: core/count@1, with: { key: never } }
            finally:
              - { id: tidied, uses: core/count@1, with: { key: tidied } }
            """
        );
    }

    public async Task DisposeAsync()
    {
        nodes.Dispose();
        await api.DisposeAsync();
    }

    [Fact]
    public async Task The_process_group_ends_the_call_is_hung_up_and_what_is_left_behind_is_listed()
    {
        var run = (await nodes.One.PostAsync("/api/v1/runs", new { runbook = "acts" })).GetProperty("id").GetString()!;
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await Until.Holds(() => Task.FromResult(Leftovers.Of(run).Count >= 3), "the script's children");

        await nodes.Two.PostAsync($"/api/v1/runs/{run}/decisions", new { decision = "stop", reason = "wrong place" });

        var state = await EndAsync(run);
        state.GetProperty("state").GetString().ShouldBe("cancelled");
        await hungUp.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Leftovers.Of(run).ShouldBeEmpty();
        Outcomes(state)
            .ShouldBe(
                new Dictionary<string, string>
                {
                    ["before"] = "success",
                    ["beside"] = "unknown",
                    ["script"] = "unknown",
                    ["call"] = "unknown",
                    ["tidied"] = "success",
                },
                ignoreOrder: true
            );
        state
            .GetProperty("leftBehind")
            .EnumerateArray()
            .Select(left => left.GetString()!.Split(" (")[0])
            .Order(StringComparer.Ordinal)
            .ShouldBe(["before: success", "call: unknown", "script: unknown"]);
        (await PageAsync(nodes.Two, run)).ShouldContain("Left behind");
    }

    // Takes the request and never answers.
    private async Task HoldAsync(Socket socket, CancellationToken stop)
    {
        using (socket)
        {
            var buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer, stop) > 0)
                    asked.TrySetResult();
                hungUp.TrySetResult();
            }
            catch (SocketException)
            {
                hungUp.TrySetResult();
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }

    private async Task<JsonElement> EndAsync(string run)
    {
        JsonElement state = default;
        await Until.Holds(
            async () =>
                (state = await nodes.Two.GetAsync("/api/v1/runs/" + run)).GetProperty("endedAt").ValueKind is not JsonValueKind.Null,
            "the end of the run",
            () => Task.FromResult(state.ToString())
        );
        return state;
    }

    private static Dictionary<string, string> Outcomes(JsonElement state) =>
        state
            .GetProperty("steps")
            .EnumerateArray()
            .ToDictionary(step => step.GetProperty("id").GetString()!, step => step.GetProperty("outcome").GetString()!);

    private static async Task<string> PageAsync(BotProcess node, string run)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/runs/" + run);
        request.Headers.Authorization = new("Bearer", BotProcess.AdminToken);
        using var answer = await node.Http.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}
