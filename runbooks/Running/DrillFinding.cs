namespace Runbooks.Running;

/// <summary>What a drill finds wrong with a runbook.</summary>
public enum Rot
{
    /// <summary>Its file is no runbook any more: it names an action or a runbook that is gone, or is not well formed.</summary>
    NotLoaded,

    /// <summary>A default that its own rules refuse.</summary>
    Input,

    /// <summary>A secret that is not there.</summary>
    Secret,

    /// <summary>Nobody answered.</summary>
    Unreachable,

    /// <summary>It was refused, or the answer is not what the runbook expects.</summary>
    Failing,

    /// <summary>Nobody has run it for too long.</summary>
    NeverRun,
}

/// <param name="Step">Null: it is about the runbook as a whole.</param>
public sealed record DrillFinding(Rot Kind, string? Step, string Message)
{
    public override string ToString() => Step is null ? Message : $"{Step}: {Message}";
}

/// <param name="Step">Path, as a run would have it.</param>
public sealed record DrillOmission(string Step, string Because);

/// <summary>What a walk through the steps of one runbook brought. Pure.</summary>
/// <param name="Made">Paths of the steps that were made.</param>
public sealed record DrilledSteps(IReadOnlyList<string> Made, IReadOnlyList<DrillOmission> LeftOut, IReadOnlyList<DrillFinding> Findings)
{
    // A whole error page of a proxy tells nobody more than its beginning.
    private const int LongestMessage = 500;

    public static DrilledSteps Nothing { get; } = new([], [], []);

    public static DrilledSteps Of(IReadOnlyList<PlannedStep> lines)
    {
        var (made, omitted, findings) = (new List<string>(), new List<DrillOmission>(), new List<DrillFinding>());
        string? over = null;
        foreach (var line in lines)
        {
            if (line.LeftOut is { } because)
                omitted.Add(new DrillOmission(line.Step, because));
            else if (line.Outcome is StepOutcome.Skipped)
                omitted.Add(new DrillOmission(line.Step, line.Call));
            if (line.Outcome is not (StepOutcome.Success or StepOutcome.Failure))
                continue;
            made.Add(line.Step);
            if (line.Outcome is StepOutcome.Failure)
            {
                // On a day when nothing is broken, what is expected of something broken is not there.
                if (over is not null && line.Answered)
                    omitted.Add(
                        new DrillOmission(line.Step, $"{Short(line.Because ?? "it failed")}; but a run would have ended well at {over}")
                    );
                else
                    findings.Add(new DrillFinding(KindOf(line), line.Step, Short(line.Because ?? "it failed")));
            }

            if (line.Ends)
                over ??= line.Step;
        }

        return new DrilledSteps(made, omitted, findings);
    }

    private static string Short(string text) => text.Length <= LongestMessage ? text : text[..LongestMessage] + " …";

    private static Rot KindOf(PlannedStep line) =>
        !line.Answered && line.Class is FailureClass.NotSent or FailureClass.Unknown ? Rot.Unreachable : Rot.Failing;
}
