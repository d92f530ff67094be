using System.Collections.Concurrent;
using Bot.Storage;
using Tests.Servers;
using Tests.Support;
using Xunit.Abstractions;

namespace Tests.Crash;

/// <summary>
/// The real process, killed with -9 at random moments of an alert storm: what was accepted is there, nothing is doubled, the
/// chains hold. The normal run takes a seeded sample; <c>./test.sh --faults</c> the whole.
/// </summary>
public abstract class CrashContract(ITestOutputHelper output)
{
    private const int Groups = 5;
    private static readonly bool Full = Environment.GetEnvironmentVariable("INCIDENT_FAULTS") is "full";
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private protected abstract string NewDatabase();

    [Fact]
    public async Task What_was_accepted_survives_kill_9_and_nothing_is_doubled()
    {
        var kills = Full ? 200 : 4;
        var seed = Environment.GetEnvironmentVariable("INCIDENT_SEED") is { Length: > 0 } given ? int.Parse(given) : 20261124;
        var chance = new Random(seed);
        output.WriteLine($"seed {seed}, {kills} kills");
        var database = NewDatabase();
        var accepted = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var sent = 0;
        using var bot = new BotProcess(database);
        for (var kill = 0; kill < kills; kill++)
        {
            await bot.StartAsync();
            using var stop = new CancellationTokenSource();
            var senders = Enumerable
                .Range(0, 8)
                .Select(async _ =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        var number = Interlocked.Increment(ref sent);
                        var fingerprint = $"f{number}";
                        if (await bot.DeliverAsync(Payload.Alertmanager($"g{number % Groups}", 0, (fingerprint, true, Start))))
                            accepted[fingerprint] = true;
                        else
                            return;
                    }
                })
                .ToList();
            // The storm itself is the clock: the kill comes after a random number of accepted alerts.
            var until = accepted.Count + chance.Next(1, 400);
            while (accepted.Count < until && senders.Exists(sender => !sender.IsCompleted))
                await Task.WhenAny([.. senders, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System)]);
            bot.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(senders);
        }

        output.WriteLine($"{sent} sent, {accepted.Count} accepted");
        await using var after = new DeskUnderTest(database);
        var alerts = after.Get<AlertTable>();
        var missing = new List<string>();
        foreach (var fingerprint in accepted.Keys)
        {
            if (await alerts.FindAsync(BotProcess.Source, fingerprint, default) is null)
                missing.Add(fingerprint);
        }

        missing.ShouldBeEmpty();
        (await after.Get<IncidentTable>().ListAsync(new IncidentQuery(Open: true), default)).Count.ShouldBe(Groups);
        await WholeLog.ReadAsync(after.Get<ILogReader>());
    }
}

public sealed class SqliteCrashTests(ITestOutputHelper output) : CrashContract(output)
{
    private protected override string NewDatabase() => $"Data Source={Directory.CreateTempSubdirectory("incident-").FullName}/incident.db";
}

public sealed class PostgresCrashTests(ITestOutputHelper output) : CrashContract(output)
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
