using System.Diagnostics;

namespace Runbooks.Running;

/// <summary>One span per attempt of a step, made only where somebody collects them.</summary>
internal static class StepTraces
{
    private static readonly ActivitySource Source = new("Incident");

    public static Activity? Start(string run, RunFact.StepStarted started) =>
        Source
            .StartActivity("step " + started.Step)
            ?.SetTag("incident.run", run)
            .SetTag("incident.attempt", started.Number)
            .SetTag("incident.step.effect", started.Effect.ToString());
}
