using Bot.Access;
using Bot.Alerts;
using Bot.Incidents;
using Bot.Log;
using Runbooks.Running;

namespace Bot.Desk;

/// <summary>The families of facts that this version knows.</summary>
internal static class FactFamilies
{
    public static FactCatalog Catalog { get; } =
        new([
            ("incident", typeof(IncidentFact)),
            ("run", typeof(RunFact)),
            ("access", typeof(AccessFact)),
            ("silence", typeof(SilenceFact)),
            ("automation", typeof(AutomationFact)),
        ]);
}
