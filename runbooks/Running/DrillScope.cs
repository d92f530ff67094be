namespace Runbooks.Running;

/// <summary>What a walk through a runbook has when nobody started it: no alert, no incident, no inputs but their defaults, little time.</summary>
/// <param name="Missing">Inputs whose value is not known; what needs one is left out.</param>
/// <param name="Until">After it nothing is asked any more.</param>
public sealed record DrillScope(IReadOnlyCollection<string> Missing, DateTimeOffset Until);
