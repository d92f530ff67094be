using System.Text.Json;
using Bot.Alerts;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Tests.Servers;
using Tests.Support;

namespace Tests.Desk;

/// <summary>What the desk promises on every database.</summary>
public abstract class DeskContract : IAsyncLifetime
{
    private static readonly Actor Anna = Actor.User("anna");
    private DeskUnderTest bot = null!;

    private protected abstract string NewDatabase();

    private string database = "";

    public Task InitializeAsync()
    {
        database = NewDatabase();
        bot = new DeskUnderTest(database);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_declared_incident_is_on_the_log_and_in_the_view()
    {
        var (number, _) = await DeclareAsync("Checkout is down");

        var events = await bot.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default);
        events.ShouldHaveSingleItem().Type.ShouldBe("incident.declared");
        (await bot.Get<IncidentTable>().FindAsync(number, default)).ShouldNotBeNull().Title.ShouldBe("Checkout is down");
    }

    [Fact]
    public async Task The_newest_facts_of_some_types_are_read_in_the_order_in_which_they_came()
    {
        var (number, _) = await DeclareAsync("Checkout is down");
        foreach (var said in (string[])["one", "two", "three"])
            await bot.Desk.SubmitAsync(new IncidentWork(number, new IncidentCommand.PostMessage(said), Anna), default);
        await bot.Desk.SubmitAsync(new IncidentWork(number, new IncidentCommand.Acknowledge(), Anna), default);
        var log = bot.Get<ILogReader>();
        var posted = (await log.OfStreamAsync(StreamId.Incident(number), default))[1].Type;

        var newest = await log.NewestAsync(number, [posted, "incident.declared"], 2, default);

        newest.Select(one => one.Version).ShouldBe([3L, 4L]);
        (await log.NewestAsync(number, ["incident.declared"], 2, default)).ShouldHaveSingleItem().Version.ShouldBe(1);
    }

    [Fact]
    public async Task Sixty_four_writers_leave_no_gap_and_no_broken_chain()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 64)
                .Select(async writer =>
                {
                    var (number, _) = await DeclareAsync($"Writer {writer}");
                    for (var i = 0; i < 10; i++)
                        await CommandAsync(number, new IncidentCommand.AddNote($"note {i}"));
                })
        );

        var events = await bot.Get<ILogReader>().AfterAsync(0, 10_000, default);
        events.Select(logged => logged.Position).ShouldBe(Enumerable.Range(1, 64 * 11).Select(position => (long)position));
        foreach (var stream in events.GroupBy(logged => logged.Stream))
            Verify([.. stream]);
    }

    [Fact]
    public async Task Work_that_throws_harms_nobody_and_leaves_no_trace()
    {
        var good = Enumerable.Range(0, 20).Select(i => DeclareAsync($"Good {i}")).ToList();
        var bad = bot.Desk.SubmitAsync(new Throwing(), default);
        var later = Enumerable.Range(0, 20).Select(i => DeclareAsync($"Later {i}")).ToList();

        await Should.ThrowAsync<FormatException>(bad);
        var numbers = (await Task.WhenAll(good.Concat(later))).Select(declared => declared.Number).ToList();
        numbers.Order().ShouldBe(Enumerable.Range(1, 40));
        var listed = await bot.Get<IncidentTable>().ListAsync(new IncidentQuery(), default);
        listed.Count.ShouldBe(40);
        listed.ShouldAllBe(incident => incident.Title != "Never");
    }

    [Fact]
    public async Task Work_that_throws_takes_nothing_back_of_what_the_same_commit_wrote_before_it()
    {
        var (number, _) = await DeclareAsync("Shared");
        var alert = new AlertKey("test", "f1");
        using var gathered = new ManualResetEventSlim();
        var first = bot.Desk.SubmitAsync(new Waiting(gathered), default);
        var note = CommandAsync(number, new IncidentCommand.AddNote("before"));
        var bad = bot.Desk.SubmitAsync(new ThrowingLate(number, alert), default);
        var later = CommandAsync(number, new IncidentCommand.Acknowledge());
        gathered.Set();

        await Should.ThrowAsync<FormatException>(bad);
        await first;
        (await note).ShouldBeOfType<Decision.Accepted>();
        (await later).ShouldBeOfType<Decision.Accepted>();
        await bot.DisposeAsync();
        bot = new DeskUnderTest(database);
        (await bot.Desk.SubmitAsync(new KnownAlert(alert), default)).ShouldBeNull();
        var incident = (await bot.Get<IncidentTable>().FindAsync(number, default)).ShouldNotBeNull();
        incident.AcknowledgedBy.ShouldBe("anna");
        (await CommandAsync(number, new IncidentCommand.AddNote("after"))).ShouldBeOfType<Decision.Accepted>();
        var stream = await bot.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default);
        Verify(stream);
        stream.ShouldNotContain(logged => logged.Data.Contains("never", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_key_gets_the_first_answer_and_another_content_is_refused()
    {
        var key = new IdempotencyKey("user:anna", "k1", "declare");
        var first = await bot.Desk.SubmitAsync(new DeclareWork(new Declaration("Once"), Anna) { Key = key }, default);
        var again = await bot.Desk.SubmitAsync(new DeclareWork(new Declaration("Once"), Anna) { Key = key }, default);

        again.Number.ShouldBe(first.Number);
        (await bot.Get<IncidentTable>().ListAsync(new IncidentQuery(), default)).Count.ShouldBe(1);
        await Should.ThrowAsync<IdempotencyConflictException>(
            bot.Desk.SubmitAsync(new DeclareWork(new Declaration("Other"), Anna) { Key = key with { Content = "other" } }, default)
        );
    }

    [Fact]
    public async Task A_repeat_that_would_be_refused_now_gets_its_first_answer_and_harms_nobody_beside_it()
    {
        var first = new OnlyOnce { Key = new IdempotencyKey("user:anna", "k1", "once") };
        (await bot.Desk.SubmitAsync(first, default)).ShouldBe(1);

        var beside = Enumerable.Range(0, 20).Select(i => DeclareAsync($"Beside {i}")).ToList();
        var again = bot.Desk.SubmitAsync(new OnlyOnce { Key = first.Key }, default);
        var other = bot.Desk.SubmitAsync(new OnlyOnce { Key = first.Key with { Id = "k2" } }, default);

        (await again).ShouldBe(1);
        await Should.ThrowAsync<FormatException>(other);
        (await Task.WhenAll(beside)).Select(declared => declared.Number).Order().ShouldBe(Enumerable.Range(2, 20));
    }

    [Fact]
    public async Task A_version_of_a_stream_that_is_taken_is_refused_and_nothing_of_that_commit_stays()
    {
        var (number, _) = await DeclareAsync("Once");
        var taken = (await bot.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default)).ShouldHaveSingleItem();
        using (var transaction = bot.Get<ILogStore>().Begin(-1))
        {
            var writes = new LogWrites();
            writes.Events.Add(Again(taken, transaction.Head + 1, taken.Version + 1));
            writes.Events.Add(Again(taken, transaction.Head + 2, taken.Version));
            Should.Throw<Exception>(() => transaction.Commit(writes, _ => { })).Message.ShouldContain("unique", Case.Insensitive);
        }

        (await bot.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default)).Count.ShouldBe(1);
        (await CommandAsync(number, new IncidentCommand.Acknowledge())).ShouldBeOfType<Decision.Accepted>();
        Verify(await bot.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default));
    }

    [Fact]
    public async Task A_restart_carries_on_where_the_log_ends()
    {
        var (number, _) = await DeclareAsync("Before");
        await CommandAsync(number, new IncidentCommand.AssignRole(IncidentRole.Commander, "anna"));
        await bot.DisposeAsync();
        bot = new DeskUnderTest(database);

        await CommandAsync(number, new IncidentCommand.Acknowledge());
        var next = await DeclareAsync("After");

        next.Number.ShouldBe(number + 1);
        Verify(await bot.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default));
        var incident = await bot.Get<IncidentTable>().FindAsync(number, default);
        incident.ShouldNotBeNull().Commander.ShouldBe("anna");
        incident.AcknowledgedBy.ShouldBe("anna");
    }

    [Fact]
    public async Task A_follower_that_asks_past_its_position_misses_nothing()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var seen = new List<long>();
        var follower = Task.Run(async () =>
        {
            while (seen.Count < 200)
            {
                var last = seen.Count == 0 ? 0 : seen[^1];
                await bot.Get<ILogSignal>().WaitPastAsync(last, stop.Token);
                seen.AddRange((await bot.Get<ILogReader>().AfterAsync(last, 7, stop.Token)).Select(logged => logged.Position));
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => DeclareAsync($"Incident {i}")));
        await follower;
        seen.ShouldBe(Enumerable.Range(1, 200).Select(position => (long)position));
    }

    [Fact]
    public async Task A_merge_is_on_both_incidents_or_on_none()
    {
        var (one, _) = await DeclareAsync("One");
        var (two, _) = await DeclareAsync("Two");
        await CommandAsync(two, new IncidentCommand.Move(IncidentState.Resolved));

        (await CommandAsync(one, new IncidentCommand.Merge(two))).ShouldBeOfType<Decision.Rejected>();
        (await bot.Get<IncidentTable>().FindAsync(one, default)).ShouldNotBeNull().State.ShouldBe(IncidentState.Triage);

        await CommandAsync(two, new IncidentCommand.Reopen("it is back"));
        (await CommandAsync(one, new IncidentCommand.Merge(two))).ShouldBeOfType<Decision.Accepted>();
        (await bot.Get<IncidentTable>().FindAsync(one, default)).ShouldNotBeNull().MergedInto.ShouldBe(two);
    }

    [Fact]
    public async Task A_lease_changes_hands_with_a_higher_epoch_and_the_old_one_cannot_renew()
    {
        var leases = bot.Get<LeaseTable>();
        var first = (await leases.TakeAsync("node:a", "a", TimeSpan.FromMinutes(1), default)).ShouldNotBeNull();
        (await leases.TakeAsync("node:a", "b", TimeSpan.FromMinutes(1), default)).ShouldBeNull();

        await leases.ReleaseAsync(first, default);
        var second = (await leases.TakeAsync("node:a", "b", TimeSpan.FromMinutes(1), default)).ShouldNotBeNull();

        second.Epoch.ShouldBeGreaterThan(first.Epoch);
        (await leases.RenewAsync(first, TimeSpan.FromMinutes(1), default)).ShouldBeFalse();
        (await leases.RenewAsync(second, TimeSpan.FromMinutes(1), default)).ShouldBeTrue();
    }

    private static EventWrite Again(LogEvent taken, long position, long version) =>
        new(
            position,
            taken.Stream.Value,
            version,
            taken.Type,
            Micros.From(taken.HappenedAt),
            Micros.From(taken.RecordedAt),
            taken.Actor.ToString(),
            1,
            System.Text.Encoding.UTF8.GetBytes(taken.Data),
            taken.Hash
        );

    private Task<(int Number, Decision Decision)> DeclareAsync(string title) =>
        bot.Desk.SubmitAsync(new DeclareWork(new Declaration(title), Anna), default);

    private Task<Decision> CommandAsync(int number, IncidentCommand command) =>
        bot.Desk.SubmitAsync(new IncidentWork(number, command, Anna), default);

    private protected static void Verify(IReadOnlyList<LogEvent> stream)
    {
        var hash = HashChain.Start;
        for (var i = 0; i < stream.Count; i++)
        {
            var logged = stream[i];
            logged.Version.ShouldBe(i + 1);
            hash = HashChain.Next(
                hash,
                logged.Stream.Value,
                logged.Version,
                logged.Type,
                Micros.From(logged.HappenedAt),
                Micros.From(logged.RecordedAt),
                logged.Actor.ToString(),
                System.Text.Encoding.UTF8.GetBytes(logged.Data)
            );
            logged.Hash.ShouldBe(hash);
        }
    }

    private sealed class OnlyOnce : DeskWork<int>
    {
        public override int Decide(IDraft draft)
        {
            if (draft.Incident(1) is not null)
                throw new FormatException("on purpose");
            var declared = (Decision.Accepted)IncidentDecisions.Declare(1, new Declaration("Once"), draft.Now);
            draft.Create(StreamId.Incident(1));
            draft.Append(StreamId.Incident(1), declared.Facts[0], Anna);
            return 1;
        }
    }

    /// <summary>Holds the desk until others wait, who are then decided together.</summary>
    private sealed class Waiting(ManualResetEventSlim gathered) : DeskWork<bool>
    {
        public override bool Decide(IDraft draft) => gathered.Wait(TimeSpan.FromSeconds(30));
    }

    private sealed class KnownAlert(AlertKey alert) : DeskWork<AlertState?>
    {
        public override void Prefetch(LogWants wanted) => wanted.Alerts.Add(alert);

        public override AlertState? Decide(IDraft draft) => draft.Alert(alert);
    }

    /// <summary>Throws when it has written to an incident that others write to, too.</summary>
    private sealed class ThrowingLate(int number, AlertKey alert) : DeskWork<int>
    {
        public override void Prefetch(LogWants wanted) => wanted.Alerts.Add(alert);

        public override int Decide(IDraft draft)
        {
            var noted = IncidentDecisions.Decide(draft.Incident(number)!, new IncidentCommand.AddNote("never"), draft.Now);
            draft.Append(StreamId.Incident(number), ((Decision.Accepted)noted).Facts[0], Anna);
            var state = new AlertState(true, draft.Now, null, number, 1, draft.Now, false);
            draft.PutAlert(alert, state, new AlertContent("{}"u8.ToArray(), "{}"u8.ToArray(), null));
            throw new FormatException("on purpose");
        }
    }

    private sealed class Throwing : DeskWork<int>
    {
        public override int Decide(IDraft draft)
        {
            var declared = (Decision.Accepted)IncidentDecisions.Declare(draft.NextIncidentNumber, new Declaration("Never"), draft.Now);
            draft.Append(StreamId.Incident(draft.NextIncidentNumber), declared.Facts[0], Anna);
            throw new FormatException("on purpose");
        }
    }
}

public sealed class SqliteDeskTests : DeskContract
{
    private readonly string folder = Directory.CreateTempSubdirectory("incident-").FullName;

    private protected override string NewDatabase() => $"Data Source={folder}/incident.db";

    [Fact]
    public void A_second_process_on_the_same_file_is_refused() =>
        Should
            .Throw<Bot.Storage.Sqlite.StoreInUseException>(() => new Bot.Storage.Sqlite.SqliteStore($"Data Source={folder}/incident.db"))
            .Message.ShouldContain("--server");
}

public sealed class PostgresDeskTests : DeskContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();

    [Fact]
    public async Task Two_nodes_never_give_one_number_twice()
    {
        var connection = NewDatabase();
        await using var one = new DeskUnderTest(connection);
        await using var two = new DeskUnderTest(connection);

        var declared = await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(i =>
                    (i % 2 == 0 ? one : two).Desk.SubmitAsync(new DeclareWork(new Declaration($"Incident {i}"), Actor.System), default)
                )
        );

        declared.Select(answer => answer.Number).Order().ShouldBe(Enumerable.Range(1, 100));
        var events = await one.Get<ILogReader>().AfterAsync(0, 1000, default);
        events.Select(logged => logged.Position).ShouldBe(Enumerable.Range(1, 100).Select(position => (long)position));
    }

    // Each desk remembers the stream as it last saw it, and finds it longer: the version that it would write is taken.
    [Fact]
    public async Task Sixty_four_writers_at_two_desks_lose_no_fact_of_one_stream()
    {
        const int writers = 64;
        const int each = 10;
        var connection = NewDatabase();
        await using var one = new DeskUnderTest(connection);
        await using var two = new DeskUnderTest(connection);
        var (number, _) = await one.Desk.SubmitAsync(new DeclareWork(new Declaration("Shared"), Actor.System), default);

        await Task.WhenAll(
            Enumerable
                .Range(0, writers)
                .Select(async writer =>
                {
                    for (var i = 0; i < each; i++)
                    {
                        var work = new IncidentWork(number, new IncidentCommand.AddNote($"Note {writer}-{i}"), Actor.System);
                        var decision = await ((writer + i) % 2 == 0 ? one : two).Desk.SubmitAsync(work, default);
                        decision.ShouldBeOfType<Decision.Accepted>();
                    }
                })
        );

        var stream = await two.Get<ILogReader>().OfStreamAsync(StreamId.Incident(number), default);
        Verify(stream);
        stream.Count.ShouldBe(1 + (writers * each));
        var notes = stream.Skip(1).Select(logged => JsonElement.Parse(logged.Data).GetProperty("text").GetString()!).ToList();
        notes.Order(StringComparer.Ordinal).ShouldBe(Every(writers, each).Order(StringComparer.Ordinal));
        // What one writer wrote stands in the order in which it was answered, whichever desk took it.
        foreach (var writer in Enumerable.Range(0, writers))
            notes.Where(note => note.StartsWith($"Note {writer}-", StringComparison.Ordinal)).ShouldBe(Every(writer, 1, each));
    }

    private static IEnumerable<string> Every(int writers, int each) => Every(0, writers, each);

    private static IEnumerable<string> Every(int first, int writers, int each) =>
        from writer in Enumerable.Range(first, writers)
        from i in Enumerable.Range(0, each)
        select $"Note {writer}-{i}";
}
