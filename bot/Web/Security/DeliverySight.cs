using System.Globalization;
using System.Text.RegularExpressions;
using Bot.Storage;

namespace Bot.Web.Security;

/// <summary>
/// Which incidents a delivery tells about: the one it is filed under and each that its trace names, since alerts of one
/// delivery may stay in different incidents.
/// </summary>
internal static partial class DeliverySight
{
    public static IEnumerable<int> IncidentsOf(Delivery delivery)
    {
        var named = delivery
            .Trace.Where(stage => stage.Stage is "incident")
            .Select(stage => Id().Match(stage.Reason))
            .Where(match => match.Success)
            .Select(match => int.Parse(match.ValueSpan[4..], CultureInfo.InvariantCulture));
        return (delivery.Incident is { } filed ? named.Append(filed) : named).Distinct();
    }

    [GeneratedRegex(@"^inc-\d{1,9}\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
