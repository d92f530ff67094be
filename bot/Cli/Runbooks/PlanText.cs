using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bot.Cli.Runbooks;

/// <summary>A plan as the API gives it, for people.</summary>
internal static class PlanText
{
    public static string Of(JsonElement plan)
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Plan of {Text(plan, "runbook")}. Steps that only read were made for real, no other was."
        );
        var steps = plan.GetProperty("steps").EnumerateArray().ToList();
        foreach (var step in steps)
        {
            text.AppendLine();
            text.Append(CultureInfo.InvariantCulture, $"{Text(step, "step")}  {Text(step, "effect") ?? "-"}");
            if (Text(step, "name") is { } name)
                text.Append(CultureInfo.InvariantCulture, $"  {name}");
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"    {Text(step, "call")}");
            foreach (var note in Notes(step))
                text.AppendLine(CultureInfo.InvariantCulture, $"    {note}");
        }

        var changes = steps.Where(step => Text(step, "effect") is { } effect && effect != "read").ToList();
        var unknown = steps.Count(step => !IsKnown(step));
        text.AppendLine();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{changes.Count} calls would change something; {unknown} steps are not known before they run."
        );
        return text.ToString();
    }

    private static IEnumerable<string> Notes(JsonElement step)
    {
        if (Text(step, "if") is { } condition)
            yield return $"only if {condition.Trim()}";
        if (step.TryGetProperty("approval", out var approval) && approval.GetBoolean())
            yield return "people approve it first";
        if (step.TryGetProperty("targets", out var targets) && targets.ValueKind is JsonValueKind.Number)
            yield return $"{targets.GetRawText()} targets";
        if (Text(step, "outcome") is { } outcome)
            yield return outcome is "skipped" ? "would be skipped" : $"made for real: {outcome}";
        if (Text(step, "because") is { } because)
            yield return because;
        if (step.TryGetProperty("dependsOn", out var needs) && needs.GetArrayLength() > 0)
            yield return $"depends on {string.Join(", ", needs.EnumerateArray().Select(need => need.GetString()))}";
        else if (!IsKnown(step))
            yield return "depends on what earlier steps bring";
    }

    private static bool IsKnown(JsonElement step) => !step.TryGetProperty("known", out var known) || known.GetBoolean();

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
