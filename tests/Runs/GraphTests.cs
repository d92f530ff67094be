using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bot.Access;
using Bot.Runs;
using Integrations;
using SkiaSharp;
using Tests.Actions;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>What a real Prometheus says over a time is seen on the incident's page, by whoever may see the incident.</summary>
public sealed partial class GraphTests
{
    [Fact]
    public async Task A_range_query_becomes_a_picture_on_the_timeline()
    {
        var folder = Directory.CreateTempSubdirectory("incident-graph-");
        using var prometheus = new PrometheusServer(folder.FullName);
        await prometheus.UntilReadyAsync();
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$$"""
                runbook: show-errors
                steps:
                  - id: load
                    uses: prometheus/query-range@1
                    with: { url: "{{{prometheus.Address}}}", query: 'label_replace(vector(time() % 60), "job", "web", "", "")', since: 10m }
                    outputs: { series: "${{ result.series }}" }
                  - id: draw
                    uses: chat/graph@1
                    with: { title: Errors a second, series: "${{ steps.load.outputs.series }}" }
                """,
            ]
        );
        var anna = await bot.TokenAsync(Role.Responder, "anna");
        var bob = await bot.PersonAsync("bob", Role.Viewer);
        await BotUnderTest.SayAsync(anna, "/incident declare The web is slow --private");
        await BotUnderTest.SayAsync(anna, "/incident run show-errors", "inc-1");
        var address = await bot.UntilAsync(async () =>
            Picture().Match(await anna.GetStringAsync(new Uri("/incidents/inc-1", UriKind.Relative))) is { Success: true } found
                ? found.Groups["address"].Value
                : null
        );

        using var seen = await anna.GetAsync(new Uri(address, UriKind.Relative));
        seen.Content.Headers.ContentType!.MediaType.ShouldBe("image/png");
        (await seen.Content.ReadAsByteArrayAsync()).Take(8).ShouldBe(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A });
        foreach (var (client, path) in new[] { (bob, address), (anna, address[..^1]) })
        {
            using var none = await client.GetAsync(new Uri(path, UriKind.Relative));
            none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task Twenty_series_of_as_many_points_as_usual_are_drawn()
    {
        var folder = Directory.CreateTempSubdirectory("incident-graph-");
        using var prometheus = new PrometheusServer(folder.FullName);
        await prometheus.UntilReadyAsync();
        var series = Enumerable
            .Range(1, 20)
            .Select(n => $"label_replace(sqrt(vector(time() + {n})), \"instance\", \"web-{n}.eu-central-1.example.com:9090\", \"\", \"\")");
        await using var bot = await BotUnderTest.StartAsync(
            runbooks:
            [
                $$$"""
                runbook: show-all
                steps:
                  - id: load
                    uses: prometheus/query-range@1
                    with: { url: "{{{prometheus.Address}}}", query: '{{{string.Join(" or ", series)}}}', since: 1h }
                    expect: result.count == 20 && len(result.series[19].points) == 121
                  - id: draw
                    uses: chat/graph@1
                    with: { title: Roots, series: "${{ steps.load.outputs.series }}" }
                """,
            ]
        );
        var anna = await bot.TokenAsync(Role.Responder, "anna");
        await BotUnderTest.SayAsync(anna, "/incident declare The web is slow");
        await BotUnderTest.SayAsync(anna, "/incident run show-all", "inc-1");

        var run = await bot.UntilAsync(async () =>
            (await BotUnderTest.JsonAsync(anna, "/api/v1/runs")).GetProperty("items").EnumerateArray().FirstOrDefault() is var one
            && one.ValueKind is JsonValueKind.Object
            && one.GetProperty("state").GetString() is "succeeded" or "failed"
                ? await anna.GetStringAsync(new Uri($"/api/v1/runs/{one.GetProperty("id").GetString()}", UriKind.Relative))
                : null
        );
        run.Contains("\"state\":\"succeeded\"", StringComparison.Ordinal).ShouldBeTrue(run[..Math.Min(run.Length, 2000)]);
        var page = await anna.GetStringAsync(new Uri("/incidents/inc-1", UriKind.Relative));
        page.ShouldContain("instance=web-20.eu-central-1.example.com:9090");
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(253370764800.0)]
    [InlineData(1e300)]
    public async Task A_moment_that_no_graph_can_show_is_refused_by_its_place(double at)
    {
        await using var bot = await BotUnderTest.StartAsync();

        var misfit = Called.Misfit(
            bot.Get<Definitions>().Actions["chat/graph@1"],
            new { title = "Errors", series = new[] { new { points = new[] { new[] { 1795521600, 1.0 }, new[] { at, 2.0 } } } } }
        );

        misfit.ShouldContain("'series[0].points[1]' is [");
        misfit.ShouldContain("seconds since 1970, before the year 9999");
    }

    [Fact]
    public void Each_series_has_its_colour_a_gap_where_there_is_no_number_and_its_name_in_the_legend()
    {
        var noon = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
        GraphLine Level(string label, double value) =>
            new(label, [.. Enumerable.Range(0, 61).Select(n => (noon.AddMinutes(n), n is > 20 and < 40 ? double.NaN : value))]);

        var drawn = LineGraph.Draw("Errors", [Level("web-1", 10), Level("web-2", 20)])!;

        using var picture = SKBitmap.Decode(drawn);
        (picture.Width, picture.Height).ShouldBe((960, 440));
        foreach (var color in new[] { new SKColor(31, 119, 180), new SKColor(255, 127, 14) })
        {
            var row = Enumerable
                .Range(0, picture.Height)
                .MaxBy(y => Enumerable.Range(0, picture.Width).Count(x => picture.GetPixel(x, y) == color));
            var colored = Enumerable.Range(0, picture.Width).Where(x => picture.GetPixel(x, row) == color).ToList();
            colored.Count.ShouldBeInRange(400, 650, "two thirds of the width");
            colored.Zip(colored.Skip(1), (left, right) => right - left).Max().ShouldBeInRange(200, 350, "the gap");
        }

        // A letter more in the title or the legend is seen, and so is another hour at the axis.
        LineGraph.Draw("Errors!", [Level("web-1", 10), Level("web-2", 20)]).ShouldNotBe(drawn);
        LineGraph.Draw("Errors", [Level("web-1", 10), Level("web-3", 20)]).ShouldNotBe(drawn);
        LineGraph.Draw("Errors", [Level("web-1", double.NaN)]).ShouldBeNull();
    }

    [GeneratedRegex("<img src=\"(?<address>[^\"]+)\" alt=\"Errors a second. blue: job=web\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Picture();
}
