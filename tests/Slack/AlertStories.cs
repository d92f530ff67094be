using System.Text.Json;
using System.Text.Json.Nodes;
using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>Whoever is woken reads in the channel, and in the call, what the alert says.</summary>
public sealed class AlertStories : SlackStory
{
    private protected override string Routes =>
        """
            routes:
              - name: default
                severity: sev2
                page: { targets: ["group:oncall"], every: 5m, attempts: 3 }
            """;

    [Fact]
    public async Task One_alert_says_all_that_it_says()
    {
        await DeliverAsync(Alert("db-1", "firing"));
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("1 alert fires: HighErrorRate");
        foreach (
            var part in new[]
            {
                "5xx above 5 % on checkout",
                "Every fifth order fails.",
                "severity: critical",
                "instance: db-1",
                "https://runbooks.example.com/errors",
                "https://grafana.example.com/d/7",
                "http://prometheus.example.com/graph?g0.expr=up",
                "7.3 %",
                "2026-11-24 12:00:00 UTC",
                "/incidents/inc-1#alerts",
            }
        )
            card.Text.ShouldContain(part);
        card.Text.IndexOf("severity: critical", StringComparison.Ordinal)
            .ShouldBeLessThan(card.Text.IndexOf("instance: db-1", StringComparison.Ordinal));
        card.Text.ShouldNotContain("hunter2");
        card.Text.ShouldNotContain("__dashboardUid__");
        await Anna.Types("/incident page @bruno", "inc-1");
        await Slack
            .Direct(Bruno)
            .ExpectsCard("YOU ARE CALLED", "HighErrorRate: 5xx above 5 % on checkout", "https://runbooks.example.com/errors");
        await Anna.Types("/incident alerts", "inc-1");
        await Anna.SeesCard("1 alert fires: HighErrorRate", "7.3 %");

        await DeliverAsync(Alert("db-1", "resolved"));
        await channel.ExpectsUpdate(card, "The alert is resolved: HighErrorRate", "2026-11-24 12:30:00 UTC");
    }

    [Fact]
    public async Task Many_are_one_bounded_list_that_is_edited()
    {
        await DeliverAsync(Alert("db-1", "firing"));
        var channel = await Slack.ExpectsChannel("inc-1");
        var card = await channel.ExpectsCard("1 alert fires: HighErrorRate");
        await DeliverAsync([.. Enumerable.Range(1, 30).Select(number => Alert($"db-{number}", "firing"))]);
        await channel.ExpectsUpdate(card, "30 of 30 alerts fire: HighErrorRate", "{instance=db-1}", "… and 20 more", "severity: critical");
        // In the card, and in the words for where no card is shown.
        card.Text.Split('●').Length.ShouldBe(1 + (2 * 10));
        channel.Count("alerts fire").ShouldBe(1);
    }

    [Fact]
    public async Task The_console_shows_the_same()
    {
        await DeliverAsync(Alert("db-1", "firing"));
        await Slack.ExpectsChannel("inc-1");
        var reader = await Bot.PersonAsync("vera", global::Bot.Access.Role.Viewer);
        foreach (var page in new[] { "/console/inc-1", "/incidents/inc-1" })
        {
            var html = await reader.GetStringAsync(new Uri(page, UriKind.Relative));
            html.ShouldContain("5xx above 5 % on checkout");
            html.ShouldContain("href=\"https://runbooks.example.com/errors\"");
            html.ShouldNotContain("hunter2");
        }
    }

    private Task<string> DeliverAsync(params JsonObject[] alerts) =>
        Bot.DeliverAsync(
            JsonSerializer.SerializeToUtf8Bytes(
                new JsonObject
                {
                    ["version"] = "4",
                    ["groupKey"] = "{}:{alertname=\"HighErrorRate\"}",
                    ["status"] = "firing",
                    ["receiver"] = "bot",
                    ["groupLabels"] = new JsonObject { ["alertname"] = "HighErrorRate" },
                    ["alerts"] = new JsonArray([.. alerts]),
                }
            )
        );

    private static JsonObject Alert(string instance, string status) =>
        new()
        {
            ["status"] = status,
            ["labels"] = new JsonObject
            {
                ["alertname"] = "HighErrorRate",
                ["instance"] = instance,
                ["severity"] = "critical",
                ["db_password"] = "hunter2",
            },
            ["annotations"] = new JsonObject
            {
                ["summary"] = "5xx above 5 % on checkout",
                ["description"] = "Every fifth order fails.",
                ["runbook_url"] = "https://runbooks.example.com/errors",
                ["dashboard_url"] = "https://grafana.example.com/d/7",
                ["value"] = "7.3 %",
                ["__dashboardUid__"] = "7",
            },
            ["startsAt"] = "2026-11-24T12:00:00Z",
            ["endsAt"] = status is "firing" ? "0001-01-01T00:00:00Z" : "2026-11-24T12:30:00Z",
            ["generatorURL"] = "http://admin:hunter2@prometheus.example.com/graph?g0.expr=up",
            ["fingerprint"] = "fp-" + instance,
        };
}
