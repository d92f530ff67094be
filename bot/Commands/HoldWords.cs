using System.Globalization;
using Bot.Alerts;
using Bot.Desk;
using Bot.Incidents;
using Integrations;
using Runbooks.Running;

namespace Bot.Commands;

/// <summary>What silences and maintenance windows share when they are typed.</summary>
internal static class HoldWords
{
    /// <param name="typed">After what is held back: <c>2h Disks are replaced</c>; with <c>--for</c> or <c>--until</c> the reason alone.</param>
    public static async Task<ChatReply> BeginAsync(
        SilenceDesk desk,
        CommandContext context,
        HoldKind kind,
        string? service,
        IReadOnlyList<string> matchers,
        string typed,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var options = context.Arguments;
        var from = now;
        if (options.Option("from") is { Length: > 0 } begin)
        {
            if (TypedWords.Time(begin, now, ahead: true) is not { } at)
                return Refused("from", begin, TypedWords.TimeHint);
            from = at;
        }

        DateTimeOffset until;
        if (options.Option("until") is { Length: > 0 } end)
        {
            if (TypedWords.Time(end, now, ahead: true) is not { } at)
                return Refused("until", end, TypedWords.TimeHint);
            until = at;
        }
        else
        {
            var length = options.Option("for");
            if (length is null)
            {
                var blank = typed.IndexOf(' ', StringComparison.Ordinal);
                (length, typed) = blank < 0 ? (typed, "") : (typed[..blank], typed[(blank + 1)..]);
            }

            if (TypedWords.Span(length) is not { } span)
                return Refused("for", length, "Say for how long: 30m, 2h or 3d, after what is held back; then the reason.");
            until = from + span;
        }

        var answer = await desk.BeginAsync(
            kind,
            service,
            matchers,
            from,
            until,
            options.Option("reason") ?? typed,
            context.Caller.Actor,
            context.Key,
            cancel
        );
        return new ChatReply(answer.Accepted, answer.Text);
    }

    public static async Task<ChatReply> EndAsync(SilenceDesk desk, CommandContext context, string typed, CancellationToken cancel)
    {
        if (!int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return Refused("silence", typed, "Give its number: /incident silence end 2");
        var answer = await desk.EndAsync(number, context.Caller.Actor, context.Key, cancel);
        return new ChatReply(answer.Accepted, answer.Text);
    }

    public static string List(SilenceBook book, DateTimeOffset now)
    {
        var open = book.Open.Values.Where(silence => silence.Until > now).ToList();
        return open.Count == 0
            ? "Nothing is held back."
            : string.Join(
                '\n',
                open.Select(silence =>
                    $"{SilenceDecisions.Title(silence)}{(silence.IsActive(now) ? "" : $" from {UtcText.Minute(silence.From)}")}"
                    + $" until {UtcText.Minute(silence.Until)}: {silence.What} ({silence.By}: {silence.Reason})"
                )
            );
    }

    private static ChatReply Refused(string field, string value, string fix) =>
        Replies.Refused(new Rejection.Invalid(field, value, fix).Sentence);
}
