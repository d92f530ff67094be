using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Bot.Alerts;

internal enum HoldKind
{
    /// <summary>Somebody does not want to hear of certain alerts for a while.</summary>
    Silence,

    /// <summary>A service is worked on: what it sends was to be expected.</summary>
    Maintenance,
}

/// <summary>
/// Alerts that are held back for a while: they are stored and shown, but open and re-open no incident and call nobody. What
/// still fires when the time is over is decided on again.
/// </summary>
/// <param name="Service">Of a maintenance window; null for a silence.</param>
/// <param name="Matchers">Of a silence, as they were typed; all must fit.</param>
internal sealed record Silence(
    int Number,
    HoldKind Kind,
    string? Service,
    ImmutableList<LabelMatch> Matchers,
    DateTimeOffset From,
    DateTimeOffset Until,
    string Reason,
    string By
)
{
    public bool IsActive(DateTimeOffset now) => From <= now && now < Until;

    public bool Fits(IReadOnlyDictionary<string, string> labels, string serviceLabel) =>
        Kind is HoldKind.Maintenance
            ? labels.TryGetValue(serviceLabel, out var service) && service == Service
            : Matchers.TrueForAll(match => match.Fits(labels));

    public string What => Kind is HoldKind.Maintenance ? $"service {Service}" : string.Join(' ', Matchers.Select(match => match.Text));

    public string Stage => Kind is HoldKind.Maintenance ? "maintenance" : "silence";
}

/// <summary>Everything that can be true of silences and maintenance windows; one stream for all of them, since they are few.</summary>
internal abstract record SilenceFact
{
    private SilenceFact() { }

    /// <param name="Matchers">As <c>alertname=~Disk.*</c>; see <see cref="LabelMatch.Parse"/>.</param>
    public sealed record Begun(
        int Number,
        HoldKind Kind,
        string? Service,
        IReadOnlyList<string> Matchers,
        DateTimeOffset From,
        DateTimeOffset Until,
        string Reason,
        string By
    ) : SilenceFact;

    /// <summary>Ended by a person before its time.</summary>
    public sealed record Ended(int Number, string By) : SilenceFact;
}

/// <summary>One label's condition: any of the texts, or a pattern over the whole value; or that it is not so.</summary>
/// <param name="Text">As it was written.</param>
internal sealed record LabelMatch(string Label, ImmutableList<string> Values, Regex? Pattern, bool Not = false, string Text = "")
{
    /// <summary>An absent label counts as an empty one, as in Alertmanager.</summary>
    public bool Fits(IReadOnlyDictionary<string, string> labels)
    {
        var value = labels.GetValueOrDefault(Label, "");
        return (Pattern is null ? Values.Contains(value) : Pattern.IsMatch(value)) != Not;
    }

    /// <summary>Compiles a pattern over a whole value.</summary>
    /// <exception cref="ArgumentException">It is no pattern.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking (look-around, back references).</exception>
    public static Regex Whole(string pattern) =>
        // Without backtracking: labels come from outside, and a pattern must not be made to run for ever.
        new($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Reads <c>name=value</c>, <c>name!=value</c>, <c>name=~pattern</c> or <c>name!~pattern</c>, as Alertmanager writes them.</summary>
    /// <returns>Null, with the reason, for anything else.</returns>
    public static LabelMatch? Parse(string text, out string? problem)
    {
        problem = null;
        var sign = text.AsSpan().IndexOfAny('=', '!');
        if (sign < 1 || sign + 1 >= text.Length || (text[sign] is '!' && text[sign + 1] is not ('=' or '~')))
        {
            problem = "Write LABEL=VALUE, LABEL!=VALUE, LABEL=~PATTERN or LABEL!~PATTERN.";
            return null;
        }

        var not = text[sign] is '!';
        var pattern = text[sign + 1] is '~';
        var label = text[..sign].Trim();
        var value = text[(sign + (not || pattern ? 2 : 1))..].Trim().Trim('"');
        if (!pattern)
            return new LabelMatch(label, [value], null, not, text);
        try
        {
            return new LabelMatch(label, [], Whole(value), not, text);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            problem = $"'{value}' is no pattern: {e.Message}";
            return null;
        }
    }
}
