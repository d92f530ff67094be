using System.Globalization;

namespace Runbooks.Definition;

/// <summary>
/// Five fields as in crontab(5): minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). A day matches
/// if either of the two day fields does, where both are restricted.
/// </summary>
public sealed record CronSpec(
    string Text,
    IReadOnlyList<int> Minutes,
    IReadOnlyList<int> Hours,
    IReadOnlyList<int>? DaysOfMonth,
    IReadOnlyList<int> Months,
    IReadOnlyList<int>? DaysOfWeek
)
{
    private static readonly string[] MonthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <returns>Null with the sentence that says what is wrong.</returns>
    public static (CronSpec? Spec, string? Problem) Parse(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            return (null, $"'{text}' has {fields.Length} fields, not five: minute, hour, day of the month, month, day of the week.");
        string? problem = null;
        var minutes = Field(fields[0], "minute", 0, 59, [], ref problem);
        var hours = Field(fields[1], "hour", 0, 23, [], ref problem);
        var days = Field(fields[2], "day of the month", 1, 31, [], ref problem);
        var months = Field(fields[3], "month", 1, 12, MonthNames, ref problem);
        var weekdays = Field(fields[4], "day of the week", 0, 7, DayNames, ref problem);
        if (problem is not null)
            return (null, problem);
        return (
            new CronSpec(
                text,
                minutes,
                hours,
                fields[2] is "*" ? null : days,
                months,
                fields[4] is "*" ? null : [.. weekdays.Select(day => day % 7).Distinct().Order()]
            ),
            null
        );
    }

    private static List<int> Field(string field, string name, int least, int most, string[] names, ref string? problem)
    {
        var found = new SortedSet<int>();
        foreach (var part in field.Split(','))
        {
            var slash = part.Split('/');
            var range = slash[0].Split('-');
            int? from = least;
            int? to = most;
            int? step = slash.Length == 1 ? 1 : Number(slash[1], []);
            if (slash[0] is not "*")
            {
                from = Number(range[0], names);
                to =
                    range.Length == 2 ? Number(range[1], names)
                    : slash.Length == 2 ? most
                    : from;
            }

            if (
                slash.Length > 2
                || range.Length > 2
                || step is null or < 1
                || from is null
                || to is null
                || from < least
                || to > most
                || from > to
            )
            {
                problem ??= $"'{part}' is no {name}: use {least} to {most}, lists, ranges and steps, as 1,15 or 9-17 or */10.";
                return [];
            }

            for (var value = from.Value; value <= to; value += step.Value)
                found.Add(value);
        }

        return [.. found];

        int? Number(string text, string[] known)
        {
            var place = Array.FindIndex(known, one => one.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (place >= 0)
                return place + least;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
    }
}
