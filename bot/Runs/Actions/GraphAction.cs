using System.ComponentModel;
using System.Text.Json;
using Bot.Desk;
using Bot.Incidents;
using Bot.Log;
using Bot.Storage;
using Integrations;
using Runbooks.Actions;
using Runbooks.Running;

namespace Bot.Runs.Actions;

public sealed record GraphArguments(
    [Description("What it shows.")] string Title,
    [DrawnSeries]
    [Description("As `prometheus/query-range` brings them: `labels`, and `points` as pairs. The first 20 are drawn.")]
        IReadOnlyList<GraphSeries> Series
);

public sealed record GraphSeries(
    [Description("Oldest first, each a pair: seconds since 1970, and the number; `NaN` and its like leave a gap.")]
        IReadOnlyList<IReadOnlyList<double>> Points,
    [Description("What tells the series apart.")] Dictionary<string, string>? Labels = null
);

/// <summary><c>chat/graph@1</c>: series over time, as a picture on the incident's timeline and in its channel.</summary>
internal sealed class GraphAction(IServiceProvider services, IEnumerable<IChatPlatform> platforms, IChatDirectory directory) : IStepAction
{
    private const int MostLines = 20;
    private const int MostLabel = 80;

    public string Name => "chat/graph@1";

    public string Summary => "Draws a graph, puts it onto the incident's timeline and posts it in its channel.";

    public Type Arguments => typeof(GraphArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PostedResult),
            [
                new(
                    FailureClass.NotSent,
                    "There is nothing to draw, or more than 50,000 points, or one that is no pair; or the platform does not answer."
                ),
                new(
                    FailureClass.Refused,
                    "The platform takes no picture for this channel, or the incident is private and the run is not part of it."
                ),
                new(FailureClass.Unknown, "The answer to the last call was lost."),
            ],
            """
            uses: chat/graph@1
            with:
              title: Errors a second
              series:
                - labels: { instance: web-1 }
                  points: [[1795521600, 0.5], [1795521660, 12]]
            """
        );

    public bool ShowsArguments => true;

    public StepEffect EffectOf(JsonElement with) => StepEffect.Once;

    public string Describe(JsonElement with) => $"graph: {with.GetProperty("title")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var graph = call.With.Deserialize<GraphArguments>(ActionJson.Options)!;
        var lines = graph.Series.Take(MostLines).Select(Line).ToList();
        if (LineGraph.Draw(graph.Title, lines) is not { } picture)
            return new ActionResult.Failed(FailureClass.NotSent, "There is no point to draw.");
        var left = graph.Series.Count - lines.Count;
        if (left > 0)
            call.Output($"{left} more series are not drawn");
        if (call.Incident is not { } number)
            return ActionResult.Success(new PostedResult(false));
        var incident = StreamId.Incident(number).Value;
        var file = new ChatFile("graph.png", graph.Title, Legend(lines, left), picture);
        // First where nothing can be lost: a chat platform that is down takes the picture from nobody's eyes.
        if (await AttachAsync(call, number, file, cancel) is ActionResult.Failed refused)
            return refused;
        var posted = false;
        foreach (var platform in platforms.Where(platform => platform is { IsOn: true, ReadsTheLog: false }))
        {
            if (directory.RoomOf(platform.Name, incident) is not { } room)
                continue;
            // Taken as private where it is not to be read.
            var isPrivate = await services.GetRequiredService<IncidentTable>().FindAsync(number, cancel) is not { Private: false };
            var place = new ChatRoom(incident, room) { Private = isPrivate };
            var receipt = await platform.UploadAsync(place, file, cancel);
            if (!receipt.Delivered)
                return new ActionResult.Failed(
                    receipt.Doubtful ? FailureClass.Unknown
                        : receipt.Retryable ? FailureClass.NotSent
                        : FailureClass.Refused,
                    $"{platform.Name}: {receipt.Error}"
                );
            posted = true;
        }

        if (!posted)
            call.Output("no chat platform has a channel for this incident");
        return ActionResult.Success(new PostedResult(true));
    }

    private async Task<ActionResult> AttachAsync(ActionCall call, int incident, ChatFile file, CancellationToken cancel)
    {
        const string mediaType = "image/png";
        var hash = await services.GetRequiredService<FileTable>().PutAsync(incident, mediaType, file.Content, cancel);
        return await IncidentCall.RunAsync(
            services.GetRequiredService<IDesk>(),
            call,
            new IncidentCommand.Record(
                new IncidentFact.FileAttached(file.Name, file.Title, file.Comment, mediaType, hash, file.Content.Length)
            ),
            $"graph: {file.Title}",
            cancel
        );
    }

    private static GraphLine Line(GraphSeries series)
    {
        var label = string.Join(", ", (series.Labels ?? []).Select(known => $"{known.Key}={known.Value}"));
        return new GraphLine(
            label.Length == 0 ? "value"
                : label.Length > MostLabel ? label[..(MostLabel - 1)] + "…"
                : label,
            [.. series.Points.Select(point => (DateTimeOffset.UnixEpoch.AddSeconds(point[0]), point[1]))]
        );
    }

    private static string Legend(IReadOnlyList<GraphLine> lines, int left)
    {
        var colors = lines.Select((line, at) => $"{LineGraph.Colors[at % LineGraph.Colors.Count]}: {line.Label}");
        return string.Join('\n', left > 0 ? [.. colors, $"and {left} more that are not drawn"] : colors);
    }
}
