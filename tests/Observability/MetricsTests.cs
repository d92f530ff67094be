using System.Net;
using Bot.Access;
using Tests.Support;

namespace Tests.Observability;

/// <summary><c>/metrics</c> of a running bot. Its instruments are shared by all bots of the process: names of this test's own tell them apart.</summary>
public sealed class MetricsTests
{
    private const string Source = "metered";

    [Fact]
    public async Task What_came_in_what_was_refused_and_what_waits_is_measured()
    {
        await using var bot = await StartAsync();
        var admin = await bot.TokenAsync(Role.Admin);
        var alertmanager = bot.WithToken("right");
        using (
            var taken = await alertmanager.PostAsync(
                new Uri($"/alerts/{Source}", UriKind.Relative),
                new ByteArrayContent(
                    Payload.Alertmanager("g", 0, ("a", true, DateTimeOffset.UnixEpoch), ("b", true, DateTimeOffset.UnixEpoch))
                )
            )
        )
            taken.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        using (
            var refused = await bot.WithToken("wrong").PostAsync(new Uri($"/alerts/{Source}", UriKind.Relative), new StringContent("{}"))
        )
            refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using (var unread = await alertmanager.PostAsync(new Uri($"/alerts/{Source}", UriKind.Relative), new StringContent("{")))
            unread.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        var lines = (await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');

        Value(lines, "incident_intake_requests_total", $"source=\"{Source}\"", "verdict=\"accepted\"").ShouldBe(1);
        Value(lines, "incident_intake_alerts_total", $"source=\"{Source}\"").ShouldBe(2);
        Value(lines, "incident_intake_refused_total", $"source=\"{Source}\"", "reason=\"not authenticated\"").ShouldBe(1);
        Value(lines, "incident_intake_refused_total", $"source=\"{Source}\"", "reason=\"unparsable\"").ShouldBe(1);
        Value(lines, "incident_commit_duration_seconds_count").ShouldBeGreaterThan(0);
        Value(lines, "incident_commit_works_count").ShouldBeGreaterThan(0);
        Value(lines, "incident_desk_queue_age_seconds_count").ShouldBeGreaterThan(0);
        foreach (
            var gauge in new[] { "incident_outbox_lag_seconds", "incident_outbox_dead", "incident_open_incidents", "incident_live_runs" }
        )
            lines.ShouldContain(line => line.StartsWith(gauge, StringComparison.Ordinal));
    }

    [Fact]
    public async Task They_are_behind_a_token_or_alone_on_a_port_of_their_own()
    {
        var port = Loopback.FreePort();
        await using var bot = await StartAsync(new() { ["Metrics:Url"] = $"http://127.0.0.1:{port}" });
        var scraper = bot.Stranger();

        using (var stranger = await scraper.GetAsync(new Uri("/metrics", UriKind.Relative)))
            stranger.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await scraper.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"))).ShouldContain("incident_log_position");
        foreach (var path in new[] { "/", "/health/live", "/api/v1/incidents" })
        {
            using var other = await scraper.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"));
            other.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }
    }

    private static Task<BotUnderTest> StartAsync(Dictionary<string, string?>? more = null) =>
        BotUnderTest.StartAsync(
            settings: new Dictionary<string, string?>(more ?? [])
            {
                [$"Alerts:Sources:{Source}:Kind"] = "alertmanager",
                [$"Alerts:Sources:{Source}:Token"] = "right",
            }
        );

    private static double Value(string[] lines, string name, params string[] labels)
    {
        var line = lines.FirstOrDefault(line =>
            line.StartsWith(name, StringComparison.Ordinal)
            && line[name.Length] is '{' or ' '
            && labels.All(label => line.Contains(label, StringComparison.Ordinal))
        );
        line.ShouldNotBeNull($"{name} {string.Join(' ', labels)}");
        return double.Parse(line.Split("} ")[^1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
