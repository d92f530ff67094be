using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>
/// Many posts at once over many channels, with 429s, 5xx, timeouts and dropped connections mixed in, and Slack's limits held, on a
/// clock that goes ten times as fast. A sample in the usual run; a thousand posts over twenty channels with <c>INCIDENT_FAULTS=full</c>.
/// </summary>
public sealed class BurstTests : SlackStory
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private protected override TimeProvider Clock => time;

    private static bool Full => Environment.GetEnvironmentVariable("INCIDENT_FAULTS") is "full";

    [Fact]
    public async Task Every_line_stands_in_its_channel_once_in_order_and_the_limits_are_kept()
    {
        var (channels, lines) = Full ? (20, 50) : (5, 4);
        using var over = new CancellationTokenSource();
        var passing = PassAsync(time, over.Token);
        for (var number = 1; number <= channels; number++)
            await Console($"/incident declare Number {number}", null);
        var places = new List<Place>();
        for (var number = 1; number <= channels; number++)
        {
            var place = await Slack.ExpectsChannel($"inc-{number}");
            await place.ExpectsCard($"Declared: Number {number}");
            places.Add(place);
        }

        Slack.Limits.Hold = true;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("INCIDENT_SEED"), out var given) ? given : 20261125;
        var chance = new Xorshift((uint)seed);
        var gate = new Lock();
        Slack.Faults.Rule = method =>
        {
            lock (gate)
                return !method.StartsWith("chat.", StringComparison.Ordinal) ? null
                    : chance.Next() % 80 == 0 ? new Fault.Hangs(Happens: chance.Next() % 2 == 0)
                    : chance.Next() % 8 == 0 ? Some(chance.Next() % 6)
                    : null;
        };
        for (var line = 1; line <= lines; line++)
        {
            for (var number = 1; number <= channels; number++)
                await Console($"/incident say line {line} of {number}", $"inc-{number}");
        }

        for (var number = 1; number <= channels; number++)
            await Console($"/incident severity {number % 4 + 1}", $"inc-{number}");
        for (var number = 1; number <= channels; number++)
        {
            var place = places[number - 1];
            await Until.Holds(
                () => Task.FromResult(place.Count("Severity unset") > 0),
                $"the end of the story in #{place.Channel.Name}",
                () => Task.FromResult(string.Join('\n', place.Texts)),
                Full ? TimeSpan.FromMinutes(10) : null
            );
            var text = string.Join('\n', place.Texts);
            var at = Enumerable
                .Range(1, lines)
                .Select(line => text.IndexOf($"line {line} of {number}\n", StringComparison.Ordinal))
                .ToList();
            at.ShouldAllBe(position => position >= 0, $"seed {seed}\n{text}");
            at.ShouldBeInOrder(SortDirection.Ascending, $"seed {seed}\n{text}");
            for (var line = 1; line <= lines; line++)
                place
                    .Channel.Messages.Count(message =>
                        message.Text.Contains($"line {line} of {number}", StringComparison.Ordinal)
                        && !message.Text.Contains($"line {line}0", StringComparison.Ordinal)
                    )
                    .ShouldBe(1, $"seed {seed}");
            await place.ExpectsCard($"inc-{number}: Number {number}", $"sev{number % 4 + 1}");
        }

        await over.CancelAsync();
        await passing;
        // Not one post had to be refused for its pace.
        Slack.Limits.Refused.ShouldBe(
            0,
            string.Join(
                ", ",
                Slack.Calls.All.Where(call => call.Outcome is "rate limited").Select(call => call.Call.Method).CountBy(method => method)
            )
        );
    }

    private static Fault Some(uint which) =>
        which switch
        {
            0 => new Fault.RateLimited(1),
            1 => new Fault.Status(503),
            2 => new Fault.Dropped(),
            3 => new Fault.AnswerLost(),
            4 => new Fault.Refused("fatal_error"),
            _ => new Fault.Status(500),
        };

    // A seeded chance of our own: the same on every version of .NET.
    private sealed class Xorshift(uint seed)
    {
        private uint state = seed == 0 ? 1 : seed;

        public uint Next()
        {
            state ^= state << 13;
            state ^= state >> 17;
            return state ^= state << 5;
        }
    }
}
