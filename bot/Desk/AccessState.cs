using Bot.Access;
using Bot.Log;
using Bot.Storage;

namespace Bot.Desk;

/// <summary>Who may do what, as this node knows it: a user removed on one node is out on all of them.</summary>
internal sealed class AccessState(
    EventTable events,
    FactCatalog catalog,
    ILogSignal signal,
    LocalToken local,
    TimeProvider time,
    ILogger<AccessState> logger
) : StreamFollower<AccessBook>(StreamId.Access, local.AddTo(AccessBook.Empty), events, catalog, signal, time, logger)
{
    protected override AccessBook Evolve(AccessBook current, object fact, DateTimeOffset at) =>
        fact is AccessFact access ? AccessBook.Evolve(current, access, at) : current;
}
