using System.Text.Json;
using Bot.Incidents;
using Bot.Log;
using Bot.Timeline;

namespace Tests.Incidents;

public sealed class StoryTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 25, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_storm_is_one_line_and_whatever_happens_in_it_ends_the_line()
    {
        var story = new Story(3);
        for (var i = 1; i <= 50; i++)
            story.Add(
                Joined(
                    i,
                    fired: 2,
                    resolved: 0,
                    i is 7 ? ["Other"]
                        : i is 1 ? ["Down"]
                        : []
                )
            );
        story.Add(Entry(51, "incident.note-added", "Note: what is this?"));
        story.Add(Joined(52, fired: 0, resolved: 1, []));

        story
            .Lines.Select(line => $"{line.Position} {line.HappenedAt:ss} {line.Text}")
            .ShouldBe(["50 01 100 alerts fired: Down, Other (in 50 deliveries)", "51 51 Note: what is this?", "52 52 1 alert resolved"]);
    }

    [Fact]
    public void Why_a_probe_failed_is_told_also_where_its_end_is_told_with_it()
    {
        var fact = new IncidentFact.AlertsJoined("d", "probes", "g", Ids(1), [], ["ProbeFailed"], 0, "shop: refused");
        var begins = Entry(1, "incident.alerts-joined", Sentences.Of(fact)!) with
        {
            Data = JsonSerializer.SerializeToElement(fact, FactJson.Options),
        };
        var story = new Story();
        story.Add(begins);
        story.Add(Joined(2, fired: 0, resolved: 1, []));

        begins.Text.ShouldBe("1 alert fired: ProbeFailed: shop: refused");
        story.Lines[0].Text.ShouldBe("1 alert fired, 1 alert resolved: ProbeFailed (in 2 deliveries): shop: refused");
    }

    [Fact]
    public void Only_the_newest_lines_are_kept()
    {
        var story = new Story(2);
        for (var i = 1; i <= 5; i++)
            story.Add(Entry(i, "incident.note-added", $"Note {i}"));

        story.Lines.Select(line => line.Text).ShouldBe(["Note 4", "Note 5"]);
    }

    [Theory]
    [InlineData("succeeded", null, "Repaired: runbook r succeeded (run-1)")]
    [InlineData("succeeded", "it only looked, and told", "Runbook r succeeded (run-1): it only looked, and told")]
    [InlineData("failed", "act: refused", "Runbook r failed (run-1): act: refused")]
    public void What_a_run_did_not_repair_is_not_called_repaired(string state, string? reason, string told) =>
        Sentences.Of(new IncidentFact.RunFinished("run-1", "r", state, reason)).ShouldBe(told);

    private static TimelineEntry Joined(int position, int fired, int resolved, IReadOnlyList<string> names)
    {
        var fact = new IncidentFact.AlertsJoined("d", "am", "g", Ids(fired), Ids(resolved), names, 0);
        var text = Sentences.Of(fired, resolved, 0, names);
        return Entry(position, "incident.alerts-joined", text) with { Data = JsonSerializer.SerializeToElement(fact, FactJson.Options) };
    }

    private static List<string> Ids(int count) => [.. Enumerable.Range(0, count).Select(i => $"f{i}")];

    private static TimelineEntry Entry(int second, string type, string text) =>
        new(second, type, At.AddSeconds(second), At.AddSeconds(second), "source:am", text, default, "");
}
