using Bot.Alerts;
using CsCheck;

namespace Tests.Intake;

/// <summary>Any order and number of deliveries of one alert leaves a state that makes sense.</summary>
public sealed class EpisodeProperties
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    // A delivery: which episode (minutes after noon), firing or resolved.
    private static readonly Gen<(int Episode, bool Firing)> Delivery = Gen.Select(Gen.Int[0, 5], Gen.Bool);

    [Fact]
    public void A_state_is_never_older_than_what_was_seen_and_never_half() =>
        Delivery
            .Array[1, 30]
            .Sample(
                deliveries =>
                {
                    AlertState? known = null;
                    foreach (var (episode, firing) in deliveries)
                    {
                        var (change, after) = Take(known, episode, firing);
                        if (change is AlertChange.Stale or AlertChange.Repeated or AlertChange.ResolvedAgain)
                            after.ShouldBe(known);
                        after.StartsAt.ShouldBeGreaterThanOrEqualTo(known?.StartsAt ?? after.StartsAt);
                        (after.EndsAt is null).ShouldBe(after.Firing);
                        var (again, same) = Take(after, episode, firing);
                        again.ShouldBeOneOf(AlertChange.Repeated, AlertChange.ResolvedAgain, AlertChange.Stale);
                        same.ShouldBe(after);
                        known = after;
                    }

                    // A resolve whose firing never came says nothing about when the alert begins.
                    foreach (var (episode, _) in deliveries.Where(delivery => delivery.Firing))
                        known!.StartsAt.ShouldBeGreaterThanOrEqualTo(Noon.AddMinutes(episode));
                },
                iter: 10_000
            );

    [Fact]
    public void Deliveries_in_order_end_in_what_the_last_one_says_however_often_each_came() =>
        Gen.Int[1, 3]
            .Array[1, 12]
            .Sample(
                repeats =>
                {
                    AlertState? known = null;
                    var firings = 0;
                    for (var i = 0; i < repeats.Length; i++)
                    {
                        for (var copy = 0; copy < repeats[i]; copy++)
                            known = Take(known, i / 2, i % 2 == 0).After;
                        firings += i % 2 == 0 ? 1 : 0;
                    }

                    known!.Firing.ShouldBe(repeats.Length % 2 == 1);
                    known.Episodes.ShouldBe(firings);
                },
                iter: 2_000
            );

    [Fact]
    public void A_start_that_lay_ahead_makes_no_later_alert_an_old_one()
    {
        var ahead = Take(null, 600, firing: true).After;

        Take(ahead, 1, firing: true).Change.ShouldBe(AlertChange.Refired);
        Take(ahead, 1, firing: false).Change.ShouldBe(AlertChange.Resolved);
    }

    private static (AlertChange Change, AlertState After) Take(AlertState? known, int episode, bool firing)
    {
        var (starts, now) = (Noon.AddMinutes(episode), Noon.AddMinutes(60));
        var change = Episodes.Compare(known, firing, starts, now);
        return (change, Episodes.After(known, change, starts, firing ? null : starts.AddSeconds(30), now));
    }
}
