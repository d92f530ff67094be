using System.Diagnostics;
using System.Globalization;
using Bot.Storage;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Crash;

/// <summary>
/// The real process, killed with -9 at random moments while alerts stream in and runbooks act: what was accepted is there, nothing
/// is doubled, every run comes to its end, the chains hold, no script lives on. The normal run takes a seeded sample;
/// <c>./test.sh --faults</c> the whole.
/// </summary>
public abstract class StreamContract(ITestOutputHelper output)
{
    private static readonly TimeSpan LongestQuiet = TimeSpan.FromSeconds(5);

    private protected abstract string Title { get; }

    private protected abstract string NewDatabase();

    [Fact]
    public async Task What_was_accepted_survives_kill_9_and_nothing_is_doubled_while_runbooks_act()
    {
        var kills = FaultReport.Full ? 200 : 5;
        var chance = new Random(FaultReport.Seed + Title.Length);
        var database = NewDatabase();
        await using var stage = await StreamStage.StartAsync(database);
        stage.Begin();
        for (var kill = 0; kill < kills; kill++)
        {
            await UntilBusyAsync(stage, chance.Next(10, 150));
            stage.Bot.Kill();
            // Every second time at once, as a supervisor would; else the scripts have to have ended by themselves.
            if (kill % 2 == 0)
                await Until.Holds(() => Task.FromResult(Leftovers.With("STREAM", stage.Mark).Count == 0), "the end of the scripts");
            var accepted = stage.Accepted.Keys.ToList();
            await stage.Bot.StartAsync();
            accepted.Except(await stage.AlertsAsync(), StringComparer.Ordinal).ShouldBeEmpty($"after kill {kill + 1}");
            NoneDoubled(await stage.IncidentsAsync());
        }

        await stage.EndAsync();
        var incidents = await stage.IncidentsAsync();
        NoneDoubled(incidents);
        incidents.Count.ShouldBe(StreamStage.Groups + stage.Accepted.Keys.Count(StreamStage.IsRepair));
        Leftovers.With("STREAM", stage.Mark).ShouldBeEmpty();
        stage.Bot.Kill();
        var told = await VerifyAsync(stage, database);
        told = $"Stream of alerts and runs, {Title}: {kills} kills -9, seed {FaultReport.Seed}: {told}";
        output.WriteLine(told);
        FaultReport.Write($"stream {Title}", told);
    }

    // The stream is the clock: the kill comes after a number of accepted alerts, or when nothing more is to come for a while.
    private static async Task UntilBusyAsync(StreamStage stage, int more)
    {
        var until = stage.Accepted.Count + more;
        var waited = Stopwatch.StartNew();
        while (stage.Accepted.Count < until && waited.Elapsed < LongestQuiet)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
    }

    // One for each alert that is an incident of its own, and one for each of the groups that the others share.
    private static void NoneDoubled(IReadOnlyList<string> titles)
    {
        var own = titles.Where(title => title.StartsWith(StreamRunbooks.RepairPrefix, StringComparison.Ordinal)).ToList();
        own.ShouldBeUnique();
        (titles.Count - own.Count).ShouldBeLessThanOrEqualTo(StreamStage.Groups);
    }

    private static async Task<string> VerifyAsync(StreamStage stage, string database)
    {
        await using var after = new DeskUnderTest(database);
        await WholeLog.ReadAsync(after.Get<ILogReader>());
        var records = new List<RunRecord>();
        string? before = null;
        while (await after.Get<RunTable>().ListAsync(new RunQuery(Before: before, Limit: 500), default) is [.., var last] page)
        {
            foreach (var row in page)
                records.Add(await RunRecord.ReadAsync(after.Get<EventTable>(), row.Id));
            before = last.Id;
        }

        var byAlert = records.Where(record => record.State.Runbook == StreamRunbooks.ByAlert).ToList();
        byAlert
            .Select(record => record.State.Alert!.Value.GetProperty("fingerprint").GetString()!)
            .Order(StringComparer.Ordinal)
            .ShouldBe(stage.Accepted.Keys.Where(StreamStage.IsRepair).Order(StringComparer.Ordinal), "one run per alert that asks for one");
        var byApi = records.Where(record => record.State.Runbook == StreamRunbooks.ByApi).ToList();
        byApi
            .Select(record => record.State.Id)
            .Order(StringComparer.Ordinal)
            .ShouldBe(stage.Started.Values.Order(StringComparer.Ordinal), "one run per key");
        records.ForEach(record => Verify(stage, record));
        var (people, probes) = (
            records.Sum(record => StreamRunbooks.Once.Sum(record.PeopleOn)),
            records.Sum(record => StreamRunbooks.Once.Sum(record.ProbesOn))
        );
        var interrupted = records.Count(record => record.Facts.OfType<RunFact.TakenOver>().Any());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stage.Accepted.Count} alerts accepted, {byAlert.Count} runs by alerts and {byApi.Count} by the API, {interrupted} of them interrupted, {records.Sum(record => record.Effects(stage.Target, StreamRunbooks.Once))} once-effects, none doubled, {people} decisions by people, {probes} by checks"
        );
    }

    private static void Verify(StreamStage stage, RunRecord record)
    {
        record.State.Phase.ShouldBe(RunPhase.Succeeded, $"{record.State.Id}: {record.State.Because}");
        record.State.Steps.Values.SelectMany(step => step.Attempts).ShouldAllBe(attempt => attempt.EndedAt != null);
        record.OnceHolds(stage.Target, StreamRunbooks.Once, record.State.Id);
        if (record.State.Runbook == StreamRunbooks.ByApi)
            record.Effects(stage.Target, StreamRunbooks.Keyed).ShouldBe(StreamRunbooks.Keyed.Count, record.State.Id);
    }
}

public sealed class SqliteStreamTests(ITestOutputHelper output) : StreamContract(output)
{
    private protected override string Title => "SQLite";

    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresStreamTests(ITestOutputHelper output) : StreamContract(output)
{
    private protected override string Title => "PostgreSQL";

    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
