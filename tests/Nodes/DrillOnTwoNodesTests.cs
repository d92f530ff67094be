using System.Collections.Concurrent;
using Bot.Access;
using Bot.Runs;
using Bot.Schedule;
using Bot.Storage;
using Tests.Servers;
using Tests.Support;

namespace Tests.Nodes;

/// <summary>The drill comes by itself at every node at the same time; each runbook is drilled by one of them.</summary>
public sealed class DrillOnTwoNodesTests
{
    [Fact]
    public async Task What_fires_at_both_nodes_is_made_once_and_seen_at_both()
    {
        var calls = new ConcurrentQueue<string>();
        await using var target = await CountingTarget.StartAsync(call => calls.Enqueue(call.Name));
        var database = PostgresServer.Shared.NewDatabase();
        await using var one = await NodeAsync(database, "one", target.Address);
        await using var two = await NodeAsync(database, "two", target.Address);
        var at = new DateTimeOffset(2027, 1, 4, 6, 0, 0, TimeSpan.Zero);

        var written = await Task.WhenAll(new[] { one, two }.Select(node => FireAsync(node, at)));

        written.Sum().ShouldBe(2);
        foreach (var node in new[] { one, two })
        {
            var viewer = await node.TokenAsync(Role.Viewer);
            await node.UntilAsync(async () =>
                (await BotUnderTest.JsonAsync(viewer, "/api/v1/drills")).GetProperty("items").GetArrayLength() == 2 ? "all" : null
            );
        }

        calls.Order(StringComparer.Ordinal).ShouldBe(["first", "second"]);
    }

    private static Task<int> FireAsync(BotUnderTest node, DateTimeOffset at) =>
        new FireDrill(node.Get<EffectTable>(), node.Get<DrillTable>(), node.Get<RunbookDrill>(), TimeProvider.System).WriteAsync(
            at,
            default
        );

    private static Task<BotUnderTest> NodeAsync(string database, string name, string target) =>
        BotUnderTest.StartAsync(
            runbooks:
            [
                .. new[] { "first", "second" }.Select(book =>
                    $"runbook: {book}\nsummary: Reads\nsteps: [ {{ id: read, uses: http/request@1, with: {{ url: {target}/{book} }} }} ]"
                ),
            ],
            settings: new Dictionary<string, string?> { ["Storage:ConnectionString"] = database, ["Node:Name"] = name }
        );
}
