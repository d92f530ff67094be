using Runbooks.Expressions;

namespace Runbooks.Definition;

public enum TriggerMode
{
    Propose,
    Auto,
}

public enum BudgetEnd
{
    Escalate,
    Propose,
}

/// <param name="Cooldown">Per fingerprint, counted from the end of the last run.</param>
public sealed record AlertTrigger(
    IReadOnlyDictionary<string, IReadOnlyList<LabelMatch>> Match,
    TriggerMode Mode,
    TimeSpan? Cooldown,
    RunBudget? Budget
)
{
    /// <summary>Whether all labels match; a label that the alert lacks is the empty text.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels) =>
        Match.All(label => label.Value.Any(match => match.Holds(labels.GetValueOrDefault(label.Key) ?? "")));
}

public sealed record RunBudget(int Runs, TimeSpan Per, BudgetEnd Then);

/// <summary>One value a label may have: the text itself, or a pattern over all of it.</summary>
public sealed record LabelMatch(string Text, System.Text.RegularExpressions.Regex? Pattern)
{
    public bool Holds(string value) => Pattern?.IsMatch(value) ?? value == Text;
}

/// <param name="Zone">IANA name; null: UTC.</param>
/// <param name="With">Inputs of the run; a mapping.</param>
public sealed record ScheduleTrigger(CronSpec Cron, string? Zone, Template With);

/// <summary>What one types to start it, as <c>redis failover {shard}</c>: words, and inputs in braces.</summary>
public sealed record ChatTrigger(string Command)
{
    public IReadOnlyList<string> Words { get; } = Command.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public IEnumerable<string> Inputs => Words.Select(InputOf).OfType<string>();

    /// <summary>The input's name where the word stands for one, else null.</summary>
    public static string? InputOf(string word) => word is ['{', .. var name, '}'] && name.Length > 0 ? name : null;
}
