using Bot.Runs;
using Bot.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>Lines of runs on a real database: numbered without gaps, bounded, none lost when the bot is stopped.</summary>
public abstract class OutputContract
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    private readonly string run = "run-" + new SystemIds(TimeProvider.System).NewId();

    private protected abstract string NewDatabase();

    [Fact]
    public async Task Lines_are_numbered_in_their_order_and_read_on_by_number()
    {
        await using var bot = await Node.StartAsync(NewDatabase());
        for (var i = 1; i <= 2_500; i++)
            bot.Output.Write(run, "step", StepOutput.Out, $"line {i} 'ä😀");
        var read = await ReadAsync(bot, 2_500);
        read.Select(line => line.N).ShouldBe(Enumerable.Range(1, 2_500).Select(n => (long)n));
        read[^1].Text.ShouldBe("line 2500 'ä😀");
        (await bot.Output.ReadAsync(run, 2_400, 10, default))
            .Select(line => line.Text)
            .ShouldBe(read.Skip(2_400).Take(10).Select(line => line.Text));
    }

    [Fact]
    public async Task Who_follows_sees_history_and_live_lines_once_each()
    {
        await using var bot = await Node.StartAsync(NewDatabase());
        var sink = bot.Output;
        for (var i = 1; i <= 600; i++)
            sink.Write(run, "step", StepOutput.Out, $"{i}");
        await ReadAsync(bot, 600);
        var seen = new List<long>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        await foreach (var batch in bot.Output.FollowAsync(run, 100, limit.Token))
        {
            seen.AddRange(batch.Select(line => line.N));
            if (batch.Count > 0 && seen.Count == 500)
                sink.Write(run, "step", StepOutput.Out, "live");
            if (seen.Count > 500)
                break;
        }

        seen.ShouldBe(Enumerable.Range(101, 501).Select(n => (long)n));
    }

    [Fact]
    public async Task A_graceful_stop_loses_nothing()
    {
        var database = NewDatabase();
        await using (var bot = await Node.StartAsync(database))
        {
            for (var i = 1; i <= 20_000; i++)
                bot.Output.Write(run, "step", StepOutput.Out, $"{i}");
        }

        await using var after = await Node.StartAsync(database);
        (await after.Table.TotalAsync(run, default)).Last.ShouldBe(20_000);
    }

    [Fact]
    public async Task A_run_that_writes_without_end_is_bounded_and_says_so()
    {
        await using var bot = await Node.StartAsync(NewDatabase());
        // Another node's part of the same run counts, too.
        await bot.Table.AppendAsync([Line(run, 600)], default);
        var budget = new OutputBudget(bot.Table, mostCharacters: 1_000);
        var written = new List<OutputRow>();
        for (var i = 0; i < 5; i++)
        {
            var admitted = await budget.AdmitAsync([Line(run, 150), Line(run, 150), Line("run-other", 150)], default);
            await bot.Table.AppendAsync(admitted, default);
            budget.Spend(admitted);
            written.AddRange(admitted);
        }

        var mine = written.Where(line => line.Run == run).ToList();
        mine.Count.ShouldBe(3);
        mine[^1].Kind.ShouldBe(StepOutput.Info);
        mine[^1].Text.ShouldContain("nothing more of its output is kept");
        written.Count(line => line.Run == "run-other").ShouldBe(5);

        static OutputRow Line(string run, int length) =>
            new(run, 0, "step", DateTimeOffset.UnixEpoch, StepOutput.Out, new string('x', length));
    }

    [Fact]
    public async Task Who_writes_is_never_held_up_and_what_is_lost_for_it_is_told()
    {
        await using var bot = await Node.StartAsync(NewDatabase(), begin: false);
        var large = new string('x', 1_000_000);
        for (var i = 0; i < 100; i++)
            bot.Output.Write(run, "step", StepOutput.Out, large);
        await bot.Output.StartAsync(default);
        await Until.Holds(
            async () => (await bot.Output.ReadAsync(run, 60, 40, default)).Any(line => line.Stream == StepOutput.Info),
            "the word of lost lines"
        );
        var told = (await bot.Output.ReadAsync(run, 60, 40, default)).Single(line => line.Stream == StepOutput.Info);
        told.Text.ShouldBe($"… {100 - (told.N - 1)} lines are lost here: the database took none for too long …");
    }

    [Fact]
    public async Task What_a_run_wrote_can_be_read_as_soon_as_somebody_waits_for_it()
    {
        // No pause ever ends by this clock.
        await using var bot = await Node.StartAsync(NewDatabase(), time: new FakeTimeProvider());
        await bot.Output.WrittenAsync(run).WaitAsync(Generous, TimeProvider.System);
        for (var round = 1; round <= 20; round++)
        {
            for (var i = 1; i <= 100; i++)
                bot.Output.Write(i % 2 == 0 ? run : "run-other", "step", StepOutput.Out, $"{round}/{i}");
            await bot.Output.WrittenAsync(run).WaitAsync(Generous, TimeProvider.System);
            (await bot.Output.LastAsync(run, 1, default)).ShouldHaveSingleItem().Text.ShouldBe($"{round}/100");
        }
    }

    [Fact]
    public async Task Nobody_waits_long_for_lines_that_the_database_does_not_take()
    {
        var clock = new FakeTimeProvider();
        await using var bot = await Node.StartAsync(NewDatabase(), begin: false, clock);
        bot.Output.Write(run, "step", StepOutput.Out, "still in memory");
        var waited = bot.Output.WrittenAsync(run);
        waited.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));
        await waited.WaitAsync(Generous, TimeProvider.System);
    }

    private async Task<IReadOnlyList<OutputLine>> ReadAsync(Node bot, int count)
    {
        var lines = new List<OutputLine>();
        await Until.Holds(
            async () =>
            {
                lines.AddRange(await bot.Output.ReadAsync(run, lines.Count > 0 ? lines[^1].N : 0, 1_000, default));
                return lines.Count >= count;
            },
            $"{count} lines"
        );
        return lines;
    }

    /// <summary>A node's output on its database, without the rest of the bot.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly DeskUnderTest store;

        private Node(DeskUnderTest store, TimeProvider time)
        {
            this.store = store;
            Table = new OutputTable(store.Get<IStore>());
            Output = new RunOutput(Table, time, NullLogger<RunOutput>.Instance);
        }

        public OutputTable Table { get; }

        public RunOutput Output { get; }

        public static async Task<Node> StartAsync(string database, bool begin = true, TimeProvider? time = null)
        {
            var node = new Node(new DeskUnderTest(database), time ?? TimeProvider.System);
            if (begin)
                await node.Output.StartAsync(default);
            return node;
        }

        public async ValueTask DisposeAsync()
        {
            await Output.StopAsync(default);
            Output.Dispose();
            await store.DisposeAsync();
        }
    }

    private protected async Task TwoNodesAsync(string database)
    {
        await using var one = await Node.StartAsync(database);
        await using var two = await Node.StartAsync(database);
        await Task.WhenAll(
            new[] { one, two }.Select(
                (node, which) =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 3_000; i++)
                            node.Output.Write(run, "step", StepOutput.Out, $"{which}:{i}");
                    })
            )
        );
        var lines = await ReadAsync(one, 6_000);
        lines.Select(line => line.N).ShouldBe(Enumerable.Range(1, 6_000).Select(n => (long)n));
        foreach (var which in (int[])[0, 1])
            lines
                .Where(line => line.Text.StartsWith($"{which}:", StringComparison.Ordinal))
                .Select(line => line.Text)
                .ShouldBe(Enumerable.Range(0, 3_000).Select(i => $"{which}:{i}"));
    }
}

public sealed class SqliteOutputTests : OutputContract
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresOutputTests : OutputContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();

    [Fact]
    public Task Two_nodes_that_write_for_one_run_lose_and_double_nothing() => TwoNodesAsync(NewDatabase());
}
