using System.Collections.Immutable;
using Runbooks.Running;

namespace Bot.Alerts;

/// <summary>All silences and maintenance windows that are not over: small enough to be held whole by every node.</summary>
internal sealed record SilenceBook(int Last, ImmutableSortedDictionary<int, Silence> Open)
{
    /// <summary>Each incoming alert looks at every active one, so there is a bound; far more than people can keep in mind.</summary>
    public const int MaxOpen = 200;

    public static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    public static SilenceBook Empty { get; } = new(0, ImmutableSortedDictionary<int, Silence>.Empty);

    public static SilenceBook Evolve(SilenceBook book, SilenceFact fact, DateTimeOffset at) =>
        fact switch
        {
            SilenceFact.Begun begun => new SilenceBook(
                Math.Max(book.Last, begun.Number),
                // What is over by now goes with the next one that begins: the book never grows with its history.
                book.Open.RemoveRange(book.Open.Where(open => open.Value.Until <= at).Select(open => open.Key))
                    .SetItem(begun.Number, Of(begun))
            ),
            SilenceFact.Ended ended => book with { Open = book.Open.Remove(ended.Number) },
            _ => book,
        };

    public IEnumerable<Silence> ActiveAt(DateTimeOffset now) => Open.Values.Where(silence => silence.IsActive(now));

    private static Silence Of(SilenceFact.Begun begun) =>
        new(
            begun.Number,
            begun.Kind,
            begun.Service,
            [.. begun.Matchers.Select(text => LabelMatch.Parse(text, out _)).OfType<LabelMatch>()],
            begun.From,
            begun.Until,
            begun.Reason,
            begun.By
        );
}

/// <summary>Decides on silences. Pure.</summary>
internal static class SilenceDecisions
{
    public static SilenceAnswer Begin(
        SilenceBook book,
        HoldKind kind,
        string? service,
        IReadOnlyList<string> matchers,
        DateTimeOffset from,
        DateTimeOffset until,
        string reason,
        string by,
        DateTimeOffset now
    )
    {
        if (kind is HoldKind.Maintenance && string.IsNullOrWhiteSpace(service))
            return Refused("service is missing. Name it: /incident maintenance checkout 2h REASON");
        if (kind is HoldKind.Silence && matchers.Count == 0)
            return Refused("matchers are missing. Say which alerts: /incident silence alertname=DiskFull host=~db.* 2h REASON");
        var all = true;
        foreach (var text in matchers)
        {
            if (LabelMatch.Parse(text, out var problem) is not { } match)
                return Refused($"matcher '{text}' is not valid. {problem}");
            all &= match.Fits(ImmutableDictionary<string, string>.Empty);
        }

        if (kind is HoldKind.Silence && all)
            return Refused(
                $"matchers '{string.Join(' ', matchers)}' are not valid. They fit every alert; name at least one label that must be there."
            );

        if (string.IsNullOrWhiteSpace(reason))
            return Refused("reason is missing. Say why, so that others know: … 2h Disks are being replaced");
        if (until <= now || until <= from)
            return Refused($"until '{UtcText.Minute(until)}' is not valid. It must lie in the future, after the begin.");
        if (until - now > SilenceBook.Longest)
            return Refused(
                $"until '{UtcText.Minute(until)}' is not valid. At most {SilenceBook.Longest.TotalDays:0} days ahead; what is never wanted, drop at the sender."
            );
        if (book.Open.Values.Count(open => open.Until > now) >= SilenceBook.MaxOpen)
            return Refused($"There are {SilenceBook.MaxOpen} already. End some: /incident silence list");
        var fact = new SilenceFact.Begun(book.Last + 1, kind, service?.Trim(), matchers, from, until, reason.Trim(), by);
        var silence = SilenceBook.Evolve(SilenceBook.Empty, fact, now).Open[fact.Number];
        return new SilenceAnswer(
            fact,
            $"{Title(silence)}: {silence.What} until {UtcText.Minute(until)}. End it: /incident silence end {fact.Number}"
        );
    }

    public static SilenceAnswer End(SilenceBook book, int number, string by, DateTimeOffset now) =>
        book.Open.TryGetValue(number, out var silence) && silence.Until > now
            ? new SilenceAnswer(new SilenceFact.Ended(number, by), $"{Title(silence)} is over.")
        : number > 0 && number <= book.Last ? new SilenceAnswer(null, $"Silence {number} is over already.", Accepted: true)
        : Refused($"silence '{number}' is not valid. There is none with this number; see /incident silence list");

    public static string Title(Silence silence) =>
        silence.Kind is HoldKind.Maintenance ? $"Maintenance {silence.Number}" : $"Silence {silence.Number}";

    private static SilenceAnswer Refused(string why) => new(null, why);
}

/// <param name="Fact">Null: nothing changes.</param>
/// <param name="Text">One sentence for who asked.</param>
internal sealed record SilenceAnswer(SilenceFact? Fact, string Text, bool Accepted)
{
    public SilenceAnswer(SilenceFact? fact, string text)
        : this(fact, text, fact is not null) { }
}
