using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>
/// Something real breaks, an alert tells the bot, a shipped runbook repairs it after an approval, and the bot is killed once, at a step
/// that its name and the seed say. <c>./test.sh --faults</c> plays each twenty times.
/// </summary>
public abstract class GameDay(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Wherever a password is needed; it must be seen nowhere.</summary>
    protected const string Secret = "planted-5c1e7a90b2";

    private readonly Stack<IDisposable> started = new();
    private BotProcess bot = null!;

    public static TheoryData<int> Repetitions => [.. Enumerable.Range(FaultReport.Seed, FaultReport.Full ? 20 : 1)];

    protected string Folder { get; } = Directory.CreateTempSubdirectory("incident-gameday-").FullName;

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        while (started.TryPop(out var one))
            one.Dispose();
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <param name="probes">The list of <c>probes.yaml</c>; null: the bot looks at nothing by itself.</param>
    private protected async Task StartBotAsync(IReadOnlyDictionary<string, string> environment, string? probes = null)
    {
        var config = Directory.CreateDirectory(Folder + "/config").FullName;
        File.Copy(Path.Combine(SourceTree.Root, "config", "routes.yaml"), config + "/routes.yaml");
        if (probes is not null)
            await File.WriteAllTextAsync(config + "/probes.yaml", "probes:\n" + probes + "\n");
        var more = new Dictionary<string, string>(environment, StringComparer.Ordinal) { ["Config__Path"] = config };
        bot = Started(new BotProcess($"Data Source={Folder}/incident.db", more: more));
        await bot.StartAsync();
    }

    /// <summary>Prometheus and Alertmanager watch.</summary>
    /// <param name="targets">Ports with what is scraped there, and labels in YAML.</param>
    private protected async Task WatchAsync(string rules, params IEnumerable<(int Port, string Labels)> targets)
    {
        var alertmanager = Started(
            new AlertmanagerServer(Folder, new Uri(bot.Address, "/alerts/" + BotProcess.Source), BotProcess.SourceToken)
        );
        await alertmanager.UntilReadyAsync();
        await Started(new PrometheusServer(Folder, targets, alertmanager, rules)).UntilReadyAsync();
    }

    private protected T Started<T>(T one)
        where T : IDisposable
    {
        started.Push(one);
        return one;
    }

    /// <summary>From broken to resolved.</summary>
    /// <returns>What the timeline says.</returns>
    private protected async Task<string> PlayAsync(int seed, Play play, [CallerMemberName] string day = "")
    {
        var deadly = play.Steps.At($"{GetType().Name}.{day}", seed);
        var broken = TimeProvider.System.GetUtcNow();
        await play.Break();
        if (play.Inputs is { } inputs)
        {
            await Until.Holds(
                async () => (await ToldAsync()).Contains($"Runbook {play.Runbook} is proposed", StringComparison.Ordinal),
                "the proposal",
                ToldAsync
            );
            await bot.PostAsync(
                "/api/v1/runs",
                new
                {
                    runbook = play.Runbook,
                    inputs,
                    incident = "inc-1",
                },
                "start"
            );
        }

        var killed = await UntilOverAsync(deadly, play);
        var told = await ToldAsync();
        var run = (await RunAsync())!.Value;
        run.GetProperty("state").GetString().ShouldBe("succeeded", told);
        if (play.Afterwards is { } afterwards)
            await afterwards();
        await Until.Holds(
            async () => (await bot.GetAsync("/api/v1/incidents/inc-1")).GetProperty("state").GetString() is "resolved",
            "the end of the incident",
            ToldAsync
        );
        told = await ToldAsync();
        told.ShouldContain("was approved by");
        told.ShouldNotContain(Secret);
        await ReportAsync(day, seed, play.Runbook, Interrupted(run, killed), broken);
        return told;
    }

    /// <returns>When the bot was killed.</returns>
    private async Task<DateTimeOffset> UntilOverAsync(string deadly, Play play)
    {
        DateTimeOffset? killed = null;
        await Until.Holds(
            async () =>
            {
                if (play.Meanwhile is { } meanwhile)
                    await meanwhile();
                if (await RunAsync() is not { } run)
                    return false;
                if (killed is null && Began(run, deadly))
                {
                    bot.Kill();
                    killed = TimeProvider.System.GetUtcNow();
                    await bot.StartAsync();
                    return false;
                }

                await bot.ApproveAsync(run);
                if (play.Happened is { } happened)
                    await bot.ExplainAsync(run, happened);
                return run.GetProperty("state").GetString() is "succeeded" or "failed" or "cancelled";
            },
            $"the end of the run, killed at {deadly},",
            ToldAsync
        );
        return killed.ShouldNotBeNull(await ToldAsync());
    }

    private async Task ReportAsync(string day, int seed, string runbook, string killed, DateTimeOffset broken)
    {
        var incident = await bot.GetAsync("/api/v1/incidents/inc-1");
        var alert = (await bot.GetAsync("/api/v1/alerts")).GetProperty("items")[0];
        var repaired = (await TimelineAsync()).Last(entry => entry.GetProperty("type").GetString() is "run.ended");
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{runbook}, seed {seed}, killed {killed}: broken to alert {Seconds(alert, "startsAt"):0.0} s, to incident {Seconds(incident, "declaredAt"):0.0} s, to repaired {Seconds(repaired, "recordedAt"):0.0} s, to resolved {Seconds(incident, "resolvedAt"):0.0} s"
        );
        output.WriteLine(line);
        FaultReport.Write($"game-day-{day}-{seed}", line);

        double Seconds(JsonElement of, string field) => (of.GetProperty(field).GetDateTimeOffset() - broken).TotalSeconds;
    }

    // Between the look that finds the step begun and the kill the run goes on; where it was then, its own record says.
    private static string Interrupted(JsonElement run, DateTimeOffset killed)
    {
        var attempts = run.GetProperty("steps")
            .EnumerateArray()
            .SelectMany(step => step.GetProperty("attempts").EnumerateArray(), (step, one) => (Step: step.GetProperty("id"), One: one))
            .ToList();
        var lost = attempts.Where(attempt => attempt.One.GetProperty("lost").GetBoolean()).Select(attempt => attempt.Step).ToList();
        return lost.Count > 0
            ? $"in {string.Join(", ", lost)}"
            : $"after {attempts.Select(attempt => (attempt.Step, At: attempt.One.GetProperty("endedAt").GetDateTimeOffset())).Where(attempt => attempt.At <= killed).MaxBy(attempt => attempt.At).Step}";
    }

    private static bool Began(JsonElement run, string steps) =>
        run.GetProperty("steps")
            .EnumerateArray()
            .Any(one => steps.Split('|').Contains(one.GetProperty("id").GetString()) && one.GetProperty("attempts").GetArrayLength() > 0);

    private async Task<JsonElement?> RunAsync()
    {
        var runs = (await bot.GetAsync("/api/v1/runs")).GetProperty("items");
        return runs.GetArrayLength() == 0 ? null : await bot.GetAsync("/api/v1/runs/" + runs[0].GetProperty("id").GetString());
    }

    private async Task<IReadOnlyList<JsonElement>> TimelineAsync() =>
        [.. (await bot.GetAsync("/api/v1/incidents/inc-1/timeline?limit=500")).GetProperty("items").EnumerateArray()];

    private async Task<string> ToldAsync()
    {
        try
        {
            return string.Join('\n', (await TimelineAsync()).Select(entry => entry.GetProperty("text").GetString()).Append(bot.Written));
        }
        catch (HttpRequestException fault)
        {
            return fault.Message + bot.Written;
        }
    }

    /// <param name="Steps">Those at which the bot may be killed.</param>
    /// <param name="Inputs">What a person starts the proposed runbook with; null: it starts by itself.</param>
    private protected sealed record Play(string Runbook, KillPoints Steps, Func<Task> Break, object? Inputs = null)
    {
        /// <summary>What others do while the runbook is under way: a service manager.</summary>
        public Func<Task>? Meanwhile { get; init; }

        /// <summary>
        /// What a person finds who is asked whether the step happened whose answer was lost with the bot; null: of none of its steps that is a person's
        /// to say.
        /// </summary>
        public Func<Task<bool>>? Happened { get; init; }

        /// <summary>What others do once it has repaired.</summary>
        public Func<Task>? Afterwards { get; init; }
    }
}
