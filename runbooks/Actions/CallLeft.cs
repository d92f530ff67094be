namespace Runbooks.Actions;

/// <summary>Of one call: who of what it started lives on after its end. Whoever decides on a failure has to know it.</summary>
public sealed class CallLeft
{
    private volatile string? told;

    /// <param name="living">In words for people.</param>
    public void Note(string living) => told = living;

    public ActionResult On(ActionResult result) =>
        told is { } living && result is ActionResult.Failed failed
            ? failed with
            {
                Because = $"{failed.Because.TrimEnd('.')}; {living}",
            }
            : result;
}
