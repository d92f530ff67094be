using System.Globalization;
using System.Text;

namespace Bench;

/// <summary>Medians over the runs of each cell, beside the peer of the row, with the bars that they reach or miss.</summary>
internal static class Table
{
    private static readonly string[] Peers = ["alertmanager", "restate", "bolt"];

    public static string Of(IReadOnlyList<Result> results, IReadOnlyList<Bar> bars)
    {
        var cells = results
            .GroupBy(result => (result.Row, result.Who))
            .Select(runs => Median(runs.Key.Row, runs.Key.Who, [.. runs]))
            .GroupBy(cell => cell.Row)
            .ToList();
        var text = new StringBuilder();
        text.AppendLine("| row | who | per second | p50 ms | p99 ms | × peer | bar |").AppendLine("|---|---|---:|---:|---:|---:|---|");
        foreach (var row in cells)
        {
            var peer = row.FirstOrDefault(cell => Peers.Contains(cell.Who));
            foreach (var cell in row)
            {
                text.AppendLine(
                    $"| {cell.Row} | {cell.Who} | {Count(cell)} | {Milliseconds(cell.P50)} | {Milliseconds(cell.P99)} | {Ratio(cell, peer)} | {Told(cell, row, bars)} |"
                );
            }
        }

        return text.ToString();
    }

    private static Result Median(string row, string who, List<Result> runs) =>
        new(row, who, Of(runs, "rate"), Of(runs, "p50"), Of(runs, "p99"), runs.Sum(run => run.Failed), Of(runs, "value"), runs[0].Unit);

    private static double? Of(List<Result> runs, string figure) =>
        runs.Exists(run => run.Figure(figure) is null) ? null : Figures.Median(runs.Select(run => run.Figure(figure)!.Value));

    private static string Count(Result cell)
    {
        if (cell.Value is { } value)
            return $"{value.ToString(value < 10 ? "0.##" : "N0", CultureInfo.InvariantCulture)} {cell.Unit}";
        var rate = cell.Rate!.Value.ToString("N0", CultureInfo.InvariantCulture);
        return cell.Failed == 0 ? rate : $"{rate} ({cell.Failed} FAILED)";
    }

    private static string Milliseconds(double? time) => time?.ToString(time < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) ?? "";

    private static string Ratio(Result cell, Result? peer) =>
        peer is { Rate: > 0 } && cell.Rate is { } rate ? (rate / peer.Rate.Value).ToString("0.00", CultureInfo.InvariantCulture) : "";

    private static string Told(Result cell, IEnumerable<Result> row, IReadOnlyList<Bar> bars)
    {
        var told = new List<string>();
        foreach (var bar in bars.Where(bar => bar.Row == cell.Row && bar.Who == cell.Who))
        {
            var of = bar.Of is null ? 1 : row.FirstOrDefault(other => other.Who == bar.Of)?.Figure(bar.Figure);
            if (of is not > 0 || cell.Figure(bar.Figure) is not { } figure)
                continue;
            var reached = figure / of.Value;
            var met = bar.AtLeast ? reached >= bar.Bound : reached <= bar.Bound;
            told.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(bar.Figure is "value" ? "" : bar.Figure + " ")}{reached:0.##}{(bar.Of is null ? "" : "×")} {(bar.AtLeast ? "≥" : "≤")} {bar.Bound}{(bar.Of is null ? "" : "×")} {(met ? "✓" : "✗ MISSED")}"
                )
            );
        }

        return string.Join(", ", told);
    }
}
