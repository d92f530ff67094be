using System.Globalization;
using System.Text;
using Bot.Storage;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Crash;

/// <summary>
/// A runbook with a step of each effect class; the process dies by -9 before and after every journal write and before, during
/// and after every outward call. The normal run takes a seeded sample; <c>./test.sh --faults</c> all, and all with a second
/// death during the recovery.
/// </summary>
public abstract class MatrixContract(ITestOutputHelper output)
{
    private const int Sample = 4;
    private const int LatestSecond = 8;

    private protected abstract string Title { get; }

    private protected abstract string NewDatabase();

    private protected virtual int Nodes => 1;

    [Fact]
    public async Task Whereever_it_dies_nothing_happens_twice_and_every_run_comes_to_its_end()
    {
        var chance = new Random(FaultReport.Seed + Title.Length);
        var database = NewDatabase();
        var played = new List<PlayedRun>();
        int all;
        await using var stage = await MatrixStage.StartAsync(database, Nodes);
        var points = await stage.PointsAsync();
        var cells = points.Select(point => (point, second: (int?)null));
        cells = cells.Concat(points.Select(point => (point, second: (int?)chance.Next(1, LatestSecond)))).ToList();
        all = cells.Count();
        if (!FaultReport.Full)
            cells = cells.OrderBy(_ => chance.Next()).Take(Sample).ToList();
        foreach (var (point, second) in cells)
        {
            played.Add(await stage.PlayAsync(point, second));
            played[^1].Deaths.ShouldBeGreaterThan(0, $"it was to die {point}");
            Leftovers.Of(played[^1].Run!).ShouldBeEmpty(point);
        }

        stage.KillAll();
        var table = new StringBuilder();
        await using var after = new DeskUnderTest(database);
        await WholeLog.ReadAsync(after.Get<ILogReader>());
        foreach (var run in played)
        {
            var record = await RunRecord.ReadAsync(after.Get<EventTable>(), run.Run!);
            table.AppendLine(Row(run, record, stage));
            Verify(run, record, stage);
        }

        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"Crash matrix, {Title}: {points.Count} points, {played.Count} of {all} cells, {played.Sum(run => run.Deaths)} kills -9, seed {FaultReport.Seed}"
        );
        output.WriteLine(head + "\n" + table);
        FaultReport.Write($"matrix {Title}", head + "\n" + Heading + "\n" + table);
    }

    private const string Heading = "kills  once-effects/attempts  keyed-effects/attempts  asked  probed  end        died";

    private static void Verify(PlayedRun run, RunRecord record, MatrixStage stage)
    {
        record.State.Phase.ShouldBe(RunPhase.Succeeded, $"{run.Point}: {record.State.Because}");
        record.OnceHolds(stage.Target, MatrixRunbook.Once, run.Point);
        record.Effects(stage.Target, MatrixRunbook.Keyed).ShouldBe(MatrixRunbook.Keyed.Count, run.Point);
        foreach (var step in MatrixRunbook.Again)
            stage.Target.EffectsOf($"{run.Run}/{step}").ShouldBeInRange(1, record.AttemptsOf(step), $"{step}, {run.Point}");
        record.State.Steps.Values.SelectMany(step => step.Attempts).ShouldAllBe(attempt => attempt.EndedAt != null);
    }

    private static string Row(PlayedRun run, RunRecord record, MatrixStage stage)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Deaths, 5}  {Counts(MatrixRunbook.Once), 21}  {Counts(MatrixRunbook.Keyed), 22}  {MatrixRunbook.Once.Sum(record.PeopleOn), 5}  {MatrixRunbook.Once.Sum(record.ProbesOn), 6}  {record.State.Phase, -9}  {run.Point}"
        );

        string Counts(IReadOnlyList<string> steps) =>
            string.Join(
                ' ',
                steps.Select(step =>
                    string.Create(CultureInfo.InvariantCulture, $"{stage.Target.EffectsOf($"{run.Run}/{step}")}/{record.AttemptsOf(step)}")
                )
            );
    }
}

public sealed class SqliteMatrixTests(ITestOutputHelper output) : MatrixContract(output)
{
    private protected override string Title => "SQLite, one node";

    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresMatrixTests(ITestOutputHelper output) : MatrixContract(output)
{
    private protected override string Title => "PostgreSQL, one node";

    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}

public sealed class TwoNodesMatrixTests(ITestOutputHelper output) : MatrixContract(output)
{
    private protected override string Title => "PostgreSQL, two nodes";

    private protected override int Nodes => 2;

    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
