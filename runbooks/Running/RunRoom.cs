namespace Runbooks.Running;

/// <summary>
/// How much a run holds of what its steps bring: whoever drives it, shows it or takes it over has all of it in memory. Each result may take a
/// share of what is left, so that a few large ones leave room for the many small ones that a runbook goes by.
/// </summary>
internal static class RunRoom
{
    /// <summary>Of one result, where there is room: 5,000 points of Prometheus take about 150 KB, a deployment with many containers 100 KB.</summary>
    public const int MostOfOne = 256_000;

    public const int Most = 16_000_000;

    // A status, a few headers, a line of text: about what the state of a step takes by itself, so it holds 100,000 of them no worse.
    private const int Least = 2_000;
    private const int Share = 16;

    /// <summary>
    /// What is handed on (lists of <c>for-each</c>, inputs of called runbooks) has as much of its own: nothing can be left out of it, and no
    /// result must be the reason that a step cannot begin.
    /// </summary>
    /// <param name="given">Bytes that are handed on besides what the run holds.</param>
    public static bool Takes(RunState run, long given, long size) => !run.Bounded || size <= Least || run.Given + given + size <= Most;

    public static string TooMuch(long size) =>
        $"{StepOutput.About(size)} would be handed on, and the lists of 'for-each' and the inputs of called runbooks may take "
        + $"{StepOutput.About(Most)} in one run: hand on less, or start several runs";

    /// <summary>A look takes no share: by it a step is judged and taken back, and the next one replaces it.</summary>
    /// <param name="path">Of the step: what it has brought before makes room.</param>
    /// <param name="kept">Bytes that are kept besides what the run holds.</param>
    /// <returns>Bytes that may be kept of what the step brings now.</returns>
    public static int For(RunState run, string path, long kept = 0) =>
        StepPath.IsProbe(path)
            ? MostOfOne
            : (int)Math.Clamp((Most - run.Kept - kept + (run.Steps.GetValueOrDefault(path)?.OutputsSize ?? 0)) / Share, Least, MostOfOne);
}
