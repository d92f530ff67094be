using System.Globalization;

namespace Bot.Cli;

/// <summary>Numbers of things, as people say them: <c>1 file</c>, <c>2 files</c>.</summary>
internal static class Counted
{
    public static string Of(int number, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {thing}{(number == 1 ? "" : "s")}");
}
