using System.Globalization;
using System.Text.Json;

namespace Integrations.Prometheus;

/// <summary>A pair of seconds since 1970 and a number as text: <c>[1795521600.123, "0.5"]</c>.</summary>
internal static class PrometheusValue
{
    public static DateTimeOffset At(JsonElement pair) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(pair[0].GetDouble() * 1000));

    public static double Number(JsonElement pair) =>
        pair[1].GetString() switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            { } text => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
            null => double.NaN,
        };

    public static Dictionary<string, string> Labels(JsonElement series) =>
        series
            .GetProperty("metric")
            .EnumerateObject()
            .ToDictionary(label => label.Name, label => label.Value.GetString() ?? "", StringComparer.Ordinal);
}
