using System.Globalization;

namespace Integrations;

/// <param name="Points">Oldest first; values that are no numbers leave a gap.</param>
public sealed record GraphLine(string Label, IReadOnlyList<(DateTimeOffset At, double Value)> Points);

/// <summary>Series over time as a picture for a chat channel: what a person sees at a glance, nothing more.</summary>
public static class LineGraph
{
    private const int Width = 960;
    private const int Height = 360;
    private const int Left = 64;
    private const int Right = 16;
    private const int Top = 16;
    private const int Bottom = 28;
    private const int Rows = 5;
    private const int Columns = 6;
    private const int Grid = 1;
    private const int Ink = 2;
    private const int FirstColor = 3;

    /// <summary>Names of the lines' colours, in the order of the lines; further lines begin anew.</summary>
    public static IReadOnlyList<string> Colors { get; } = ["blue", "orange", "green", "red", "purple", "brown", "pink", "grey"];

    private static readonly (byte, byte, byte)[] Palette =
    [
        (255, 255, 255),
        (226, 226, 226),
        (70, 70, 70),
        (31, 119, 180),
        (255, 127, 14),
        (44, 160, 44),
        (214, 39, 40),
        (148, 103, 189),
        (140, 86, 75),
        (227, 119, 194),
        (127, 127, 127),
    ];

    /// <returns>A PNG; null where there is no point to draw.</returns>
    public static byte[]? Draw(IReadOnlyList<GraphLine> lines)
    {
        var known = lines.SelectMany(line => line.Points).Where(point => double.IsFinite(point.Value)).ToList();
        if (known.Count == 0)
            return null;
        var image = new PngImage(Width, Height, Palette);
        var (from, to) = (known.Min(point => point.At), known.Max(point => point.At));
        var (low, high) = Bounds(known.Min(point => point.Value), known.Max(point => point.Value));
        var seconds = Math.Max((to - from).TotalSeconds, 1);
        int X(DateTimeOffset at) => Left + (int)Math.Round((at - from).TotalSeconds / seconds * (Width - Left - Right));
        int Y(double value) => Height - Bottom - (int)Math.Round((value - low) / (high - low) * (Height - Top - Bottom));
        for (var row = 0; row <= Rows; row++)
        {
            var value = low + ((high - low) * row / Rows);
            image.Line(Left, Y(value), Width - Right, Y(value), row == 0 ? Ink : Grid);
            var label = Short(value);
            Glyphs.Write(image, label, Left - 6 - (label.Length * Glyphs.Width), Y(value) - (Glyphs.Height / 2), Ink);
        }

        for (var column = 0; column <= Columns; column++)
        {
            var at = from + ((to - from) * column / Columns);
            image.Line(X(at), Top, X(at), Height - Bottom, column == 0 ? Ink : Grid);
            var label = at.UtcDateTime.ToString(seconds < 600 ? "HH:mm:ss" : "HH:mm", CultureInfo.InvariantCulture);
            var wide = label.Length * Glyphs.Width;
            Glyphs.Write(image, label, Math.Clamp(X(at) - (wide / 2), 0, Width - wide), Height - Bottom + 10, Ink);
        }

        for (var index = 0; index < lines.Count; index++)
            Trace(image, lines[index].Points, FirstColor + (index % Colors.Count), X, Y);
        return image.Encode();
    }

    private static void Trace(
        PngImage image,
        IReadOnlyList<(DateTimeOffset At, double Value)> points,
        int color,
        Func<DateTimeOffset, int> x,
        Func<double, int> y
    )
    {
        (int X, int Y)? last = null;
        foreach (var (at, value) in points)
        {
            if (!double.IsFinite(value))
            {
                last = null;
                continue;
            }

            var here = (x(at), y(value));
            image.Line(last?.X ?? here.Item1, last?.Y ?? here.Item2, here.Item1, here.Item2, color, thick: 2);
            last = here;
        }
    }

    // A quantity is seen against zero, unless it hardly moves far away from it.
    private static (double Low, double High) Bounds(double least, double greatest)
    {
        if (least > 0 && least < greatest / 2)
            least = 0;
        if (greatest - least < Math.Abs(greatest) * 1e-9 || greatest == least)
            return (least - 1, greatest + 1);
        return (least, greatest);
    }

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
        return scaled.ToString(Math.Abs(scaled) >= 100 ? "0" : "0.###", CultureInfo.InvariantCulture) + unit;
    }
}
