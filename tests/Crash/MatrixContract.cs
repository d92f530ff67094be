using System.Globalization;
using System.Text;
using Bot.Storage;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Crash;

/// <summary>
/// A runbook with a step of each effect class, and one of each shape; the process dies by -9 before and after every journal write and before, during
/// and after every outward call. The normal run takes a seeded sample; <c>./test.sh --faults</c> all, and all with a second
/// death during the recovery.
/// </summary>
public abstract class MatrixContract(ITestOutputHelper output)
{
    private const int LatestSecond = 8;

    private protected abstract string Title { get; }

    private protected abstract string NewDatabase();

    private protected virtual int Nodes => 1;

    private protected virtual int Sample => 4;

    private protected virtual MatrixRunbook Book => MatrixRunbook.EveryEffect;

    [Fact]
    public async Task Wherever_it_dies_nothing_happens_twice_and_every_run_comes_to_its_end()
    {
        var database = NewDatabase();
        await using var stage = await MatrixStage.StartAsync(database, Nodes, Book);
        var points = await stage.PointsAsync();
        var cells = Cells(points);
        var played = new List<PlayedRun>();
        foreach (var (point, second) in cells)
        {
            for (var times = 0; times < 4 && (times == 0 || played[^1].Deaths == 0); times++)
                played.Add(await stage.PlayAsync(point, second));
            played[^1].Deaths.ShouldBeGreaterThan(0, $"it was to die {point}");
            Leftovers.Of(played[^1].Run!).ShouldBeEmpty(point);
        }

        stage.KillAll();
        await using var after = new DeskUnderTest(database);
        await WholeLog.ReadAsync(after.Get<ILogReader>());
        var events = after.Get<EventTable>();
        var records = new List<RunRecord>();
        foreach (var run in played)
            records.Add(await RunRecord.ReadAsync(events, run.Run!));
        Tell(points.Count, played, records, stage);
        foreach (var (run, record) in played.Zip(records))
            Verify(run, record, stage);
    }

    // Each point once alone, and once with another death during the recovery.
    private List<(string Point, int? Second)> Cells(IReadOnlyList<string> points)
    {
        var chance = new Random(FaultReport.Seed + Title.Length);
        var all = points
            .Select(point => (point, (int?)null))
            .Concat(points.Select(point => (point, (int?)chance.Next(1, LatestSecond))))
            .ToList();
        return FaultReport.Full ? all : [.. all.OrderBy(_ => chance.Next()).Take(Sample)];
    }

    private void Tell(int points, List<PlayedRun> played, List<RunRecord> records, MatrixStage stage)
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"Crash matrix, {Title}: {played.Count} of {2 * points} cells ({points} points), ")
            .Append(CultureInfo.InvariantCulture, $"{played.Sum(run => run.Deaths)} kills -9, seed {FaultReport.Seed}\n")
            .AppendLine(Heading);
        foreach (var (run, record) in played.Zip(records))
            text.AppendLine(Row(run, record, stage));
        output.WriteLine(text.ToString());
        FaultReport.Write($"matrix {Title}", text.ToString());
    }

    private const string Heading = "kills  once-effects/attempts  keyed-effects/attempts  asked  probed  end        died";

    private void Verify(PlayedRun run, RunRecord record, MatrixStage stage)
    {
        record.State.Phase.ShouldBe(Book.End, $"{run.Point}: {record.State.Because}");
        record.OnceHolds(stage.Target, Book.Once, run.Point);
        record.Effects(stage.Target, Book.Keyed).ShouldBe(Book.Keyed.Count, run.Point);
        foreach (var step in Book.Again)
            stage.Target.EffectsOf($"{run.Run}/{step}").ShouldBeInRange(1, record.AttemptsOf(step), $"{step}, {run.Point}");
        record.State.Steps.Values.SelectMany(step => step.Attempts).ShouldAllBe(attempt => attempt.EndedAt != null);
    }

    private string Row(PlayedRun run, RunRecord record, MatrixStage stage)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Deaths, 5}  {Counts(Book.Once), 21}  {Counts(Book.Keyed), 22}  {Book.Once.Sum(record.PeopleOn), 5}  {Book.Once.Sum(record.ProbesOn), 6}  {record.State.Phase, -9}  {run.Point}"
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

public sealed class SqliteShapeMatrixTests(ITestOutputHelper output) : MatrixContract(output)
{
    private protected override string Title => "SQLite, every shape, one node";

    private protected override MatrixRunbook Book => MatrixRunbook.EveryShape;

    private protected override int Sample => 2;

    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresShapeMatrixTests(ITestOutputHelper output) : MatrixContract(output)
{
    private protected override string Title => "PostgreSQL, every shape, one node";

    private protected override MatrixRunbook Book => MatrixRunbook.EveryShape;

    private protected override int Sample => 2;

    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}

public sealed class TwoNodesShapeMatrixTests(ITestOutputHelper output) : MatrixContract(output)
{
    private protected override string Title => "PostgreSQL, every shape, two nodes";

    private protected override int Nodes => 2;

    private protected override MatrixRunbook Book => MatrixRunbook.EveryShape;

    private protected override int Sample => 2;

    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
