namespace Integrations;

/// <summary>The few signs that stand at the axes of a graph, five pixels wide and seven high.</summary>
internal static class Glyphs
{
    public const int Width = 6;
    public const int Height = 7;

    // A row a number, the left pixel in the highest of five bits.
    private static readonly Dictionary<char, byte[]> Known = new()
    {
        ['0'] = [14, 17, 19, 21, 25, 17, 14],
        ['1'] = [4, 12, 4, 4, 4, 4, 14],
        ['2'] = [14, 17, 1, 2, 4, 8, 31],
        ['3'] = [31, 2, 4, 2, 1, 17, 14],
        ['4'] = [2, 6, 10, 18, 31, 2, 2],
        ['5'] = [31, 16, 30, 1, 1, 17, 14],
        ['6'] = [6, 8, 16, 30, 17, 17, 14],
        ['7'] = [31, 1, 2, 4, 8, 8, 8],
        ['8'] = [14, 17, 17, 14, 17, 17, 14],
        ['9'] = [14, 17, 17, 15, 1, 2, 12],
        ['.'] = [0, 0, 0, 0, 0, 12, 12],
        [':'] = [0, 12, 12, 0, 12, 12, 0],
        ['-'] = [0, 0, 0, 31, 0, 0, 0],
        ['+'] = [0, 4, 4, 31, 4, 4, 0],
        ['E'] = [31, 16, 16, 30, 16, 16, 31],
        ['k'] = [16, 16, 18, 20, 24, 20, 18],
        ['M'] = [17, 27, 21, 21, 17, 17, 17],
        ['G'] = [14, 17, 16, 23, 17, 17, 15],
        ['T'] = [31, 4, 4, 4, 4, 4, 4],
    };

    /// <summary>Writes a text; signs that are not known leave a gap.</summary>
    public static void Write(PngImage image, string text, int x, int y, int color)
    {
        foreach (var sign in text)
        {
            if (Known.TryGetValue(sign, out var rows))
            {
                for (var row = 0; row < Height; row++)
                {
                    for (var column = 0; column < 5; column++)
                    {
                        if ((rows[row] >> (4 - column) & 1) == 1)
                            image.Set(x + column, y + row, color);
                    }
                }
            }

            x += Width;
        }
    }
}
