using System.Globalization;
using Bot.Storage;
using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;
using Tests.Support;

namespace Tests.Slack;

/// <summary>
/// Many posts wanted at once over many channels, with 429s, 5xx, timeouts and dropped connections mixed in, and Slack's limits held, on a
/// clock that goes ten times as fast. A sample in the usual run; a thousand posts over twenty channels with <c>INCIDENT_FAULTS=full</c>.
/// </summary>
public sealed class BurstTests : SlackStory
{
    // What is asked of Slack to tell a story and to look after what was lost; who people are is asked once and kept.
    private static readonly string[] Touched = ["chat.", "conversations.history", "conversations.setTopic", "pins.", "bookmarks."];

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private string announcements = "";

    private protected override TimeProvider Clock => time;

    private protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?> { ["Chat:AnnounceIn"] = announcements };

    private protected override void Furnish() => announcements = Slack.AddChannel("incidents", members: Bruno).Channel.Id;

    [Fact]
    public async Task Every_line_stands_in_its_channel_once_in_order_and_the_limits_are_kept()
    {
        var (channels, lines) = FaultReport.Full ? (20, 50) : (5, 4);
        var patience = FaultReport.Full ? TimeSpan.FromMinutes(10) : (TimeSpan?)null;
        var places = await OpenAsync(channels);

        Slack.Limits.Hold = true;
        var faults = Break();
        // No time passes: all are wanted in one moment.
        var began = time.GetUtcNow();
        for (var line = 1; line <= lines; line++)
        {
            for (var number = 1; number <= channels; number++)
                await Console($"/incident say line {line} of {number}", $"inc-{number}");
        }

        for (var number = 1; number <= channels; number++)
            await Console($"/incident severity {SeverityOf(number)}", $"inc-{number}");
        using var over = new CancellationTokenSource();
        var passing = PassAsync(time, over.Token);
        var board = Slack.Channel("incidents");
        var (twice, reported) = (0, 0);
        for (var number = 1; number <= channels; number++)
        {
            var place = places[number - 1];
            await Until.Holds(
                () => Task.FromResult(place.Count("Severity unset") > 0),
                $"the end of the story in #{place.Channel.Name}",
                () => Task.FromResult(string.Join('\n', place.Texts)),
                patience
            );
            var severity = "sev" + SeverityOf(number);
            await place.ExpectsCard($"inc-{number}: Number {number}", severity);
            await board.ExpectsCard($"inc-{number}: Number {number}", severity);
            await Until.Holds(
                () => Task.FromResult(place.Channel.Topic.Contains(severity, StringComparison.Ordinal)),
                $"the topic of #{place.Channel.Name}",
                () => Task.FromResult(place.Channel.Topic),
                patience
            );
            var text = place.Words;
            var wanted = Enumerable.Range(1, lines).Select(line => $"line {line} of {number}\n").ToList();
            var at = wanted.ConvertAll(line => text.IndexOf(line, StringComparison.Ordinal));
            at.ShouldAllBe(position => position >= 0, $"seed {FaultReport.Seed}\n{text}");
            at.ShouldBeInOrder(SortDirection.Ascending, $"seed {FaultReport.Seed}\n{text}");
            var more = wanted.Count(line => Occurrences(text, line) > 1);
            var said = (await Bot.Get<PostTable>().FailedOfAsync(number, default)).Count(post =>
                post.Note?.Contains("twice", StringComparison.Ordinal) is true
            );
            (more == 0 || said > 0).ShouldBeTrue($"{more} stand there twice and nobody is told, seed {FaultReport.Seed}\n{text}");
            twice += more;
            reported += said;
        }

        await over.CancelAsync();
        await passing;
        // Not one call had to be refused for its pace.
        Slack.Limits.Refused.ShouldBe(
            0,
            string.Join(
                ", ",
                Slack.Calls.All.Where(call => call.Outcome is "rate limited").Select(call => call.Call.Method).CountBy(method => method)
            )
        );
        FaultReport.Write(
            "slack burst",
            string.Create(
                CultureInfo.InvariantCulture,
                $"slack burst: {channels * lines} posts over {channels} channels, {faults()} faults, seed {FaultReport.Seed}: "
                    + $"none lost, {twice} lines twice, {reported} posts reported as perhaps twice, 0 refused for their pace, "
                    + $"told in {(time.GetUtcNow() - began).TotalSeconds:0} s of the clock\n"
            )
                + string.Join(
                    '\n',
                    Slack
                        .Calls.All.CountBy(call => $"{call.Call.Method}: {call.Outcome}")
                        .OrderBy(one => one.Key)
                        .Select(one => $"  {one.Key} {one.Value}")
                )
        );
    }

    private async Task<IReadOnlyList<Place>> OpenAsync(int channels)
    {
        using var over = new CancellationTokenSource();
        var passing = PassAsync(time, over.Token);
        for (var number = 1; number <= channels; number++)
            await Console($"/incident declare Number {number}", null);
        var places = new List<Place>();
        for (var number = 1; number <= channels; number++)
        {
            var place = await Slack.ExpectsChannel($"inc-{number}");
            await place.ExpectsCard($"Declared: Number {number}");
            await place.ExpectsCard($"inc-{number}: Number {number}");
            places.Add(place);
        }

        await over.CancelAsync();
        await passing;
        return places;
    }

    /// <returns>How many faults there were by now.</returns>
    private Func<int> Break()
    {
        var chance = new Xorshift((uint)FaultReport.Seed);
        var gate = new Lock();
        var made = 0;
        Slack.Faults.Rule = method =>
        {
            if (!Touched.Any(touched => method.StartsWith(touched, StringComparison.Ordinal)))
                return null;
            lock (gate)
            {
                var fault =
                    chance.Next() % 80 == 0 ? new Fault.Hangs(Happens: chance.Next() % 2 == 0)
                    // Some looks cannot be made: what they were for may stand there twice, and that is said.
                    : method is "conversations.history" && chance.Next() % 10 == 0 ? new Fault.Refused("no_permission")
                    : chance.Next() % 8 == 0 ? Some(chance.Next() % 6)
                    : null;
                made += fault is null ? 0 : 1;
                return fault;
            }
        };
        return () => Volatile.Read(ref made);
    }

    private static int SeverityOf(int number) => (number % 4) + 1;

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;

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
}
