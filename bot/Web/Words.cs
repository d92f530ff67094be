using System.Globalization;
using System.Text.Json;
using Runbooks.Running;

namespace Bot.Web;

/// <summary>How values are said to people and programs.</summary>
internal static class Words
{
    /// <summary><c>RunAgain</c> is <c>run-again</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>Steps in the order in which they began; those that have not begun stand last.</summary>
    public static IEnumerable<KeyValuePair<string, StepState>> InOrder(RunState run) =>
        run.Steps.OrderBy(step => Began(step.Value) ?? DateTimeOffset.MaxValue).ThenBy(step => step.Key, StringComparer.Ordinal);

    private static DateTimeOffset? Began(StepState step) =>
        step.Attempts is [var first, ..] ? first.StartedAt : step.Wait?.Since ?? step.EndedAt;

    /// <summary><c>42 s</c>, <c>5 min</c>, <c>3 h 10 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Duration(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        if (time < TimeSpan.FromMinutes(1))
            return Text($"{(int)time.TotalSeconds} s");
        if (time < TimeSpan.FromHours(1))
            return Text($"{(int)time.TotalMinutes} min");
        if (time < TimeSpan.FromDays(1))
            return time.Minutes == 0 ? Text($"{(int)time.TotalHours} h") : Text($"{(int)time.TotalHours} h {time.Minutes} min");
        return time.Hours == 0 ? Text($"{(int)time.TotalDays} d") : Text($"{(int)time.TotalDays} d {time.Hours} h");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
