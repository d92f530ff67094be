using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bot.Observability;
using Tests.Support;

namespace Tests.Observability;

/// <summary>What is handed to operators (the guide, the dashboard, the rules) against what the bot really measures.</summary>
public sealed partial class MonitoringFilesTests
{
    private const string Promtool = "/usr/bin/promtool";

    [Fact]
    public async Task Every_metric_is_explained_and_none_is_used_that_is_not_there()
    {
        var measured = await InstrumentsAsync();
        measured.Count.ShouldBeGreaterThan(15);

        var guide = Mentioned("operate.md");
        measured.Except(guide).ShouldBeEmpty("docs/operate.md explains each");
        foreach (var file in new[] { "operate.md", "operate/prometheus-rules.yaml", "operate/grafana-dashboard.json" })
            Mentioned(file).Except(measured).ShouldBeEmpty(file);
    }

    [Fact]
    public void The_rules_are_rules_that_Prometheus_takes()
    {
        if (!File.Exists(Promtool))
            throw new InvalidOperationException("promtool is missing. Install it: apt-get install prometheus (./test.sh does).");
        using var check = Process.Start(
            new ProcessStartInfo(Promtool, ["check", "rules", Path.Combine(Docs, "operate/prometheus-rules.yaml")])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = check.StandardOutput.ReadToEnd() + check.StandardError.ReadToEnd();
        check.WaitForExit();
        check.ExitCode.ShouldBe(0, said);
    }

    [Fact]
    public void The_dashboard_is_one_that_Grafana_imports()
    {
        var dashboard = JsonElement.Parse(Text("operate/grafana-dashboard.json"));
        dashboard.GetProperty("title").GetString().ShouldBe("Incident");
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToList();
        panels.Select(panel => panel.GetProperty("id").GetInt32()).ShouldBeUnique();
        foreach (var panel in panels)
        {
            panel.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
            foreach (var target in panel.GetProperty("targets").EnumerateArray())
                target.GetProperty("expr").GetString().ShouldNotBeNullOrEmpty();
        }
    }

    private static string Docs { get; } = Path.Combine(SourceTree.Root, "docs");

    private static string Text(string file) => File.ReadAllText(Path.Combine(Docs, file));

    private static HashSet<string> Mentioned(string file) => [.. Metric().Matches(Text(file)).Select(match => match.Groups["name"].Value)];

    private static async Task<HashSet<string>> InstrumentsAsync()
    {
        var names = new HashSet<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name is "Incident")
                    names.Add(instrument.Name);
            },
        };
        listener.Start();
        await using var bot = await BotUnderTest.StartAsync();
        RuntimeHelpers.RunClassConstructor(typeof(Meters).TypeHandle);
        return names;
    }

    [GeneratedRegex(
        @"\b(?<name>incident_[a-z_]+?)(_total|_bucket|_sum|_count)?\b",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Metric();
}
