using System.Security.Cryptography;
using System.Text.Json;
using Bot.Cli.Alerting;
using Bot.Intake;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Cli.DemoData;

/// <summary>Alerts as Alertmanager sends them, through the stages that all of them go through.</summary>
internal sealed class DemoAlerts(IntakeDesk intake, AlertTable alerts, IIdSource ids, TimeProvider time)
{
    private const string Name = "prometheus";
    private const string Kind = "alertmanager";

    private static readonly byte[] Headers = """{"Content-Type":"application/json","User-Agent":"Alertmanager/0.28.1"}"""u8.ToArray();

    private readonly ConfiguredSource source = new(Name, AlertsCommands.Kinds()[Kind], new AlertSourceOptions { Kind = Kind }, _ => null);

    /// <returns>The alert, with the incident it is in.</returns>
    public async Task<AlertRow> SendAsync(
        DemoTrouble trouble,
        IReadOnlyDictionary<string, string> labels,
        DateTimeOffset startsAt,
        bool firing,
        CancellationToken cancel
    )
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["service"] = trouble.Service,
            ["severity"] = trouble.Severity,
        };
        foreach (var (name, value) in labels)
            all[name] = value;
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(all)).AsSpan(0, 8));
        var annotations = new Dictionary<string, string> { ["summary"] = trouble.Title, ["impact"] = trouble.Impact };
        var body = AlertWebhook.Of(
            all,
            annotations,
            fingerprint,
            startsAt,
            firing ? null : time.GetUtcNow(),
            "http://alertmanager.example.com",
            "http://prometheus.example.com"
        );
        var (_, problems) = await intake.TakeAsync(
            ids.NewId(),
            source,
            null,
            Headers,
            JsonSerializer.SerializeToUtf8Bytes(body),
            "demo data"
        );
        if (problems is [var first, ..])
            throw new InvalidOperationException($"The demo's alert {all["alertname"]} cannot be read: {first.Field}: {first.Fix}");
        return (await alerts.FindAsync(Name, fingerprint, cancel))!;
    }
}
