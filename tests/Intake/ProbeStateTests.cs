using Bot.Alerts;
using CsCheck;

namespace Tests.Intake;

/// <summary>When a probe fires and when it ends, over any course of things.</summary>
public sealed class ProbeStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_fires_with_the_run_of_failures_and_ends_with_the_run_of_successes() =>
        Gen.Select(Gen.Bool.List[0, 60], Gen.Int[1, 5], Gen.Int[1, 5])
            .Sample(
                (looks, failAfter, resolveAfter) =>
                {
                    var state = ProbeState.Fresh;
                    var (fires, failed, well, since) = (false, 0, 0, Noon);
                    for (var i = 0; i < looks.Count; i++)
                    {
                        var at = Noon.AddMinutes(i);
                        state = state.After(looks[i], failAfter, resolveAfter, at);
                        (failed, well) = looks[i] ? (0, well + 1) : (failed + 1, 0);
                        since = failed == 1 && !fires ? at : since;
                        var before = fires;
                        fires = fires ? well < resolveAfter : failed >= failAfter;
                        state.Firing.ShouldBe(fires);
                        // Told exactly where something changed, with the start of the failures that count.
                        state.Told.ShouldBe(before == fires);
                        if (before != fires)
                            state.FailingSince.ShouldBe(since);
                        // What is counted anew begins with the change.
                        if (before && !fires)
                            failed = 0;
                        if (fires && !before)
                            well = 0;
                        state = state.AsTold();
                    }
                }
            );
}
