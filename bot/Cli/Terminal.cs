using System.Text.Json;
using Bot.Log;

namespace Bot.Cli;

/// <summary>Where a command writes: results to one side, progress and problems to the other.</summary>
/// <param name="Json">Whether results are for a machine.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool Json)
{
    private static readonly JsonSerializerOptions Options = new(FactJson.Options) { WriteIndented = true };

    /// <returns>The exit code of success.</returns>
    public int Result(object value, string text)
    {
        Out.WriteLine(Json ? JsonSerializer.Serialize(value, value.GetType(), Options) : text);
        return CommandLine.Success;
    }

    /// <returns>The exit code of a finding or failure.</returns>
    public int Problem(string sentence)
    {
        Error.WriteLine(sentence);
        return CommandLine.Failure;
    }

    /// <returns>The exit code of wrong usage.</returns>
    public int Misused(string sentence)
    {
        Error.WriteLine(sentence);
        return CommandLine.WrongUsage;
    }

    public void Progress(string line) => Error.WriteLine(line);

    /// <summary>Columns as wide as their widest cell.</summary>
    public static string Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        List<IReadOnlyList<string>> all = [heads, .. rows];
        var widths = heads.Select((_, column) => all.Max(row => row[column].Length)).ToList();
        return string.Join(
            Environment.NewLine,
            all.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd())
        );
    }
}
