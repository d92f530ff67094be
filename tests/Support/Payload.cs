namespace Tests.Support;

/// <summary>Captured payloads that came from real senders (NOTICE beside them), and some of our own making.</summary>
internal static class Payload
{
    public static byte[] Read(string path) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Payloads", path));

    public static IEnumerable<string> All(string folder) =>
        Directory
            .GetFiles(Path.Combine(AppContext.BaseDirectory, "Payloads", folder), "*.json")
            .Select(file => folder + "/" + Path.GetFileName(file))
            .Order(StringComparer.Ordinal);

    /// <summary>An Alertmanager webhook with the given members: <c>("a", "firing", start)</c>.</summary>
    public static byte[] Alertmanager(string group, int hidden, params (string Fingerprint, bool Firing, DateTimeOffset Start)[] alerts)
    {
        var members = alerts.Select(alert =>
            $$$"""{"status":"{{{(alert.Firing ? "firing" : "resolved")}}}","labels":{"alertname":"Down","service":"shop","severity":"critical","pod":"{{{alert.Fingerprint}}}"},"annotations":{"summary":"{{{alert.Fingerprint}}} is down"},"startsAt":"{{{alert.Start:O}}}","endsAt":"{{{(alert.Firing ? "0001-01-01T00:00:00Z" : alert.Start.AddMinutes(1).ToString("O"))}}}","generatorURL":"http://p","fingerprint":"{{{alert.Fingerprint}}}"}"""
        );
        return System.Text.Encoding.UTF8.GetBytes(
            $$$"""{"version":"4","groupKey":"{{{group}}}","truncatedAlerts":{{{hidden}}},"status":"firing","receiver":"bot","groupLabels":{"alertname":"Down"},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am","alerts":[{{{string.Join(',', members)}}}]}"""
        );
    }
}
