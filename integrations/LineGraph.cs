using System.Globalization;
using ScottPlot;
using ScottPlot.Palettes;
using ScottPlot.TickGenerators;

namespace Integrations;

/// <param name="Points">Oldest first; values that are no numbers leave a gap.</param>
public sealed record GraphLine(string Label, IReadOnlyList<(DateTimeOffset At, double Value)> Points);

/// <summary>
/// Series over time as a picture for a timeline and a chat channel. Nothing else uses ScottPlot: it and its native library are
/// loaded by the first graph, not by the start.
/// </summary>
public static class LineGraph
{
    private const int Width = 960;
    private const int PlotHeight = 400;
    private const int LegendRow = 20;

    // A server often has no font at all, and a graph without numbers at its axes says little.
    private static readonly string Font = Shipped("DejaVu Sans", "DejaVuSans.ttf");

    /// <summary>Names of the lines' colours, in the order of the lines; further lines begin anew.</summary>
    public static IReadOnlyList<string> Colors { get; } =
    ["blue", "orange", "green", "red", "purple", "brown", "pink", "grey", "olive", "cyan"];

    /// <returns>A PNG; null where there is no point to draw.</returns>
    public static byte[]? Draw(string title, IReadOnlyList<GraphLine> lines)
    {
        var known = lines.SelectMany(line => line.Points).Where(point => double.IsFinite(point.Value)).ToList();
        if (known.Count == 0)
            return null;
        using var plot = new Plot();
        var palette = new Category10();
        for (var index = 0; index < lines.Count; index++)
        {
            var line = plot.Add.Scatter(
                lines[index].Points.Select(point => point.At.UtcDateTime).ToArray(),
                lines[index].Points.Select(point => double.IsFinite(point.Value) ? point.Value : double.NaN).ToArray(),
                palette.GetColor(index)
            );
            line.LegendText = lines[index].Label;
            line.LineWidth = 2;
            // A point between two gaps would be no line at all.
            line.MarkerSize = 3;
        }

        var (from, to) = (known.Min(point => point.At.UtcDateTime), known.Max(point => point.At.UtcDateTime));
        if (from == to)
            (from, to) = (from.AddSeconds(-30), to.AddSeconds(30));
        plot.Axes.DateTimeTicksBottom().TickGenerator = new DateTimeAutomatic { LabelFormatter = at => Moment(at, to - from) };
        plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = Short };
        var (low, high) = Bounds(known.Min(point => point.Value), known.Max(point => point.Value));
        plot.Axes.SetLimits(from.ToOADate(), to.ToOADate(), low, high);
        plot.Axes.Bottom.Label.Text = "UTC";
        plot.Axes.Bottom.Label.FontSize = 12;
        plot.Title(title);
        plot.ShowLegend(Edge.Bottom).Legend.Orientation = Orientation.Vertical;
        plot.Axes.Title.Label.Bold = false;
        plot.Font.Set(Font);
        return plot.GetImageBytes(Width, PlotHeight + (LegendRow * lines.Count), ImageFormat.Png);
    }

    private static string Shipped(string family, string file)
    {
        Fonts.AddFontFile(family, Path.Combine(AppContext.BaseDirectory, "Fonts", file));
        return family;
    }

    // A quantity is seen against zero, unless it hardly moves far away from it.
    private static (double Low, double High) Bounds(double least, double greatest)
    {
        if (least > 0 && least < greatest / 2)
            least = 0;
        var isLevel = greatest - least <= Math.Abs(greatest) * 1e-6;
        var margin =
            !isLevel ? (greatest - least) / 20
            : greatest is 0 ? 1
            : Math.Abs(greatest) / 10;
        return (least is 0 ? 0 : least - margin, greatest + margin);
    }

    private static string Moment(DateTime at, TimeSpan span) =>
        at.ToString(
            span < TimeSpan.FromMinutes(10) ? "HH:mm:ss"
                : span < TimeSpan.FromDays(1) ? "HH:mm"
                : span < TimeSpan.FromDays(14) ? "MM-dd HH:mm"
                : "yyyy-MM-dd",
            CultureInfo.InvariantCulture
        );

    private static string Short(double value)
    {
        var (scaled, unit) = Math.Abs(value) switch
        {
            >= 1e12 => (value / 1e12, "T"),
            >= 1e9 => (value / 1e9, "G"),
            >= 1e6 => (value / 1e6, "M"),
            >= 1e4 => (value / 1e3, "k"),
            _ => (value, ""),
        };
        return scaled.ToString("G7", CultureInfo.InvariantCulture) + unit;
    }
}
