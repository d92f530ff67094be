using System.Text.Json;
using System.Text.Json.Serialization;
using Runbooks.Planning;

namespace Runbooks.Running;

/// <summary>One line of a plan: what a step would do, or did because it only reads.</summary>
/// <param name="Step">Path, as the run would have it.</param>
/// <param name="Call">The call in one line, or what cannot be known of it.</param>
/// <param name="Known">False: it depends on what <paramref name="DependsOn"/> bring.</param>
/// <param name="DependsOn">Steps that a plan does not make, and that this one needs.</param>
/// <param name="Targets">Of a <c>for-each</c>: how many; null where that is not known.</param>
/// <param name="Outcome">Of a step that was really made, or that would be skipped; null for all others.</param>
/// <param name="Result">What a step that was really made brought; secrets masked.</param>
/// <param name="Class">How far a call that failed got.</param>
/// <param name="Undo">What would take it back, if the run fails or somebody wants it undone; what is not known stands as it is written.</param>
/// <param name="Does">The whole call, what is not known of it as it is written; null where it is none, or nothing can be said of it.</param>
/// <param name="LeftOut">Why a drill did not make it; null in a plan.</param>
/// <param name="Answered">It was answered, whatever the runbook makes of the answer.</param>
/// <param name="Ends">With this answer a run would be over, and well.</param>
public sealed record PlannedStep(
    string Step,
    string? Name,
    StepEffect? Effect,
    string Call,
    string? If,
    bool Approval,
    bool Known,
    IReadOnlyList<string> DependsOn,
    int? Targets = null,
    StepOutcome? Outcome = null,
    string? Because = null,
    JsonElement? Result = null,
    FailureClass? Class = null,
    string? Undo = null,
    WholeCall? Does = null,
    string? LeftOut = null,
    [property: JsonIgnore] bool Answered = false,
    [property: JsonIgnore] bool Ends = false
);
