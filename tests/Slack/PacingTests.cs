using Integrations;
using Integrations.Slack.Sending;
using Microsoft.Extensions.Time.Testing;

namespace Tests.Slack;

/// <summary>Many want to write at once; each second of a virtual hour whoever may go goes, the least urgent first.</summary>
public sealed class PacingTests
{
    private static readonly CardPriority[] LeastUrgentFirst =
    [
        CardPriority.Progress,
        CardPriority.Card,
        CardPriority.State,
        CardPriority.Decision,
        CardPriority.Page,
    ];

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_flood_of_edits_keeps_the_tier_and_holds_up_neither_an_approval_nor_a_state()
    {
        var pacing = new SlackPacing(time);
        var made = new List<DateTimeOffset>();
        for (var second = 0; second < 600; second++)
        {
            // A hundred cards of runs and of incidents want an edit all the time.
            foreach (var priority in new[] { CardPriority.Progress, CardPriority.Card })
            {
                for (var card = 0; card < 50 && Goes(pacing, SlackMethod.Update, null, priority); card++)
                    made.Add(time.GetUtcNow());
            }

            if (second % 30 == 0)
            {
                Goes(pacing, SlackMethod.Update, null, CardPriority.State).ShouldBeTrue($"a state in second {second}");
                Goes(pacing, SlackMethod.Update, null, CardPriority.Decision).ShouldBeTrue($"an approval in second {second}");
                made.AddRange([time.GetUtcNow(), time.GetUtcNow()]);
            }

            time.Advance(TimeSpan.FromSeconds(1));
        }

        MostInAMinute(made).ShouldBeInRange(30, 50);
    }

    [Fact]
    public void A_thousand_lines_over_twenty_channels_keep_to_the_workspace_and_let_a_page_through()
    {
        var pacing = new SlackPacing(time);
        var wanted = Enumerable.Range(1, 20).ToDictionary(channel => $"C{channel}", _ => 50);
        var made = new List<DateTimeOffset>();
        var seconds = 0;
        for (; wanted.Values.Sum() > 0; seconds++)
        {
            foreach (var channel in wanted.Keys.Where(channel => wanted[channel] > 0).ToList())
            {
                if (!Goes(pacing, SlackMethod.PostMessage, channel, CardPriority.Card))
                    continue;
                wanted[channel]--;
                made.Add(time.GetUtcNow());
            }

            if (seconds % 10 == 0)
            {
                Goes(pacing, SlackMethod.PostMessage, $"U{seconds}", CardPriority.Page).ShouldBeTrue($"a page in second {seconds}");
                made.Add(time.GetUtcNow());
            }

            time.Advance(TimeSpan.FromSeconds(1));
        }

        MostInAMinute(made).ShouldBeLessThanOrEqualTo(600);
        seconds.ShouldBeLessThan(120);
    }

    [Fact]
    public void What_is_more_urgent_never_waits_longer()
    {
        var pacing = new SlackPacing(time);
        foreach (var method in new[] { SlackMethod.Update, SlackMethod.PostMessage, SlackMethod.Create, SlackMethod.SetTopic })
        {
            for (var call = 0; call < method.PerMinute; call++)
            {
                var waits = LeastUrgentFirst.Select(priority => pacing.WaitFor(method, null, priority)).ToList();
                waits.ShouldBeInOrder(SortDirection.Descending, $"{method.Name} after {call} calls");
                waits[^1].ShouldBe(TimeSpan.Zero, $"{method.Name} after {call} calls");
                pacing.Took(method, null);
            }

            pacing.WaitFor(method, null, CardPriority.Page).ShouldBeGreaterThan(TimeSpan.Zero, method.Name);
        }
    }

    [Fact]
    public void Of_two_calls_for_the_last_place_one_waits()
    {
        var pacing = new SlackPacing(time);
        for (var call = 1; call < SlackMethod.AddPin.PerMinute; call++)
            pacing.Take(SlackMethod.AddPin, null, CardPriority.Page).ShouldBe(TimeSpan.Zero);
        pacing.WaitFor(SlackMethod.AddPin, null, CardPriority.Page).ShouldBe(TimeSpan.Zero);
        pacing.Take(SlackMethod.AddPin, null, CardPriority.Page).ShouldBe(TimeSpan.Zero);
        pacing.Take(SlackMethod.AddPin, null, CardPriority.Page).ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void What_somebody_waits_for_goes_past_the_limit_but_not_past_a_429()
    {
        var pacing = new SlackPacing(time);
        for (var call = 0; call < 2 * SlackMethod.GetUser.PerMinute; call++)
            pacing.TakeAtOnce(SlackMethod.GetUser, null).ShouldBe(TimeSpan.Zero);
        pacing.WaitFor(SlackMethod.GetUser, null, CardPriority.Page).ShouldBeGreaterThan(TimeSpan.Zero);
        pacing.Refused(SlackMethod.GetUser, null, TimeSpan.FromSeconds(7));
        pacing.TakeAtOnce(SlackMethod.GetUser, null).ShouldBe(TimeSpan.FromSeconds(7));
        time.Advance(TimeSpan.FromSeconds(7));
        pacing.TakeAtOnce(SlackMethod.GetUser, null).ShouldBe(TimeSpan.Zero);
    }

    private static bool Goes(SlackPacing pacing, SlackMethod method, string? channel, CardPriority priority)
    {
        if (pacing.WaitFor(method, channel, priority) > TimeSpan.Zero)
            return false;
        pacing.Took(method, channel);
        return true;
    }

    private static int MostInAMinute(IReadOnlyList<DateTimeOffset> made) =>
        made.Select(end => made.Count(at => at > end - TimeSpan.FromMinutes(1) && at <= end)).Max();
}
