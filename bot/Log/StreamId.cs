using System.Globalization;

namespace Bot.Log;

/// <summary>The name of one ordered stream of facts: <c>inc-42</c>, <c>run-…</c>, <c>access</c>.</summary>
internal readonly record struct StreamId(string Value)
{
    public static StreamId Access { get; } = new("access");

    public static StreamId Silences { get; } = new("silences");

    public static StreamId Automation { get; } = new("automation");

    public static StreamId Incident(int number) => new(string.Create(CultureInfo.InvariantCulture, $"inc-{number}"));

    public static StreamId Run(string runId) => new(runId);

    public bool IsIncident => Value.StartsWith("inc-", StringComparison.Ordinal);

    public bool IsRun => Value.StartsWith("run-", StringComparison.Ordinal);

    /// <summary>The number of an incident's stream, or null where the text is none.</summary>
    public static int? IncidentNumber(string? text) =>
        text is not null
        && text.StartsWith("inc-", StringComparison.Ordinal)
        && int.TryParse(text.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    public override string ToString() => Value;
}
