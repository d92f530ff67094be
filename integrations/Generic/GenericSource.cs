using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Integrations.Generic;

/// <summary>
/// Our own simple shape, for scripts and for senders without a source of their own; one object or a list of them:
/// <code>
/// {"title":"Disk full on db1","status":"firing","key":"disk/db1","group":"disk","severity":"critical",
///  "labels":{"host":"db1"},"links":["https://…"],"starts_at":"2026-11-24T03:00:00Z"}
/// </code>
/// <c>key</c> is the alert's identity; <c>group</c> (default: the key) says which alerts are one incident. Without
/// <c>starts_at</c> an episode is told apart by its resolve alone.
/// </summary>
internal sealed class GenericSource : IAlertSource
{
    private const int MaxKey = 200;
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Kind => "generic";

    public string? Verify(AlertRequest request, AlertSourceOptions options) => BearerToken.Verify(request, options);

    public ParseResult Parse(ReadOnlyMemory<byte> body)
    {
        var problems = new List<FieldProblem>();
        var alerts = new List<(string Group, IncomingAlert Alert)>();
        if (!Utf8.IsValid(body.Span))
            return new ParseResult.Unparsable([AlertJson.NoText]);
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind is JsonValueKind.Array)
            {
                foreach (var item in document.RootElement.EnumerateArray())
                    alerts.Add(Read(item, $"[{alerts.Count}]", problems));
            }
            else
            {
                alerts.Add(Read(document.RootElement, "", problems));
            }
        }
        catch (JsonException e)
        {
            problems.Add(
                new FieldProblem(
                    "body",
                    null,
                    $"Send valid JSON; the fault is in line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."
                )
            );
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to an escape that is half a character.
            problems.Add(AlertJson.NoText);
        }

        if (problems.Count == 0 && alerts.Count == 0)
            problems.Add(new FieldProblem("body", "[]", "Send at least one alert."));
        var groups = alerts.Select(alert => alert.Group).Distinct().ToList();
        if (problems.Count == 0 && groups.Count > 1)
            problems.Add(new FieldProblem("group", string.Join(", ", groups.Take(3)), "Send alerts of one group per request."));
        return problems.Count > 0
            ? new ParseResult.Unparsable(problems)
            : new ParseResult.Parsed(
                new AlertBatch(groups[0], new Dictionary<string, string>(), 0, null, [.. alerts.Select(alert => alert.Alert)])
            );
    }

    private static (string Group, IncomingAlert Alert) Read(JsonElement item, string at, List<FieldProblem> problems)
    {
        var path = at.Length == 0 ? "" : at + ".";
        if (item.ValueKind is not JsonValueKind.Object)
        {
            problems.Add(new FieldProblem(at.Length == 0 ? "body" : at, item.ToString(), "Send an object."));
            return default;
        }

        var title = Text(item, "title", path, problems);
        var key = Text(item, "key", path, problems);
        var status = Text(item, "status", path, problems) ?? "firing";
        var group = Text(item, "group", path, problems) ?? key;
        Require(title, "title", "Say in a few words what is wrong.");
        Require(
            key,
            "key",
            $"Send the alert's identity, 1 to {MaxKey} characters and no control characters; the same for its resolve.",
            MaxKey
        );
        if (!string.IsNullOrWhiteSpace(key))
            Require(group, "group", "Send what makes alerts one incident, without control characters, or leave it out.", int.MaxValue);
        if (status is not ("firing" or "resolved"))
            problems.Add(new FieldProblem(path + "status", status, "Send \"firing\" or \"resolved\"."));
        var starts = Time(item, "starts_at", path, problems);
        var firing = status is "firing";
        var labels = Labels(item, title, Text(item, "severity", path, problems), path, problems);
        var annotations = new Dictionary<string, string> { ["summary"] = title ?? "" };
        if (Links(item, path, problems) is { Length: > 0 } links)
            annotations["links"] = links;
        return (
            group ?? "",
            new IncomingAlert(key ?? "", firing, starts ?? DateTimeOffset.UnixEpoch, null, Utf8Of(labels), Utf8Of(annotations), null)
        );

        // A type that is wrong has been told already.
        void Require(string? text, string name, string fix, int most = 0)
        {
            var wrong = string.IsNullOrWhiteSpace(text) || (most > 0 && (text.Length > most || text.Any(char.IsControl)));
            if (wrong && problems.TrueForAll(problem => problem.Field != path + name))
                problems.Add(new FieldProblem(path + name, text, fix));
        }
    }

    private static string Links(JsonElement item, string path, List<FieldProblem> problems)
    {
        if (!item.TryGetProperty("links", out var links) || links.ValueKind is JsonValueKind.Null)
            return "";
        if (links.ValueKind is not JsonValueKind.Array)
        {
            problems.Add(new FieldProblem(path + "links", links.ToString(), "Send a list of addresses, as [\"https://graphs/db1\"]."));
            return "";
        }

        foreach (var (place, link) in links.EnumerateArray().Index())
        {
            if (link.ValueKind is not JsonValueKind.String)
                problems.Add(new FieldProblem($"{path}links[{place}]", link.ToString(), "Send text in quotes."));
        }

        return string.Join(' ', links.EnumerateArray().Select(link => link.ToString()));
    }

    private static Dictionary<string, string> Labels(
        JsonElement item,
        string? title,
        string? severity,
        string path,
        List<FieldProblem> problems
    )
    {
        var labels = new Dictionary<string, string>();
        if (item.TryGetProperty("labels", out var given))
        {
            if (given.ValueKind is JsonValueKind.Object)
            {
                foreach (var label in given.EnumerateObject())
                {
                    if (Text(given, label.Name, $"{path}labels.", problems) is { } text)
                        labels[label.Name] = text;
                    else if (label.Value.ValueKind is JsonValueKind.Null)
                        problems.Add(new FieldProblem($"{path}labels.{label.Name}", null, "Send text in quotes."));
                }
            }
            else if (given.ValueKind is not JsonValueKind.Null)
            {
                problems.Add(
                    new FieldProblem(path + "labels", given.ToString(), "Send an object of texts, as {\"service\":\"checkout\"}.")
                );
            }
        }

        labels.TryAdd("alertname", title ?? "");
        if (severity is not null)
            labels.TryAdd("severity", severity);
        return labels;
    }

    private static string? Text(JsonElement item, string name, string path, List<FieldProblem> problems)
    {
        if (!item.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null)
            return null;
        var text = value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        if (text is null || text.Contains('\0', StringComparison.Ordinal))
            problems.Add(new FieldProblem(path + name, value.ToString(), text is null ? "Send text in quotes." : AlertJson.NoZero));
        return text;
    }

    private static DateTimeOffset? Time(JsonElement item, string name, string path, List<FieldProblem> problems)
    {
        if (!item.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null)
            return null;
        if (value.ValueKind is JsonValueKind.String && value.TryGetDateTimeOffset(out var time))
            return time.ToUniversalTime();
        problems.Add(new FieldProblem(path + name, value.ToString(), "Send RFC 3339, as 2026-11-24T03:00:00Z."));
        return null;
    }

    private static byte[] Utf8Of(Dictionary<string, string> map) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(map, Relaxed));
}
