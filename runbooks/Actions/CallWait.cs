namespace Runbooks.Actions;

/// <summary>What a call waits for whose target has answered: where its time ends, people read this and not that nobody answered. Of one call.</summary>
public sealed class CallWait
{
    private volatile string? words;

    /// <summary>Null: it waits for an answer.</summary>
    public string? Words => words;

    /// <param name="words">What was last seen, as the end of "within 5m it was not done: …".</param>
    public void For(string words) => this.words = words;
}
