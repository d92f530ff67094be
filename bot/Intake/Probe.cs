using Runbooks.Definition;

namespace Bot.Intake;

/// <summary>Something that is looked at again and again, by an action that changes nothing, and raises an alert when it fails.</summary>
/// <param name="Every">Between two looks.</param>
/// <param name="Timeout">For one look; what takes longer has failed.</param>
/// <param name="FailAfter">So many failures in a row raise the alert.</param>
/// <param name="ResolveAfter">So many successes in a row end it.</param>
/// <param name="Labels">Of the alert.</param>
/// <param name="Summary">Of the alert, for people.</param>
/// <param name="Definition">A runbook of one step: the look.</param>
internal sealed record Probe(
    string Name,
    TimeSpan Every,
    TimeSpan Timeout,
    int FailAfter,
    int ResolveAfter,
    IReadOnlyDictionary<string, string> Labels,
    string Summary,
    RunbookDefinition Definition
)
{
    /// <summary>The name of the source of their alerts.</summary>
    public const string Source = "probes";

    public StepDefinition Step => Definition.Steps[0];
}
