namespace Bot.Cli;

/// <summary>The body that Alertmanager's webhook sends, version 4, of a group with one alert (Alertmanager, "webhook_config").</summary>
internal static class AlertWebhook
{
    /// <param name="labels"><c>alertname</c> and <c>service</c> among them: they make the group.</param>
    /// <param name="endsAt">Null while it fires.</param>
    /// <param name="alertmanager">Where it would be sent from, and <paramref name="prometheus"/> what found it.</param>
    public static object Of(
        IReadOnlyDictionary<string, string> labels,
        IReadOnlyDictionary<string, string> annotations,
        string fingerprint,
        DateTimeOffset startsAt,
        DateTimeOffset? endsAt,
        string alertmanager,
        string prometheus
    )
    {
        var group = new { alertname = labels["alertname"], service = labels["service"] };
        var status = endsAt is null ? "firing" : "resolved";
        return new
        {
            version = "4",
            groupKey = $"{{}}:{{alertname=\"{group.alertname}\", service=\"{group.service}\"}}",
            truncatedAlerts = 0,
            status,
            receiver = "incident",
            groupLabels = group,
            commonLabels = labels,
            commonAnnotations = annotations,
            externalURL = alertmanager,
            alerts = new[]
            {
                new
                {
                    status,
                    labels,
                    annotations,
                    startsAt,
                    endsAt = endsAt ?? DateTimeOffset.MinValue,
                    generatorURL = prometheus + "/graph",
                    fingerprint,
                },
            },
        };
    }
}
