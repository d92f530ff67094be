using System.Diagnostics.Metrics;
using Bot.Storage;

namespace Bot.Observability;

/// <summary>What is measured by looking: how much waits, how old it is, whether the database takes writes.</summary>
internal sealed class Gauges : IDisposable
{
    private readonly Meter meter = new(Meters.Name);
    private StoreGauges latest = new();

    public Gauges(StoreHealth health)
    {
        meter.CreateObservableGauge("incident_log_position", () => Latest.LogPosition, description: "Newest position on the log");
        meter.CreateObservableGauge(
            "incident_outbox_pending",
            () => Latest.EffectsPending,
            description: "Effects not carried out yet, those with a later due time included"
        );
        meter.CreateObservableGauge("incident_outbox_due", () => Latest.EffectsDue, description: "Effects that are due and wait");
        meter.CreateObservableGauge(
            "incident_outbox_lag_seconds",
            () => Latest.OutboxLagMicros / 1e6,
            "s",
            "Age of the oldest effect that is due"
        );
        meter.CreateObservableGauge("incident_outbox_dead", () => Latest.EffectsDead, description: "Effects that were given up");
        meter.CreateObservableGauge("incident_open_incidents", () => Latest.OpenIncidents, description: "Incidents that are open");
        meter.CreateObservableGauge("incident_live_runs", () => Latest.LiveRuns, description: "Runs that are not over");
        meter.CreateObservableGauge(
            "incident_runbooks_rotten",
            () => Latest.RottenRunbooks,
            description: "Runbooks in which the last drill found something"
        );
        meter.CreateObservableGauge(
            "incident_store_writable",
            () => health.IsWell ? 1 : 0,
            description: "1 while the database takes writes"
        );
    }

    public StoreGauges Latest
    {
        get => Volatile.Read(ref latest);
        set => Volatile.Write(ref latest, value);
    }

    public void Dispose() => meter.Dispose();
}
