namespace Runbooks.Running;

/// <summary>What the drill of one runbook found.</summary>
/// <param name="Runbook">Its name; that of the file where it cannot be read.</param>
/// <param name="Hash">Of the text that was drilled; null where it is no runbook.</param>
/// <param name="Made">Paths of the steps that were made for real.</param>
public sealed record DrillReport(
    string Runbook,
    DateTimeOffset At,
    string Node,
    string? Hash,
    IReadOnlyList<string> Made,
    IReadOnlyList<DrillOmission> LeftOut,
    IReadOnlyList<DrillFinding> Findings
)
{
    public bool IsRotten => Findings.Count > 0;
}
