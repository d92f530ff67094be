using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations;

/// <summary>What a call that failed says about the server that it was meant for.</summary>
internal enum Hindrance
{
    /// <summary>It gave no answer, or said itself that it cannot: it may be ill.</summary>
    Ill,

    /// <summary>It may not be called, or is not trusted to be the one that is meant: nothing is known of it.</summary>
    NotAsked,

    /// <summary>It answered, and does not let this caller in: it is up.</summary>
    KeptOut,

    /// <summary>It let the caller in, who may not do what was asked.</summary>
    NoRight,
}

/// <param name="Hindrance">Null: the call succeeded.</param>
internal readonly record struct Asked(ActionResult Result, Hindrance? Hindrance = null)
{
    /// <summary>
    /// What an action tells that only looks how a server is. That it is ill is a result, no failure. One that keeps the caller out is up,
    /// and what is wrong on this side is no outage: to take either for one would have people fail over a healthy server.
    /// </summary>
    public ActionResult OrIll<T>(Func<string, T> ill) =>
        (Result, Hindrance) switch
        {
            (ActionResult.Failed failed, Integrations.Hindrance.Ill) => ActionResult.Success(ill(failed.Because)),
            (ActionResult.Failed failed, Integrations.Hindrance.KeptOut or Integrations.Hindrance.NoRight) => failed with
            {
                Class = FailureClass.Refused,
            },
            _ => Result,
        };
}
