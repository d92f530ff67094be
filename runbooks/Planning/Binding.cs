using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Runbooks.Expressions;
using Runbooks.Running;

namespace Runbooks.Planning;

/// <summary>
/// What a decision binds to: one question about exactly one thing, as a hash (SHA-256, hex). Whoever decides by a card sends back what stood on
/// it, and is refused once something else is asked. Pure.
/// </summary>
public static class Binding
{
    /// <summary>To do this step with these inputs: the definitions, the step, the inputs, and how often the run was begun anew.</summary>
    public static string OfStep(PlanView view, string path, string inputsHash) =>
        Hash(view.Books.Hash, path, inputsHash, view.State.Retries > 0 ? $"retry {view.State.Retries}" : null);

    /// <summary>What has no arguments of its own is asked with the run's inputs in mind: these, too, once they are others than it began with.</summary>
    /// <param name="hash">Of what is asked.</param>
    internal static string WithInputs(Unit unit, string hash) =>
        unit.Frame.IsRoot && unit.View.State.Former.Count > 0 ? Hash(hash, Plain(unit.Frame.Inputs)) : hash;

    // How a text is escaped depends on whether it comes from the log.
    private static string Plain(JsonElement inputs) => Values.ToJson(Values.From(inputs)).GetRawText();

    /// <summary>What became of this attempt. Asked about the next one, or with other evidence, it is another question.</summary>
    public static string OfAttempt(Unit unit, StepAttempt? attempt, string inputsHash) =>
        Hash(OfStep(unit.View, unit.Path, inputsHash), $"attempt {attempt?.Number}", $"decisions {unit.State.Decisions.Count}");

    /// <summary>To let a run go on that was taken over.</summary>
    /// <param name="epoch">With which it was.</param>
    public static string OfHold(string run, long epoch) => Hash(run, $"hold {epoch}");

    /// <summary>To go on from a step of a run that is over.</summary>
    public static string OfEnd(RunState run) => Hash(run.Id, $"end {run.Retries}");

    private static string Hash(params ReadOnlySpan<string?> parts) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [.. parts.ToArray().Where(part => part is not null)])))
        );
}
