using System.Globalization;
using System.Text.Json;

namespace Bench;

/// <summary>One run of one cell, as a row script prints it.</summary>
/// <param name="Rate">Units per second; null where <paramref name="Value"/> is the figure.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Failed">Requests that were not answered with 2xx.</param>
internal sealed record Result(
    string Row,
    string Who,
    double? Rate = null,
    double? P50 = null,
    double? P99 = null,
    int Failed = 0,
    double? Value = null,
    string? Unit = null
)
{
    public double? Figure(string name) =>
        name switch
        {
            "rate" => Rate,
            "p50" => P50,
            "p99" => P99,
            "value" => Value,
            _ => throw new InvalidDataException($"There is no figure '{name}'. Use rate, p50, p99 or value."),
        };

    public static IReadOnlyList<Result> ReadAll(string path) =>
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<Result>(line, JsonSerializerOptions.Web)!)];
}

/// <summary>What a figure has to reach.</summary>
/// <param name="Of">The peer whose same figure the bound is times of; null for a bound in the figure's own unit.</param>
internal sealed record Bar(string Row, string Who, string Figure, bool AtLeast, double Bound, string? Of)
{
    public static IReadOnlyList<Bar> ReadAll(string path) =>
        [
            .. File.ReadLines(path)
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split('\t'))
                .Select(field => new Bar(
                    field[0],
                    field[1],
                    field[2],
                    field[3] is ">=",
                    double.Parse(field[4], CultureInfo.InvariantCulture),
                    field[5] is "-" ? null : field[5]
                )),
        ];
}
