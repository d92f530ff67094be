namespace Bench;

internal static class Figures
{
    /// <param name="tookMs">One per thing that was done; sorted in place.</param>
    public static string Of(double[] tookMs, TimeSpan elapsed, long units)
    {
        Array.Sort(tookMs);
        return $"{{\"rate\":{units / elapsed.TotalSeconds:F1},\"p50\":{Percentile(tookMs, 0.5):F3},\"p99\":{Percentile(tookMs, 0.99):F3}}}";
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}
