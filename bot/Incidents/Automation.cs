namespace Bot.Incidents;

/// <summary>Whether runbooks may start by themselves, by alerts and schedules. What a person starts is not automation.</summary>
/// <param name="StoppedBy">Null while they may.</param>
internal sealed record Automation(string? StoppedBy, string? Reason, DateTimeOffset? Since)
{
    public static Automation Allowed { get; } = new(null, null, null);

    /// <summary>Why nothing starts by itself; null: it does.</summary>
    public string? Refusal => StoppedBy is null ? null : $"All automation was stopped by {StoppedBy}: {Reason}";

    public static Automation Evolve(Automation current, AutomationFact fact, DateTimeOffset at) =>
        fact switch
        {
            AutomationFact.Stopped stopped => new Automation(stopped.By, stopped.Reason, at),
            AutomationFact.Resumed => Allowed,
            _ => current,
        };
}

internal abstract record AutomationFact
{
    private AutomationFact() { }

    /// <summary>Nothing starts by itself any more, and what is under way is stopped.</summary>
    public sealed record Stopped(string By, string Reason) : AutomationFact;

    public sealed record Resumed(string By, string Reason) : AutomationFact;
}
