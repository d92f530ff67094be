using System.Globalization;
using System.Text.Json;

namespace Bot.Cli.Drill;

/// <summary>Plays the drill through the bot's own doors, as Alertmanager and a person would, and prints the timeline as it grows.</summary>
internal sealed class DrillStory(
    ServerClient people,
    ServerClient alerts,
    string source,
    DrillPatient patient,
    Terminal terminal,
    TimeProvider time
)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly DateTimeOffset startsAt = time.GetUtcNow();
    private readonly HashSet<string> seen = [];
    private string? incident;
    private long position;
    private bool repaired;

    public async Task<DrillResult> PlayAsync(CancellationToken cancel)
    {
        patient.FallIll();
        terminal.Progress("It falls ill. The alert goes in at the front door:");
        terminal.Progress("");
        await SendAsync(firing: true, cancel);
        incident = await UntilAsync(FindIncidentAsync, cancel);
        var run = await UntilAsync(FindRunAsync, cancel);
        await UntilAsync(token => RunIsOverAsync(run, token), cancel);
        repaired = patient.IsWell;
        if (!repaired)
            throw new DrillBrokenException("The run is over, and the service is still ill.");
        await SendAsync(firing: false, cancel);
        await UntilAsync(ResolvedAsync, cancel);
        await ReadTimelineAsync(cancel);
        return Result([]);
    }

    public DrillResult Unfinished(string why) => Result([why]);

    private DrillResult Result(IReadOnlyList<string> broken)
    {
        List<string> missing = [.. broken];
        Expect("incident.declared", "the declaration");
        Expect("incident.alerts-joined", "the alert");
        Expect("run.started", "the start of the run");
        Expect("run.step-ended", "the steps");
        Expect("run.decided", "the approval");
        Expect("run.ended", "the end of the run");
        Expect("incident.moved", "the resolution");
        if (!repaired)
            missing.Add("the repair: the service is still ill");
        if (patient.Restarts > 1)
            missing.Add($"exactly one restart: there were {patient.Restarts}");
        return new DrillResult(incident, repaired, patient.Restarts, missing, (time.GetUtcNow() - startsAt).TotalSeconds);

        void Expect(string type, string what)
        {
            if (!seen.Contains(type))
                missing.Add(what + " on the timeline");
        }
    }

    private async Task SendAsync(bool firing, CancellationToken cancel)
    {
        var answer = await alerts.PostAsync("alerts/" + source, Payload(firing), cancel);
        if (!answer.Ok)
            throw new DrillBrokenException($"The alert was not accepted: {answer.Problem}");
    }

    private object Payload(bool firing)
    {
        var labels = new Dictionary<string, string>
        {
            ["alertname"] = "ServiceDown",
            ["service"] = "drill-shop",
            ["severity"] = "critical",
            ["drill"] = "true",
            ["health_url"] = patient.Address + "/health",
            ["restart_url"] = patient.Address + "/restart",
        };
        var annotations = new Dictionary<string, string> { ["summary"] = "The drill's shop answers its health check with 503" };
        return AlertWebhook.Of(
            labels,
            annotations,
            "d0d0d0d0d0d0d0d0",
            startsAt,
            firing ? null : time.GetUtcNow(),
            "http://127.0.0.1:9093",
            "http://127.0.0.1:9090"
        );
    }

    private async Task<string?> FindIncidentAsync(CancellationToken cancel)
    {
        var listed = await GetAsync("api/v1/incidents", cancel);
        foreach (var item in listed.Items)
            return item.GetProperty("id").GetString();
        return null;
    }

    private async Task<string?> FindRunAsync(CancellationToken cancel)
    {
        var listed = await GetAsync($"api/v1/runs?incident={incident}", cancel);
        foreach (var item in listed.Items)
            return item.GetProperty("id").GetString();
        return null;
    }

    // While it waits for an approval, the drill is the person who looks and grants it.
    private async Task<string?> RunIsOverAsync(string run, CancellationToken cancel)
    {
        var json = (await GetAsync("api/v1/runs/" + run, cancel)).Json!.Value;
        var state = json.GetProperty("state").GetString();
        foreach (var waiting in json.GetProperty("waitingFor").EnumerateArray())
        {
            if (waiting.GetProperty("kind").GetString() is not "approval")
                continue;
            var decided = await people.PostAsync(
                $"api/v1/runs/{run}/decisions",
                new
                {
                    step = waiting.GetProperty("step").GetString(),
                    decision = "approve",
                    hash = waiting.GetProperty("hash").GetString(),
                    reason = "The drill looked, and it may",
                },
                cancel
            );
            // 409: it moved on between the look and the click; the next look tells.
            if (!decided.Ok && decided.Status != 409)
                throw new DrillBrokenException($"The approval was refused: {decided.Problem}");
        }

        return state switch
        {
            "succeeded" => state,
            "failed" or "cancelled" => throw new DrillBrokenException($"The run {run} {state}."),
            _ => null,
        };
    }

    private async Task<string?> ResolvedAsync(CancellationToken cancel)
    {
        var json = (await GetAsync("api/v1/incidents/" + incident, cancel)).Json!.Value;
        return json.GetProperty("state").GetString() is "resolved" ? "resolved" : null;
    }

    private async Task<string> UntilAsync(Func<CancellationToken, Task<string?>> look, CancellationToken cancel)
    {
        while (true)
        {
            var found = await look(cancel);
            await ReadTimelineAsync(cancel);
            if (found is not null)
                return found;
            await Task.Delay(Glance, time, cancel);
        }
    }

    private async Task ReadTimelineAsync(CancellationToken cancel)
    {
        if (incident is null)
            return;
        var listed = await GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"api/v1/incidents/{incident}/timeline?after={position}"),
            cancel
        );
        foreach (var entry in listed.Items)
        {
            position = entry.GetProperty("position").GetInt64();
            seen.Add(entry.GetProperty("type").GetString()!);
            Print(entry);
        }
    }

    private void Print(JsonElement entry)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.GetProperty("recordedAt").GetDateTimeOffset():HH:mm:ss.fff}  {entry.GetProperty("actor").GetString(), -22}  {entry.GetProperty("text").GetString()}"
        );
        if (terminal.Json)
            terminal.Progress(line);
        else
            terminal.Out.WriteLine(line);
    }

    private async Task<ServerAnswer> GetAsync(string path, CancellationToken cancel)
    {
        var answer = await people.GetAsync(path, cancel);
        return answer is { Ok: true, Json: not null } ? answer : throw new DrillBrokenException($"GET {path}: {answer.Problem}");
    }
}

/// <param name="Missing">What was expected and did not happen; empty if all went well.</param>
internal sealed record DrillResult(string? Incident, bool Repaired, int Restarts, IReadOnlyList<string> Missing, double Seconds);

/// <summary>The drill can't go on.</summary>
internal sealed class DrillBrokenException(string message) : Exception(message);
