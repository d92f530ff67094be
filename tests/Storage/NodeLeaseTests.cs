using System.Data.Common;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tests.Servers;
using Tests.Support;

namespace Tests.Storage;

/// <summary>When what a node drives has to end, by its own clock, and when it may go on.</summary>
public sealed class NodeLeaseTests : IAsyncLifetime
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-lease-");
    private readonly Clock time = new();
    private readonly List<NodeLease> nodes = [];
    private readonly List<DeskUnderTest> databases = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        nodes.ForEach(node => node.Dispose());
        foreach (var database in databases)
            await database.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task At_the_end_of_its_validity_what_it_drives_is_told_though_nobody_asks()
    {
        var (node, database) = await StartAsync(PostgresServer.Shared.NewDatabase());
        var tenure = node.Tenure;
        database.HoldUp();

        time.Advance(Length * 0.79);
        tenure.IsCancellationRequested.ShouldBeFalse();
        time.Advance(Length * 0.01);

        tenure.IsCancellationRequested.ShouldBeTrue();
        node.IsValid.ShouldBeFalse();
        // What begins now is told at once.
        node.Tenure.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task While_it_is_renewed_nobody_is_told()
    {
        var (node, database) = await StartAsync(PostgresServer.Shared.NewDatabase());
        var tenure = node.Tenure;

        for (var renewal = 1; renewal <= 8; renewal++)
        {
            time.Advance(Length / 4);
            await Until.Holds(() => Task.FromResult(database.Written > renewal), "the renewal");
        }

        tenure.IsCancellationRequested.ShouldBeFalse();
        node.IsValid.ShouldBeTrue();
    }

    [Fact]
    public async Task A_node_that_has_its_lease_again_goes_on_with_what_begins_then()
    {
        var (node, database) = await StartAsync(PostgresServer.Shared.NewDatabase());
        var before = node.Tenure;
        database.HoldUp();
        time.Advance(Length * 3);

        database.GoOn();

        await Until.Holds(
            () =>
            {
                time.Advance(Length / 100);
                return Task.FromResult(node.IsValid);
            },
            "the lease"
        );
        before.IsCancellationRequested.ShouldBeTrue();
        node.Tenure.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task On_SQLite_nobody_else_is_there_to_take_over_and_what_runs_goes_on()
    {
        var (node, database) = await StartAsync($"Data Source={folder.FullName}/incident.db");
        var tenure = node.Tenure;
        database.HoldUp();

        time.Advance(Length * 3);

        node.IsValid.ShouldBeFalse();
        tenure.IsCancellationRequested.ShouldBeFalse();
        node.Tenure.IsCancellationRequested.ShouldBeFalse();
    }

    private async Task<(NodeLease Node, Way Database)> StartAsync(string connection)
    {
        var database = new DeskUnderTest(connection);
        databases.Add(database);
        // Makes the tables.
        await database.Desk.SubmitAsync(new DeclareWork(new Declaration("a"), Actor.System), default);
        var way = new Way(database.Get<IStore>());
        var node = new NodeLease(
            new LeaseTable(way),
            new NodeOptions("one", Length),
            time,
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance),
            NullLogger<NodeLease>.Instance
        );
        nodes.Add(node);
        await node.StartAsync(default);
        await time.Renewing.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        return (node, way);
    }

    /// <summary>Time passes once the node looks at it: a background service begins on a thread of its own.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private readonly TaskCompletionSource renewing = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Renewing => renewing.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (period != Timeout.InfiniteTimeSpan)
                renewing.TrySetResult();
            return timer;
        }
    }

    /// <summary>The way to the database, on which a write can be held up.</summary>
    private sealed class Way(IStore store) : IStore
    {
        private TaskCompletionSource open = Opened();
        private int written;

        public Dialect Dialect => store.Dialect;

        public int Written => Volatile.Read(ref written);

        public void HoldUp() => open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void GoOn() => open.SetResult();

        public Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel) => store.ReadAsync(read, cancel);

        public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel)
        {
            await open.Task.WaitAsync(cancel);
            var answer = await store.WriteAsync(write, cancel);
            Interlocked.Increment(ref written);
            return answer;
        }

        public Task<T> WriteUnflushedAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
            store.WriteUnflushedAsync(write, cancel);

        private static TaskCompletionSource Opened()
        {
            var opened = new TaskCompletionSource();
            opened.SetResult();
            return opened;
        }
    }
}
