using Bot.Postmortems;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.GameDays;

/// <summary>
/// The main job on real parts: Prometheus watches a HAProxy with two backends, one dies, Alertmanager tells the bot, the shipped
/// runbook repairs it after an approval, and the bot itself is killed in the middle.
/// </summary>
public abstract class HaproxyGameDay(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Rules = """
        groups:
          - name: haproxy
            rules:
              - alert: HAProxyServerDown
                expr: sum without (state) (haproxy_server_status{state=~"UP|MAINT"}) == 0
                for: 1s
                labels: { severity: critical, service: web, socket: SOCKET }
                annotations: { summary: "{{ $labels.proxy }}/{{ $labels.server }} is down in HAProxy" }

        """;

    private readonly string folder = Directory.CreateTempSubdirectory("incident-gameday-").FullName;
    private readonly Stack<IDisposable> started = new();
    private HttpBackend first = null!;
    private HttpBackend second = null!;
    private HaproxyServer haproxy = null!;
    private BotProcess bot = null!;

    private protected abstract string NewDatabase(string folder);

    internal static string RulesFor(HaproxyServer haproxy) => Rules.Replace("SOCKET", haproxy.Socket, StringComparison.Ordinal);

    public async Task InitializeAsync()
    {
        first = Started(new HttpBackend(folder, "s1"));
        second = Started(new HttpBackend(folder, "s2"));
        first.Start();
        second.Start();
        haproxy = Started(new HaproxyServer(folder, first, second));
        await haproxy.UntilUpAsync(first, second);
        bot = Started(new BotProcess(NewDatabase(folder), more: new Dictionary<string, string> { ["PATH"] = PathWithRestart() }));
        await bot.StartAsync();
        var alertmanager = Started(
            new AlertmanagerServer(folder, new Uri(bot.Address, "/alerts/" + BotProcess.Source), BotProcess.SourceToken)
        );
        await alertmanager.UntilReadyAsync();
        await Started(new PrometheusServer(folder, [(haproxy.MetricsPort, "{}")], alertmanager, RulesFor(haproxy))).UntilReadyAsync();
    }

    public Task DisposeAsync()
    {
        while (started.TryPop(out var one))
            one.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_dead_backend_is_repaired_although_the_bot_dies_in_the_middle()
    {
        second.Kill();

        var approval = await Until.Comes(WaitingForApprovalAsync, "the run's question", () => Told());
        (await haproxy.StatusAsync(second)).ShouldBe("DOWN");
        (await haproxy.AdminStateAsync(second)).ShouldBe("0", "before somebody agreed it is not drained");
        second.Starts.ShouldBe(1, "nothing is started before somebody agreed");
        await bot.PostAsync(
            $"/api/v1/runs/{approval.Run}/decisions",
            new
            {
                step = "repair",
                decision = "approve",
                hash = approval.Hash,
                reason = "s1 carries the load alone",
            }
        );

        await Until.Holds(() => Task.FromResult(File.Exists(Hangs)), "the restart", () => Told());
        bot.Kill();
        await bot.StartAsync();

        await Until.Holds(
            async () => await IncidentAsync("state") == "resolved" && await IsOverAsync(approval.Run),
            "the end",
            () => Told()
        );
        (await haproxy.StatusAsync(second)).ShouldBe("UP");
        second.Starts.ShouldBe(2, "its first start and one by the runbook");
        output.WriteLine(await Told());
        await TimelineTellsItAsync();
        await PostmortemTellsItAsync();
    }

    private async Task TimelineTellsItAsync()
    {
        var types = (await TimelineAsync()).Select(entry => entry.Type);
        string[] milestones =
        [
            "incident.declared",
            "incident.alerts-joined",
            "run.started",
            "run.step-waits",
            "run.decided",
            "run.step-started",
            "run.process-started",
            "run.taken-over",
            "run.step-ended",
            "run.ended",
        ];
        types
            .Aggregate(0, (reached, type) => reached < milestones.Length && type == milestones[reached] ? reached + 1 : reached)
            .ShouldBe(milestones.Length, $"in this order: {string.Join(", ", milestones)}");
        var told = await Told();
        told.ShouldContain("Step look succeeded");
        told.ShouldContain("Step drain succeeded");
        told.ShouldContain("Step repair waits for approval");
        told.ShouldContain("Step repair was approved by");
        told.ShouldContain("the process that ran it ended before its answer was recorded");
        // Made again, unless HAProxy saw by then that it is up.
        told.ShouldMatch(@"Step restart succeeded( \(attempt 2\)|: recovered by check)");
        told.ShouldContain("Step healthy succeeded");
        told.ShouldContain("Step ready succeeded");
        told.ShouldContain("Step up succeeded");
        told.ShouldContain("Note: web/s2 was DOWN, was started again, and is UP in HAProxy.");
        told.ShouldContain("Repaired: runbook haproxy-backend-down succeeded");
        told.ShouldContain("1 alert resolved");
        told.ShouldContain("Resolved");
    }

    private async Task PostmortemTellsItAsync()
    {
        var answer = await bot.PostAsync("/api/v1/commands", new { text = "/incident postmortem", channel = "inc-1" });
        var draft = answer.GetProperty("reply").GetString()!;
        draft.ShouldContain("# Postmortem of inc-1");
        draft.ShouldContain("HAProxyServerDown");
        draft.ShouldContain("Time to detect");
        draft.ShouldContain("Time to resolve");
        draft.ShouldContain("### Runbook haproxy-backend-down");
        foreach (var entry in await TimelineAsync())
            draft.ShouldContain(PostmortemWriter.Safe(entry.Text));
    }

    private string Hangs => folder + "/restart-hangs";

    // What an operator puts on the bot's PATH. Its first call hangs after it did its work: the bot dies with the answer outstanding.
    private string PathWithRestart()
    {
        var bin = Directory.CreateDirectory(folder + "/bin").FullName;
        Executable.Write(
            bin + "/restart-backend",
            $"""
            #!/bin/sh
            "{folder}/start-$2"
            [ -e '{Hangs}' ] && exit 0
            touch '{Hangs}'
            exec sleep 600
            """
        );
        return bin + ":" + Environment.GetEnvironmentVariable("PATH");
    }

    private async Task<Approval?> WaitingForApprovalAsync()
    {
        foreach (var run in (await bot.GetAsync("/api/v1/runs")).GetProperty("items").EnumerateArray())
        {
            var id = run.GetProperty("id").GetString()!;
            foreach (var waiting in (await bot.GetAsync("/api/v1/runs/" + id)).GetProperty("waitingFor").EnumerateArray())
            {
                if (waiting.GetProperty("kind").GetString() == "approval")
                    return new Approval(id, waiting.GetProperty("hash").GetString()!);
            }
        }

        return null;
    }

    private async Task<string?> IncidentAsync(string field) =>
        (await bot.GetAsync("/api/v1/incidents/inc-1")).GetProperty(field).GetString();

    private async Task<bool> IsOverAsync(string run) =>
        (await bot.GetAsync("/api/v1/runs/" + run)).GetProperty("state").GetString() is "succeeded";

    private async Task<List<(string Type, string Text)>> TimelineAsync() =>
        [
            .. (await bot.GetAsync("/api/v1/incidents/inc-1/timeline?limit=200"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(entry => (entry.GetProperty("type").GetString()!, entry.GetProperty("text").GetString()!)),
        ];

    // All that is known, for assertions and for the person who reads why one failed.
    private async Task<string> Told()
    {
        try
        {
            return string.Join('\n', (await TimelineAsync()).Select(entry => $"{entry.Type}: {entry.Text}").Append(bot.Written));
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    private T Started<T>(T one)
        where T : IDisposable
    {
        started.Push(one);
        return one;
    }

    private sealed record Approval(string Run, string Hash);
}

public sealed class SqliteHaproxyGameDay(ITestOutputHelper output) : HaproxyGameDay(output)
{
    private protected override string NewDatabase(string folder) => $"Data Source={folder}/incident.db";
}

public sealed class PostgresHaproxyGameDay(ITestOutputHelper output) : HaproxyGameDay(output)
{
    private protected override string NewDatabase(string folder) => PostgresServer.Shared.NewDatabase();
}
