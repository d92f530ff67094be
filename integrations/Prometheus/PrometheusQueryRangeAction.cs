using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Integrations.Prometheus;

public sealed record PrometheusQueryRangeArguments(
    [Untainted(UntaintedPart.Origin)]
    [HttpAddress(IsBase = true)]
    [Description("Address of Prometheus, or of what speaks its API.")]
        string Url,
    [Description("PromQL.")] string Query,
    [DurationText(Positive = true)] [Description("How far back it goes, as 30m or 2h; up to 366 days.")] string Since = "1h",
    [Description("The end of the range; by default now.")] DateTimeOffset? Until = null,
    [Description("Between two points, as 15s; by default a 120th of the range.")] string? Step = null,
    [HttpHeaders] [Description("Sent with it, as `Authorization`.")] Dictionary<string, string>? Headers = null
) : TlsArguments;

public sealed record PrometheusQueryRangeResult(
    [Description("How many series there are.")] int Count,
    [Description("One per set of labels.")] IReadOnlyList<PrometheusSeries> Series,
    [Description(
        "What Prometheus warns of, as an answer that is not whole: who takes it for proof asks for `len(result.warnings) == 0`, too."
    )]
        IReadOnlyList<string> Warnings
);

/// <param name="Minimum">Of the points; values that are no numbers are left out.</param>
public sealed record PrometheusSeries(
    [Description("The labels of the series.")] Dictionary<string, string> Labels,
    [Description("The least of the values.")] double? Minimum,
    [Description("The greatest of the values.")] double? Maximum,
    [Description("The newest value.")] double Last,
    [Description("Oldest first, each a pair: seconds since 1970, and the number (`NaN`, `Infinity` and `-Infinity` are texts).")]
        IReadOnlyList<IReadOnlyList<double>> Points
);

/// <summary><c>prometheus/query-range@1</c>.</summary>
public sealed class PrometheusQueryRangeAction(Outward outward) : IStepAction
{
    // As pairs they take about 150 KB: all of them are kept on the log of the run.
    private const int MostPoints = 5000;
    private const int UsualPoints = 120;

    public string Name => "prometheus/query-range@1";

    public string Summary => "Asks Prometheus how an expression went over a time.";

    public Type Arguments => typeof(PrometheusQueryRangeArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(PrometheusQueryRangeResult),
            [
                .. PrometheusFailures.All,
                new(FailureClass.Refused, "It has more than 5000 points in all: take a longer `step` or aggregate."),
            ],
            """
            uses: prometheus/query-range@1
            with:
              url: http://prometheus.example.com:9090
              query: redis_connected_slaves{shard="shop"}
              since: 2h
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        $"query {with.TextOf("query")} over {with.TextOf("since") ?? "1h"} at {SafeAddress.Of(with.TextOf("url"))}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<PrometheusQueryRangeArguments>(ActionJson.Options)!;
        var since = Duration.Parse(arguments.Since);
        var until = arguments.Until ?? outward.Time.GetUtcNow();
        var step = arguments.Step ?? Seconds(Math.Max(1, Math.Ceiling(since.TotalSeconds / UsualPoints)));
        return await outward.AskAsync<IPrometheusApi>(
            call,
            arguments.Url,
            arguments.Headers,
            async api =>
                PrometheusAnswer.Read(
                    await api.QueryRangeAsync(arguments.Query, Moment(until - since), Moment(until), step, cancel),
                    answer => Read(answer, call)
                ),
            PrometheusAnswer.Reason,
            cancel
        );
    }

    private static ActionResult Read(PrometheusAnswer answer, ActionCall call)
    {
        if (answer.Data is not { ResultType: "matrix" } data)
            return new ActionResult.Failed(
                FailureClass.Refused,
                "the answer is not Prometheus's: it holds no series. Is there a Prometheus at this address?"
            );
        var found = data.Result.EnumerateArray().Where(series => series.TryGetProperty("values", out _)).ToList();
        var points = found.Sum(series => series.GetProperty("values").GetArrayLength());
        call.Output($"{found.Count} series, {points} points");
        if (points > MostPoints)
            return new ActionResult.Failed(
                FailureClass.Refused,
                $"the answer has {points} points, at most {MostPoints} are kept: take a longer 'step' or aggregate, as by sum(…)"
            );
        return ActionResult.Success(new PrometheusQueryRangeResult(found.Count, [.. found.Select(Series)], answer.TellWarnings(call)));
    }

    private static PrometheusSeries Series(JsonElement series)
    {
        var points = series
            .GetProperty("values")
            .EnumerateArray()
            .Select(IReadOnlyList<double> (pair) => [pair[0].GetDouble(), PrometheusValue.Number(pair)])
            .ToList();
        var numbers = points.Select(point => point[1]).Where(value => !double.IsNaN(value)).ToList();
        return new PrometheusSeries(
            PrometheusValue.Labels(series),
            numbers.Count > 0 ? numbers.Min() : null,
            numbers.Count > 0 ? numbers.Max() : null,
            points[^1][1],
            points
        );
    }

    private static string Moment(DateTimeOffset at) => at.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
