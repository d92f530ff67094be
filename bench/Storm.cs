using System.Text;

namespace Bench;

/// <summary>
/// New alerts in Alertmanager's format, each request a group of its own. Those of answered requests are written to a file: what
/// a crash must not lose. When the server goes away the storm ends.
/// </summary>
internal static class Storm
{
    public static async Task RunAsync(Uri url, string token, int alerts, int perRequest, int inFlight, string ackedFile)
    {
        using var client = new Client(url, token);
        await using var acked = new StreamWriter(ackedFile);
        var gone = 0;
        // Another storm's alerts are others.
        var storm = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await Client.TimesAsync(
            alerts / perRequest,
            inFlight,
            async i =>
            {
                if (Volatile.Read(ref gone) > 0)
                    return;
                var ids = Enumerable.Range(i * perRequest, perRequest).Select(n => $"{storm}-{n}").ToList();
                try
                {
                    await client.PostAsync(Body($"{storm}-{i}", ids));
                }
                catch (HttpRequestException)
                {
                    Volatile.Write(ref gone, 1);
                    return;
                }

                lock (acked)
                    ids.ForEach(acked.WriteLine);
            }
        );
    }

    private static string Body(string group, List<string> ids)
    {
        var body = new StringBuilder(
            """{"version":"4","truncatedAlerts":0,"status":"firing","receiver":"bot","groupLabels":{"alertname":"HighErrorRate"},"groupKey":"""
        ).Append($"\"{{}}:{{group={group}}}\",\"alerts\":[");
        foreach (var id in ids)
        {
            body.Append(body[^1] == '[' ? "" : ",")
                .Append(
                    """{"status":"firing","labels":{"alertname":"HighErrorRate","severity":"critical","namespace":"shop","pod":"checkout-"""
                )
                .Append(id)
                .Append(
                    """
                    "},"annotations":{"summary":"Error rate above 5%"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"
                    """
                )
                .Append(id)
                .Append("\"}");
        }

        return body.Append("]}").ToString();
    }
}
