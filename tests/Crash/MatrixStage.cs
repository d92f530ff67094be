using System.Diagnostics;
using System.Globalization;
using Tests.Crash.Host;
using Tests.Servers;
using Tests.Support;

namespace Tests.Crash;

/// <summary>One or two bots that die where they are told, the target that counts, and the person who is asked.</summary>
internal sealed class MatrixStage : IAsyncDisposable
{
    private const string BeforeCall = "before the call of ";
    private const string DuringCall = "during the call of ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-matrix-");
    private readonly List<BotProcess> nodes = [];
    private string? during;
    private int runs;

    private readonly MatrixRunbook book;

    private MatrixStage(MatrixRunbook book) => this.book = book;

    public CountingTarget Target { get; private set; } = null!;

    private string Armed => folder.FullName + "/armed";

    public static async Task<MatrixStage> StartAsync(string database, int nodes, MatrixRunbook book)
    {
        var stage = new MatrixStage(book);
        stage.Target = await CountingTarget.StartAsync(stage.OnCall);
        var runbooks = stage.folder.CreateSubdirectory("runbooks");
        foreach (var (number, text) in book.TextsFor(stage.Target.Port).Index())
            await File.WriteAllTextAsync($"{runbooks.FullName}/book-{number}.yaml", text);
        for (var i = 1; i <= nodes; i++)
        {
            var settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Runbooks__Paths__0"] = runbooks.FullName,
                ["Node__Lease"] = "00:00:02",
                [CrashPoints.ArmedVariable] = stage.Armed,
                [CrashPoints.PassedVariable] = $"{stage.folder.FullName}/passed-{i}",
            };
            // Without a name of its own a node is called by its process, which can be proven dead: nobody waits for a deadline.
            stage.nodes.Add(new BotProcess(database, nodes == 1 ? "one" : "", settings, "Tests.dll"));
            await stage.nodes[^1].StartAsync();
        }

        await stage.nodes[0].PostAsync("/api/v1/incidents", new { title = "A long night" });
        return stage;
    }

    /// <summary>Every point that a run passes, in order, from a run that nobody disturbs.</summary>
    public async Task<IReadOnlyList<string>> PointsAsync()
    {
        await PlayAsync(null, null);
        var points = new List<string>();
        foreach (var passed in nodes.Select(PassedBy).Where(File.Exists))
        {
            // Which of two nodes goes on after a decision is not sure, and so no point of a run that nobody disturbs.
            var lines = (await File.ReadAllLinesAsync(passed))
                .Where(point => !point.Contains("taken-over", StringComparison.Ordinal))
                .ToList();
            points.AddRange(
                book.Interleaves ? Enumerable.Range(points.Count + 1, Math.Max(0, lines.Count - points.Count)).Select(Nth) : lines
            );
        }

        foreach (var node in nodes)
        {
            // The target does not tell the second call of a step from the first.
            points.AddRange(
                (File.Exists(PassedBy(node)) ? await File.ReadAllLinesAsync(PassedBy(node)) : [])
                    .Where(point =>
                        point.StartsWith(BeforeCall, StringComparison.Ordinal)
                        && !point.EndsWith(" note", StringComparison.Ordinal)
                        && !CrashPoints.IsRepeat(point)
                    )
                    .Select(point => DuringCall + point[BeforeCall.Length..])
            );
        }

        return [.. points.Distinct(StringComparer.Ordinal)];
    }

    private static string Nth(int number) => string.Create(CultureInfo.InvariantCulture, $"+{number}");

    /// <summary>One run, with a death at the point, and another one at a point of the recovery.</summary>
    /// <returns>Without a death if it did not pass the point: two nodes may share the work in another way.</returns>
    public async Task<PlayedRun> PlayAsync(string? point, int? second)
    {
        if (point?.StartsWith(DuringCall, StringComparison.Ordinal) is true)
            during = point[DuringCall.Length..];
        else if (point is not null)
            await File.WriteAllTextAsync(Armed, point);
        var played = new PlayedRun(point ?? "", second);
        foreach (var node in nodes.Where(node => !node.IsAlive))
            await node.StartAsync();
        var key = $"run {++runs}";
        var waited = Stopwatch.StartNew();
        var over = false;
        while (!over)
        {
            if (waited.Elapsed > Patience)
                throw new TimeoutException($"After a death {point}, then {second}, the run {played.Run} did not end: {played.Last}");
            try
            {
                var node = await SomeNodeAsync(played, second);
                played.Run ??= (await node.PostAsync("/api/v1/runs", new { runbook = book.Name, incident = "inc-1" }, key))
                    .GetProperty("id")
                    .GetString();
                over = await LookAsync(node, played);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
            {
                // It died under the call; the next look finds another node, or starts one again.
            }

            await BreatheAsync();
        }

        // The last points are after the end that others can see.
        for (waited.Restart(); point is not null && played.Deaths == 0 && waited.Elapsed < LastWords; await BreatheAsync())
            played.Deaths = nodes.Count(node => !node.IsAlive);
        File.Delete(Armed);
        during = null;
        return played;
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        nodes.ForEach(node => node.Dispose());
        folder.Delete(recursive: true);
    }

    /// <summary>All of them gone, as by a power cut, so that the database can be read.</summary>
    public void KillAll() => nodes.ForEach(node => node.Dispose());

    private async Task<BotProcess> SomeNodeAsync(PlayedRun played, int? second)
    {
        var dead = nodes.Count(node => !node.IsAlive);
        if (dead > played.Dead)
        {
            played.Deaths += dead - played.Dead;
            if (played.Deaths == 1 && second is not null)
                await File.WriteAllTextAsync(Armed, $"+{second}");
        }

        played.Dead = dead;
        if (dead == nodes.Count)
        {
            // It may die again before it is ready: that counts as well.
            await nodes[0].TryStartAsync();
            played.Dead--;
        }

        return nodes.Find(node => node.IsAlive) ?? throw new HttpRequestException("No node is alive.");
    }

    private async Task<bool> LookAsync(BotProcess node, PlayedRun played)
    {
        var run = await node.GetAsync("/api/v1/runs/" + played.Run);
        played.Last = run.ToString();
        foreach (var wait in run.GetProperty("waitingFor").EnumerateArray())
        {
            var step = wait.GetProperty("step").GetString()!;
            var decision = wait.GetProperty("kind").GetString() switch
            {
                "approval" => "approve",
                // The person looks at the target, and tells the truth.
                "unknown" => Target.EffectsOf($"{played.Run}/{step}") > 0 ? "happened" : "run-again",
                _ => null,
            };
            if (decision is not null)
            {
                await node.PostAsync(
                    $"/api/v1/runs/{played.Run}/decisions",
                    new
                    {
                        step,
                        decision,
                        hash = wait.GetProperty("hash").GetString(),
                    }
                );
            }
        }

        return run.GetProperty("state").GetString() is "succeeded" or "failed" or "cancelled";
    }

    private void OnCall(CountingTarget.Call call)
    {
        var name = call.Part.Length > 0 ? $"{call.Name}.{call.Part}" : call.Name;
        if (during is null || !name.EndsWith("/" + during, StringComparison.Ordinal))
            return;
        during = null;
        // Whoever passed the last point is the one that calls.
        var caller = nodes.MaxBy(node => File.GetLastWriteTimeUtc(PassedBy(node)))!;
        using var process = Process.GetProcessById(caller.Id);
        process.Kill();
    }

    private static Task BreatheAsync() => Task.Delay(Glance, TimeProvider.System);

    private string PassedBy(BotProcess node) => $"{folder.FullName}/passed-{nodes.IndexOf(node) + 1}";
}
