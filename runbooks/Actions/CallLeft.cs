namespace Runbooks.Actions;

/// <summary>Of one call: who of what it started lives on after its end. Whoever decides on a failure has to know it.</summary>
public sealed class CallLeft
{
    private volatile string? told;
    private volatile string? running;

    /// <summary>Who lives on, in words for people; null: nobody is known to.</summary>
    public string? Told => told;

    /// <summary>Those that may still do the call's work; null: nobody does.</summary>
    public string? Running => running;

    /// <summary>Some left to live on by themselves, as daemons do.</summary>
    /// <param name="living">In words for people.</param>
    public void Note(string living) => told = living;

    /// <summary>Some could not be ended, or nobody knows whether they have: what a look says of the call's effect may be over a moment later.</summary>
    /// <inheritdoc cref="Note" path="/param"/>
    public void Runs(string living) => told = running = living;

    public ActionResult On(ActionResult result) =>
        told is { } living && result is ActionResult.Failed failed
            ? failed with
            {
                Because = $"{failed.Because.TrimEnd('.')}; {living}",
            }
            : result;
}
