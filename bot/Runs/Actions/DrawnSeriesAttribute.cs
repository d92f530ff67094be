using System.Text.Json;
using Runbooks.Actions;

namespace Bot.Runs.Actions;

/// <summary>Series of which each point has a place on a graph.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class DrawnSeriesAttribute : ExplainedRuleAttribute
{
    private const int MostPoints = 50_000;

    // The year 9999: what draws leaves some room behind the last point, and dates end with it.
    private const double LatestSecond = 253_370_764_800;

    public override string? Problem(object? value)
    {
        if (value is not IReadOnlyList<GraphSeries> all)
            return null;
        var points = all.SelectMany(
            (series, at) => (series?.Points ?? []).Select((point, number) => (Place: $"series[{at}].points[{number}]", point))
        );
        return all.Sum(series => series?.Points?.Count ?? 0) is > MostPoints and var count
                ? $"of at most {MostPoints} points in all, and has {count}: take a longer step between them"
            : points.FirstOrDefault(one => one.point is not [>= 0 and < LatestSecond, _]) is { Place: { } place, point: var wrong }
                ? $"of pairs of seconds since 1970, before the year 9999, and a number, as [1795521600, 0.5], and '{place}' is "
                    + JsonSerializer.Serialize(wrong, ActionJson.Options)
            : null;
    }

    public override string FormatErrorMessage(string name) => $"{name} a list of series with their points";
}
