using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>
/// Slack is away for ten minutes, one minute not to be reached, the next with errors only, while incidents are led from the console and people
/// talk in their channels. A sample in the usual run; twenty incidents of sixty facts each with <c>INCIDENT_FAULTS=full</c>.
/// </summary>
public sealed class LongOutageTests : SlackStory
{
    private const int Minutes = 10;
    private static readonly string[] Said = ["note", "update", "say", "task add"];
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private protected override TimeProvider Clock => time;

    [Fact]
    public async Task Each_channel_tells_its_whole_story_in_order_and_once()
    {
        var (incidents, perMinute) = FaultReport.Full ? (20, 6) : (3, 2);
        var chance = new Xorshift((uint)FaultReport.Seed);
        var places = await OpenAsync(incidents);
        BreakAs(0);
        Slack.Sockets.Drop();
        Slack.Delivery.RetryAfter = [];
        var facts = 0;
        for (var minute = 0; minute < Minutes; minute++)
        {
            BreakAs(chance.Next() % 3);
            for (var one = 0; one < perMinute; one++)
            {
                facts++;
                for (var number = 1; number <= incidents; number++)
                    await Console($"/incident {Said[chance.Next() % Said.Length]} fact {facts} of {number}.", $"inc-{number}");
            }

            for (var number = 1; number <= incidents; number++)
                Bruno.Writes($"minute {minute} of {number}.", places[number - 1].Channel.Name);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        await Until.Holds(() => Task.FromResult(Slack.Delivery.Pending == 0), "the end of Slack's tries");
        for (var number = 1; number <= incidents; number++)
            await Console("/incident severity 1", $"inc-{number}");
        var back = time.GetUtcNow();
        BreakAs(null);
        using var over = new CancellationTokenSource();
        var passing = PassAsync(time, over.Token);
        for (var number = 1; number <= incidents; number++)
        {
            var place = places[number - 1];
            await Until.Holds(
                () => Task.FromResult(place.Count("Severity unset → sev1") == 1),
                $"the end of the story in #{place.Channel.Name}",
                () => Task.FromResult(string.Join('\n', place.Texts)),
                FaultReport.Full ? TimeSpan.FromMinutes(10) : null
            );
            await place.ExpectsCard($"inc-{number}: Number {number}", "sev1");
            IsOnceInOrder(place.Words, facts, at => $"fact {at} of {number}.");
            var incident = $"inc-{number}";
            await Until.Holds(
                async () => (await TimelineAsync(incident)).Contains($"minute {Minutes - 1} of {incident[4..]}."),
                $"what people wrote in #{place.Channel.Name}, on the timeline",
                async () => string.Join('\n', await TimelineAsync(incident)),
                FaultReport.Full ? TimeSpan.FromMinutes(10) : null
            );
            var written = (await TimelineAsync(incident)).Where(line => line.StartsWith("minute ", StringComparison.Ordinal));
            IsOnceInOrder(string.Join('\n', written), Minutes, at => $"minute {at - 1} of {incident[4..]}.");
        }

        await over.CancelAsync();
        await passing;
        FaultReport.Write(
            "slack outage",
            string.Create(
                CultureInfo.InvariantCulture,
                $"slack outage: {Minutes} minutes, {incidents} incidents, {incidents * facts} facts, seed {FaultReport.Seed}: all told once and in order, "
                    + $"{incidents * Minutes} messages read back once, {(time.GetUtcNow() - back).TotalSeconds:0} s of the clock after its end"
            )
        );
    }

    private async Task<IReadOnlyList<Place>> OpenAsync(int incidents)
    {
        using var over = new CancellationTokenSource();
        var passing = PassAsync(time, over.Token);
        var places = new List<Place>();
        for (var number = 1; number <= incidents; number++)
            await Console($"/incident declare Number {number}", null);
        for (var number = 1; number <= incidents; number++)
        {
            var place = await Slack.ExpectsChannel($"inc-{number}");
            await place.ExpectsCard($"inc-{number}: Number {number}");
            await place.ExpectsCard($"Declared: Number {number}");
            places.Add(place);
        }

        await over.CancelAsync();
        await passing;
        return places;
    }

    /// <param name="how">Null: all is well again. No socket is opened in any of them: nothing comes in.</param>
    private void BreakAs(uint? how)
    {
        // In no moment between two of them is all well.
        if (how is 0)
            Slack.Faults.IsDown = true;
        Slack.Faults.Rule = how switch
        {
            1 => _ => new Fault.Status(503),
            2 => _ => new Fault.Dropped(),
            _ => null,
        };
        if (how is not 0)
            Slack.Faults.IsDown = false;
    }

    private static void IsOnceInOrder(string text, int count, Func<int, string> mark)
    {
        var at = Enumerable.Range(1, count).Select(one => text.IndexOf(mark(one), StringComparison.Ordinal)).ToList();
        at.ShouldAllBe(position => position >= 0, $"seed {FaultReport.Seed}\n{text}");
        at.ShouldBeInOrder(SortDirection.Ascending, $"seed {FaultReport.Seed}\n{text}");
        for (var one = 1; one <= count; one++)
            text.Split(mark(one)).Length.ShouldBe(2, $"{mark(one)}, seed {FaultReport.Seed}\n{text}");
    }
}
