using System.Security.Cryptography;
using System.Text.Json;
using Bot.Cli.Alerting;
using Bot.Desk;
using Bot.Intake;
using Bot.Log;
using Bot.Runs;
using Bot.Storage;
using Integrations;

namespace Bot.Cli.DemoData;

/// <summary>Alerts as Alertmanager sends them, through the stages that all of them go through.</summary>
internal sealed class DemoAlerts(
    IDesk desk,
    ConfigShelf config,
    RunbookShelf runbooks,
    SilenceState silences,
    AlertTable alerts,
    IIdSource ids,
    TimeProvider time
)
{
    private const string Source = "prometheus";

    private readonly IAlertSource kind = AlertsCommands.Kinds()["alertmanager"];

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
        var body = Payload(trouble, all, fingerprint, startsAt, firing);
        if (kind.Parse(body) is not Integrations.ParseResult.Parsed { Batch: var batch })
            throw new InvalidOperationException($"The demo's alert {all["alertname"]} cannot be read.");
        var rules = config.Current;
        var delivery = new AlertDelivery(
            ids.NewId(),
            Source,
            rules.Routes.Find(null, batch)!,
            batch,
            """{"Content-Type":"application/json","User-Agent":"Alertmanager/0.28.1"}"""u8.ToArray(),
            body,
            "identity",
            "demo data"
        );
        var looked = FirstStages.Look(delivery, silences.Current, rules.Services, runbooks.ByAlert, time.GetUtcNow());
        await desk.SubmitAsync(new AlertDeliveryWork(looked), cancel);
        return (await alerts.FindAsync(Source, fingerprint, cancel))!;
    }

    private byte[] Payload(
        DemoTrouble trouble,
        SortedDictionary<string, string> labels,
        string fingerprint,
        DateTimeOffset startsAt,
        bool firing
    )
    {
        var group = new { alertname = labels["alertname"], service = trouble.Service };
        var annotations = new { summary = trouble.Title, impact = trouble.Impact };
        var status = firing ? "firing" : "resolved";
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                version = "4",
                groupKey = $"{{}}:{{alertname=\"{group.alertname}\", service=\"{group.service}\"}}",
                truncatedAlerts = 0,
                status,
                receiver = "incident",
                groupLabels = group,
                commonLabels = labels,
                commonAnnotations = annotations,
                externalURL = "http://alertmanager.example.com",
                alerts = new[]
                {
                    new
                    {
                        status,
                        labels,
                        annotations,
                        startsAt,
                        endsAt = firing ? DateTimeOffset.MinValue : time.GetUtcNow(),
                        generatorURL = "http://prometheus.example.com/graph",
                        fingerprint,
                    },
                },
            }
        );
    }
}
