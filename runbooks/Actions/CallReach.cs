using Runbooks.Running;

namespace Runbooks.Actions;

/// <summary>
/// How far an action has come that looks before it acts (docs/adr/0041): while nothing but a look has left, nothing was changed, whatever
/// became of the look. An action that says nothing of this may have acted. Of one call.
/// </summary>
public sealed class CallReach
{
    /// <summary>For the guide of an action that looks first.</summary>
    public static FailureCase OnlyLooked { get; } =
        new(FailureClass.NotSent, "The look that comes first had no whole answer: nothing was changed.");

    private volatile bool acted;
    private volatile bool looks;

    /// <summary>One that does not come to an end, or not to a good one, was the last that was sent.</summary>
    /// <param name="failed">Of what is no result: whether it is a bad end.</param>
    public async Task<T> LookAsync<T>(Func<Task<T>> look, Func<T, bool>? failed = null)
    {
        looks = true;
        var found = await look();
        looks = found is ActionResult.Failed || failed?.Invoke(found) is true;
        return found;
    }

    /// <inheritdoc cref="LookAsync{T}"/>
    public Task LookAsync(Func<Task> look) =>
        LookAsync(async () =>
        {
            await look();
            return true;
        });

    /// <summary>Told before anything leaves that changes something.</summary>
    public void Acts() => acted = true;

    /// <summary>What the class of a failure is, whose action takes each call for one that acts.</summary>
    public ActionResult Judge(ActionResult result, StepEffect effect) =>
        looks && !acted && effect is not StepEffect.Read && result is ActionResult.Failed { Class: FailureClass.Unknown } failed
            ? failed with
            {
                Class = FailureClass.NotSent,
                Because = $"{failed.Because.TrimEnd('.')} (it had only looked so far: nothing was changed)",
            }
            : result;
}
