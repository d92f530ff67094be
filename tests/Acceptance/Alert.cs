using System.Text.Json;

namespace Tests.Acceptance;

/// <summary>One alert as an Alertmanager sends it, through the front door.</summary>
internal sealed class Alert(Stage stage, string name, string severity)
{
    private DateTimeOffset startsAt;

    public Task Fires()
    {
        startsAt = stage.Time.GetUtcNow();
        return SendAsync("firing");
    }

    public Task FiresAgain() => SendAsync("firing");

    public Task Resolves() => SendAsync("resolved");

    private Task<string> SendAsync(string status)
    {
        var labels = new
        {
            alertname = name,
            service = "web",
            severity,
        };
        var payload = new
        {
            version = "4",
            groupKey = $"{{}}:{{alertname=\"{name}\"}}",
            truncatedAlerts = 0,
            status,
            receiver = "incident",
            groupLabels = new { alertname = name },
            commonLabels = labels,
            commonAnnotations = new { },
            externalURL = "http://alertmanager",
            alerts = new[]
            {
                new
                {
                    status,
                    labels,
                    annotations = new { summary = name + " on web" },
                    startsAt,
                    endsAt = status is "firing" ? default : stage.Time.GetUtcNow(),
                    generatorURL = "http://prometheus",
                    fingerprint = "of-" + name,
                },
            },
        };
        return stage.Bot.DeliverAsync(JsonSerializer.SerializeToUtf8Bytes(payload));
    }
}
