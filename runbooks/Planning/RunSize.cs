using System.Globalization;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>
/// How large a run may become. Each <c>for-each</c> has its own bounds, but one inside another multiplies them, and a run is held in
/// memory by whoever drives it.
/// </summary>
internal static class RunSize
{
    /// <summary>Targets under way at the same time, as many as one <c>for-each</c> may ask for.</summary>
    public const int MostAtOnce = 1_000;

    /// <summary>Steps that have begun, each target and each step of a called runbook counted.</summary>
    public const int MostSteps = 100_000;

    /// <summary>Of results, more than <see cref="MostSteps"/> bring with the little that each always has: only looks, which are kept whole, get there.</summary>
    public const long MostHeld = 256_000_000;

    /// <summary>Nothing that brings more steps with it may begin. Steps by themselves may: what cleans up always has room.</summary>
    /// <returns>Why; null: there is room.</returns>
    public static string? Full(RunState state) =>
        state.Steps.Count >= MostSteps
            ? string.Create(CultureInfo.InvariantCulture, $"the run has {MostSteps:N0} steps, and no run may have more: start several runs")
        : state.Bounded && state.Kept >= MostHeld
            ? $"the run holds {StepOutput.About(MostHeld)} of what its steps have brought, and no run may hold more: "
                + "let 'before' and 'check' bring less, or start several runs"
        : null;
}
