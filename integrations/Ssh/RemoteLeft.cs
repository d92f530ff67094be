using System.Globalization;

namespace Integrations.Ssh;

/// <summary>Who is left of a command on its host after it was ended.</summary>
/// <param name="Ended">The sessions that were found and ended.</param>
/// <param name="Stays">Of its session, and not to be ended: by another account's right, or in the middle of a system call.</param>
/// <param name="Lives">In sessions of their own: daemons.</param>
internal sealed record RemoteLeft(IReadOnlyList<int> Ended, IReadOnlyList<string> Stays, IReadOnlyList<string> Lives)
{
    public bool IsNobody => Stays.Count + Lives.Count == 0;

    /// <summary>Reads the lines of <see cref="RemoteScript.End"/>: one word of what it is, the id, and the command.</summary>
    public static RemoteLeft Read(string text)
    {
        var lines = text.Split(['\n', '\t'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Distinct(StringComparer.Ordinal)
            .Select(line => line.Split(' ', 2))
            .Where(line => line.Length == 2)
            .ToLookup(line => line[0], line => line[1], StringComparer.Ordinal);
        return new(
            [.. lines["ended"].Select(group => int.Parse(group, CultureInfo.InvariantCulture))],
            [.. lines["stays"]],
            [.. lines["lives"]]
        );
    }

    public override string ToString()
    {
        var told = new List<string>();
        if (Stays.Count > 0)
            told.Add($"these could not be ended: {string.Join("; ", Stays)}");
        if (Lives.Count > 0)
            told.Add($"these live on: {string.Join("; ", Lives)}");
        return string.Join("; ", told);
    }
}
