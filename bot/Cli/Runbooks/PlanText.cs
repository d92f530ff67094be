using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bot.Cli.Runbooks;

/// <summary>A plan as the API gives it, for people.</summary>
internal static class PlanText
{
    private const string Whole = "--format json has all of it";

    public static string Of(JsonElement plan)
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Plan of {Text(plan, "runbook")}. Steps that only read were made for real, no other was."
        );
        var steps = plan.GetProperty("steps").EnumerateArray().ToList();
        var afterAct = false;
        foreach (var step in steps)
        {
            text.AppendLine();
            text.Append(CultureInfo.InvariantCulture, $"{Text(step, "step")}  {Text(step, "effect") ?? "-"}");
            if (Text(step, "name") is { } name)
                text.Append(CultureInfo.InvariantCulture, $"  {name}");
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"    {Text(step, "call")}");
            var said = $"{Text(step, "call")} {Text(step, "undo")}";
            foreach (var line in step.TryGetProperty("does", out var does) ? WholeLines.Of(said, does, Whole) : [])
                text.AppendLine($"      {line}".TrimEnd());
            foreach (var note in Notes(step, afterAct))
                text.AppendLine(CultureInfo.InvariantCulture, $"    {note}");
            afterAct |= Acts(step);
        }

        var changes = Changes(steps);
        var unknown = steps.Count(step => !IsKnown(step));
        text.AppendLine();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{Counted.Of(changes, "call")} would change something; {Counted.Of(unknown, "step")} cannot be known before the run."
        );
        return text.ToString();
    }

    // A for-each counts by its targets: of a long list only the first are shown.
    private static int Changes(List<JsonElement> steps)
    {
        var acting = steps.Where(Acts).ToList();
        var lists = acting.Select(step => Text(step, "step") + "[").ToList();
        return acting
            .Where(step => !lists.Exists(list => Text(step, "step")!.StartsWith(list, StringComparison.Ordinal)))
            .Sum(step => Targets(step) ?? 1);
    }

    private static bool Acts(JsonElement step) =>
        Text(step, "effect") is { } effect && effect != "read" && Text(step, "outcome") != "skipped";

    private static int? Targets(JsonElement step) =>
        step.TryGetProperty("targets", out var targets) && targets.ValueKind is JsonValueKind.Number ? targets.GetInt32() : null;

    // What looks after an act finds in a plan what is there before it: that it fails is to be expected.
    private static IEnumerable<string> Notes(JsonElement step, bool afterAct)
    {
        if (Text(step, "if") is { } condition)
            yield return $"only if {condition.Trim()}";
        if (step.TryGetProperty("approval", out var approval) && approval.GetBoolean())
            yield return "people approve it first";
        if (Text(step, "outcome") is { } outcome)
            yield return outcome is "skipped" ? "would be skipped"
            : afterAct ? $"made for real, with nothing done before it: {outcome}"
            : $"made for real: {outcome}";
        if (Text(step, "because") is { } because)
            yield return because;
        if (Text(step, "undo") is { } undo)
            yield return $"undo: {undo}";
        if (step.TryGetProperty("dependsOn", out var needs) && needs.GetArrayLength() > 0)
            yield return $"depends on {string.Join(", ", needs.EnumerateArray().Select(need => need.GetString()))}";
        else if (!IsKnown(step))
            yield return "depends on what earlier steps bring";
    }

    private static bool IsKnown(JsonElement step) => !step.TryGetProperty("known", out var known) || known.GetBoolean();

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
