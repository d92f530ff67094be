using Bot.Access;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Running;
using Tests.Runs;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>A run is woken at whichever node carries out the effect, on one PostgreSQL.</summary>
public sealed class WakeTests : IAsyncLifetime
{
    private readonly string database = PostgresServer.Shared.NewDatabase();
    private Bell bell = null!;
    private BotUnderTest one = null!;
    private BotUnderTest two = null!;

    public async Task InitializeAsync()
    {
        bell = await Bell.StartAsync();
        one = await NodeAsync("one");
        two = await NodeAsync("two");
    }

    public async Task DisposeAsync()
    {
        await one.DisposeAsync();
        await two.DisposeAsync();
        await bell.DisposeAsync();
    }

    [Fact]
    public async Task A_run_with_a_step_under_way_stays_with_its_node_and_the_step_is_made_once()
    {
        var run = await StartedRun.OfAsync(two, await two.TokenAsync(Role.Responder), "rings");
        var call = await bell.NextAsync();

        await one.Get<RunConductor>().WakeAsync(run.Id, take: true, default);

        (await StateAsync(run)).Node.ShouldBe("two");
        call.Answer(200);
        (await bell.NextAsync()).Answer(200);
        await run.EndsAsync("succeeded");
        var state = await StateAsync(run);
        state.Steps["first"].Attempts.Count.ShouldBe(1);
        state.Steps["second"].Attempts.Count.ShouldBe(1);
        bell.Waiting.ShouldBe(0);
    }

    private async Task<RunState> StateAsync(StartedRun run) => (await one.Get<RunTable>().FindAsync(run.Id, default))!;

    private Task<BotUnderTest> NodeAsync(string name) =>
        BotUnderTest.StartAsync(
            runbooks:
            [
                $$"""
                runbook: rings
                summary: Two calls, one after the other
                steps:
                  - { id: first, uses: http/request@1, effect: once, with: { method: POST, url: "{{bell.Address}}/first" }, timeout: 60s }
                  - { id: second, uses: http/request@1, effect: once, with: { method: POST, url: "{{bell.Address}}/second" }, timeout: 60s }
                """,
            ],
            settings: new Dictionary<string, string?> { ["Storage:ConnectionString"] = database, ["Node:Name"] = name }
        );
}
