using System.Globalization;
using System.Text.Json;
using Bot.Log;
using Runbooks.Definition;

namespace Bot.Web;

/// <summary>How values are said to people and programs.</summary>
internal static class Words
{
    /// <summary><c>RunAgain</c> is <c>run-again</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary><c>user:anna</c> is <c>anna</c>; what is no person keeps its kind.</summary>
    public static string Who(string actor) => Actor.Parse(actor) is { IsPerson: true } person ? person.Name : actor.Replace(':', ' ');

    /// <summary>What a step is, in a few words.</summary>
    public static string What(StepDefinition step) =>
        step switch
        {
            { Uses: { } uses } => uses.Action,
            { Script: { } script } => $"{script.Shell} script",
            { Runbook: { } called } => $"runbook {called.Name}",
            { Wait: not null } => "waits",
            { Ask: not null } => "asks",
            { Parallel: { } beside } => $"{beside.Count} steps at once",
            _ => "gate",
        };

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
