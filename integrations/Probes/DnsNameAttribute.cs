using DnsClient;
using Runbooks.Actions;

namespace Integrations.Probes;

/// <summary>A name that a name server can be asked for.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class DnsNameAttribute : ExplainedRuleAttribute
{
    private const string Root = ".";

    // RFC 1035, section 2.3.4: 255 octets with those that count, which the dots stand for but at the ends.
    private const int LongestLabel = 63;
    private const int LongestName = 253;

    public override string? Problem(object? value)
    {
        if (value?.ToString() is not { } name)
            return null;
        string[] labels;
        try
        {
            // As it is asked for: of other letters than those of ASCII, what they are written with.
            var asked = name is Root ? "root" : DnsString.Parse(name).Value;
            labels = (asked.EndsWith('.') ? asked[..^1] : asked).Split('.');
        }
        catch (ArgumentException)
        {
            labels = name.Split('.');
        }

        var (longest, all) = (labels.Max(label => label.Length), labels.Sum(label => label.Length + 1) - 1);
        var why =
            labels.Contains("") ? "one of its labels is empty"
            : longest > LongestLabel ? $"one of its labels has {longest} octets, and {LongestLabel} are the most"
            : all > LongestName ? $"it has {all} octets, and {LongestName} are the most"
            : null;
        return why is null ? null : $"a DNS name, and {why} (RFC 1035, 2.3.4)";
    }

    public override string FormatErrorMessage(string name) => $"{name} a DNS name";
}
