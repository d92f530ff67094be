using System.Text.Json;
using System.Text.Unicode;

namespace Integrations.Alertmanager;

/// <summary>
/// Prometheus Alertmanager's webhook, version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config):
/// <code>
/// {"version":"4","groupKey":"{}:{alertname=\"HighErrorRate\"}","truncatedAlerts":0,"status":"firing","receiver":"bot",
///  "groupLabels":{"alertname":"HighErrorRate"},"commonLabels":{…},"commonAnnotations":{…},"externalURL":"http://am",
///  "alerts":[{"status":"firing","labels":{…},"annotations":{…},"startsAt":"2026-11-24T00:00:00Z",
///             "endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prom/graph","fingerprint":"4c1f…"}]}
/// </code>
/// It authenticates by a bearer token (<c>http_config.authorization</c>) and retries only 5xx answers. The group's status stays
/// <c>firing</c> while single members are resolved, so it is the members' own status that counts.
/// </summary>
internal sealed class AlertmanagerSource : IAlertSource
{
    private const int MaxFingerprint = 200;

    public string Kind => "alertmanager";

    public string? Verify(AlertRequest request, AlertSourceOptions options) => BearerToken.Verify(request, options);

    public ParseResult Parse(ReadOnlyMemory<byte> body)
    {
        var problems = new List<FieldProblem>();
        AlertBatch? batch = null;
        if (!Utf8.IsValid(body.Span))
            return new ParseResult.Unparsable([AlertJson.NoText]);
        try
        {
            batch = ReadGroup(new AlertJson(body, problems));
        }
        catch (JsonException e)
        {
            problems.Add(
                new FieldProblem(
                    "body",
                    null,
                    $"Send valid JSON, at most {AlertJson.MaxDepth} levels deep; the fault is in line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."
                )
            );
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to an escape that is half a character.
            problems.Add(AlertJson.NoText);
        }

        return problems.Count == 0 ? new ParseResult.Parsed(batch!) : new ParseResult.Unparsable(problems);
    }

    private static AlertBatch ReadGroup(AlertJson json)
    {
        string? version = null,
            groupKey = null,
            externalUrl = null;
        var hidden = 0;
        ReadOnlyMemory<byte> groupLabels = default;
        List<IncomingAlert>? alerts = null;
        if (!json.Read() || json.Token is not JsonTokenType.StartObject)
        {
            json.Problem("body", null, "Send one JSON object, Alertmanager's webhook message.");
            return Empty;
        }

        while (json.Read() && json.Token is JsonTokenType.PropertyName)
        {
            if (json.Is("alerts"u8))
                alerts = ReadAlerts(ref json);
            else if (json.Is("version"u8))
                version = json.Text("version", "Send \"4\".");
            else if (json.Is("groupKey"u8))
                groupKey = json.Text("groupKey", "Send the group's key as text.");
            else if (json.Is("groupLabels"u8))
                groupLabels = json.TextMap("groupLabels");
            else if (json.Is("truncatedAlerts"u8))
                hidden = json.Int("truncatedAlerts", "Send a whole number.");
            else if (json.Is("externalURL"u8))
                externalUrl = json.Text("externalURL", "Send a URL as text.");
            else
                json.Skip();
        }

        // Throws on anything but the end: what follows would be lost unseen.
        json.Read();
        if (version is not "4")
            json.Problem("version", version, "Send \"4\": this source reads Alertmanager's webhook version 4.");
        if (string.IsNullOrEmpty(groupKey))
            json.Problem("groupKey", groupKey, "Send the group's key: it says which alerts are one incident.");
        if (alerts is null or { Count: 0 })
            json.Problem("alerts", alerts is null ? null : "[]", "Send at least one alert.");
        return new AlertBatch(groupKey ?? "", AlertJson.ToDictionary(groupLabels), Math.Max(0, hidden), externalUrl, alerts ?? []);
    }

    private static AlertBatch Empty => new("", new Dictionary<string, string>(), 0, null, []);

    private static List<IncomingAlert> ReadAlerts(ref AlertJson json)
    {
        var alerts = new List<IncomingAlert>();
        json.Read();
        if (json.Token is not JsonTokenType.StartArray)
        {
            json.Problem("alerts", null, "Send a list of alerts.");
            return alerts;
        }

        while (json.Read() && json.Token is not JsonTokenType.EndArray)
        {
            if (json.Token is JsonTokenType.StartObject)
                alerts.Add(ReadAlert(ref json, alerts.Count));
            else
                json.Problem($"alerts[{alerts.Count}]", json.Shown(), "Send an object.");
            // A whole list of something else is told once.
            if (json.Token is JsonTokenType.StartArray)
                json.SkipChildren();
        }

        json.Index = null;
        return alerts;
    }

    private static IncomingAlert ReadAlert(ref AlertJson json, int index)
    {
        string? status = null,
            fingerprint = null,
            generator = null;
        DateTimeOffset? starts = null,
            ends = null;
        ReadOnlyMemory<byte> labels = default,
            annotations = default;
        var seen = 0;
        json.Index = index;
        while (json.Read() && json.Token is JsonTokenType.PropertyName)
        {
            if (json.Is("status"u8))
                status = json.Text("alerts[].status", "Send \"firing\" or \"resolved\".");
            else if (json.Is("labels"u8))
                (labels, seen) = (json.TextMap("alerts[].labels"), 1);
            else if (json.Is("annotations"u8))
                annotations = json.TextMap("alerts[].annotations");
            else if (json.Is("startsAt"u8))
                starts = json.Time("alerts[].startsAt", "Send RFC 3339, as 2026-11-24T03:00:00Z.");
            else if (json.Is("endsAt"u8))
                ends = json.Time("alerts[].endsAt", "Send RFC 3339, as 2026-11-24T03:00:00Z.");
            else if (json.Is("generatorURL"u8))
                generator = json.Text("alerts[].generatorURL", "Send a URL as text.");
            else if (json.Is("fingerprint"u8))
                fingerprint = json.Text("alerts[].fingerprint", "Send the alert's fingerprint as text.");
            else
                json.Skip();
        }

        if (status is not ("firing" or "resolved"))
            json.Problem("alerts[].status", status, "Send \"firing\" or \"resolved\".");
        if (string.IsNullOrEmpty(fingerprint) || fingerprint.Length > MaxFingerprint)
            json.Problem(
                "alerts[].fingerprint",
                fingerprint,
                $"Send the alert's fingerprint, 1 to {MaxFingerprint} characters: it is the alert's identity."
            );
        if (starts is null)
            json.Problem("alerts[].startsAt", null, "Send the start of the episode in RFC 3339, as 2026-11-24T03:00:00Z.");
        if (seen == 0)
            json.Problem("alerts[].labels", null, "Send the alert's labels.");
        var firing = status is "firing";
        return new IncomingAlert(
            fingerprint ?? "",
            firing,
            starts ?? default,
            // Go's zero time stands for "not yet".
            firing || ends is { Year: 1 }
                ? null
                : ends,
            labels,
            annotations.IsEmpty ? "{}"u8.ToArray() : annotations,
            generator
        );
    }
}
