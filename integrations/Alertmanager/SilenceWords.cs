using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Alertmanager;

/// <summary>Matchers as a runbook writes them, for Alertmanager.</summary>
internal static class SilenceWords
{
    public static IReadOnlyList<FailureCase> Failures { get; } =
    [
        new(
            FailureClass.NotSent,
            "The host is not allowed or not known, nobody listens, the TLS handshake fails, or an argument makes no sense."
        ),
        new(FailureClass.Refused, "Alertmanager refuses it (any 4xx): it says why."),
    ];

    /// <param name="matchers">A label and its value, or <c>~regex</c>; as in <c>on.alert.match</c>.</param>
    public static IReadOnlyList<SilenceMatcher> Read(Dictionary<string, string> matchers) =>
        [
            .. matchers.Select(one =>
                one.Value.StartsWith('~')
                    ? new SilenceMatcher(one.Key, one.Value[1..], IsRegex: true)
                    : new SilenceMatcher(one.Key, one.Value, IsRegex: false)
            ),
        ];

    public static string Write(SilenceMatcher matcher)
    {
        var sign = (matcher.IsEqual, matcher.IsRegex) switch
        {
            (true, false) => "=",
            (true, true) => "=~",
            (false, false) => "!=",
            _ => "!~",
        };
        var value = matcher.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"{matcher.Name}{sign}\"{value}\"";
    }
}
