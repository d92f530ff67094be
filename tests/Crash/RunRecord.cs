using Bot.Desk;
using Bot.Log;
using Bot.Storage;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Crash;

/// <summary>What the log says of a run that is over.</summary>
internal sealed record RunRecord(RunState State, IReadOnlyList<RunFact> Facts)
{
    public static async Task<RunRecord> ReadAsync(EventTable events, string run)
    {
        var facts = new List<RunFact>();
        RunState? state = null;
        foreach (var logged in await events.OfStreamAsync(StreamId.Run(run), default))
        {
            FactFamilies.Catalog.TryRead(logged.Type, logged.Data, out var read).ShouldBeTrue(logged.Type);
            var fact = (RunFact)read!;
            facts.Add(fact);
            state = RunState.Evolve(run, state, fact, logged.HappenedAt);
        }

        return new RunRecord(state!, facts);
    }

    public int AttemptsOf(string step) => Facts.OfType<RunFact.StepStarted>().Count(fact => fact.Step == step);

    public int PeopleOn(string step) =>
        Facts.OfType<RunFact.Decided>().Count(fact => fact.Step == step && fact.Decision is RunDecision.RunAgain or RunDecision.Happened);

    /// <summary>How often a check found out whether the step had happened.</summary>
    public int ProbesOn(string step) =>
        Facts.OfType<RunFact.StepEnded>().Count(fact => fact.Step == step + ".check" && fact.Outcome is StepOutcome.Success);

    public int Effects(CountingTarget target, IEnumerable<string> steps) => steps.Sum(step => target.EffectsOf($"{State.Id}/{step}"));

    /// <summary>The promise: never more effects, and never more attempts, than recorded decisions by people or checks, plus one.</summary>
    /// <param name="where">Shown where it does not hold.</param>
    public void OnceHolds(CountingTarget target, IEnumerable<string> steps, string where)
    {
        foreach (var step in steps)
        {
            var effects = target.EffectsOf($"{State.Id}/{step}");
            var decisions = PeopleOn(step) + ProbesOn(step);
            effects.ShouldBeLessThanOrEqualTo(decisions + 1, $"{step}, {where}");
            AttemptsOf(step).ShouldBeLessThanOrEqualTo(decisions + 1, $"{step}, {where}");
            // Nobody lied, and the run came to its end: so it is exactly one.
            effects.ShouldBe(1, $"{step}, {where}");
        }
    }
}
